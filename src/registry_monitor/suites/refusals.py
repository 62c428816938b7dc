"""Wrong requests to MLflow through the proxy, and the exact refusal that each must get.

Statuses and error codes are MLflow's own, measured on 2.9.2 and 3.9.0 and read again on 3.17.2. The proxy passes them
on as they are: it rewrites only MLflow's HTML 404 (no such route; JSON with RESOURCE_NOT_FOUND then) and loses the
body of a DELETE, which is why none of these is a DELETE. Where a refusal is another one, the same request is sent past
the proxy, and the result says which of the two changed it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.clients.own_objects import RegistryError, RunData
from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.registration_stages import RegistrationFlow
from registry_monitor.suites.registry_flow import COLD_IMPORT_S, TOO_MANY_REQUESTS
from registry_monitor.target import Mlflow

_NOT_ABOUT_THE_REQUEST = (401, 403, TOO_MANY_REQUESTS)  # who asks, or how often: sent again it would tell no more


@dataclass(frozen=True)
class WrongRequest:
    """A request that must be refused. ``parameters``: its body, or its query; made when the stages have ended."""

    subject: str
    method: str
    resource: str
    parameters: Callable[[RegistrationFlow], dict[str, str]]
    status: int
    error_code: str
    leaves_alone: bool = False  # it names the monitor's own run, which must be the same after it

    @property
    def expected(self) -> str:
        """A clause for people."""
        kept = ", and a run that stays as it was" if self.leaves_alone else ""
        return f"a refusal with {self.status} and the error_code {self.error_code}{kept}"


WRONG_REQUESTS = {
    "duplicate-model": WrongRequest(
        "Creating the registered model a second time",
        "POST",
        "registered-models/create",
        lambda flow: {"name": flow.model_name},
        400,
        "RESOURCE_ALREADY_EXISTS",
    ),
    "duplicate-experiment": WrongRequest(
        "Creating the experiment a second time",
        "POST",
        "experiments/create",
        lambda flow: {"name": flow.context.target.mlflow.experiment},
        400,
        "RESOURCE_ALREADY_EXISTS",
    ),
    "malformed-request": WrongRequest(
        "A tag without its key",
        "POST",
        "runs/set-tag",
        lambda flow: {"run_id": flow.run.id, "value": "a tag that must not be written"},
        400,
        "INVALID_PARAMETER_VALUE",
        leaves_alone=True,
    ),
    "unknown-version": WrongRequest(
        "A version that does not exist",
        "GET",
        "model-versions/get",
        lambda flow: {"name": flow.model_name, "version": "999999"},
        404,
        "RESOURCE_DOES_NOT_EXIST",
    ),
    "malformed-search": WrongRequest(
        "A search without max_results",
        "GET",
        "experiments/search",
        lambda flow: {},
        400,
        "INVALID_PARAMETER_VALUE",
    ),
}


def refusal_checks(context: SuiteContext, suite: SuiteName, flow: RegistrationFlow, after: str) -> list[Check]:
    """One check for each wrong request; none counts in the duration of the registration."""
    mlflow = context.target.mlflow
    below = f"{mlflow.api_url}/api/2.0/mlflow"
    return [
        Check(
            id=f"{suite}.{name}",
            suite=suite,
            subject=wrong.subject,
            run=_asked(context, flow, wrong),
            after=(after,),
            timeout_s=COLD_IMPORT_S,
            host=urlsplit(below).hostname,
            service=mlflow.service,
            writes=wrong.method != "GET",
            is_idempotent=True,  # what is refused may be asked again
            requests=(
                f"{wrong.method} {below}/{wrong.resource}",
                *((f"GET {below}/runs/get",) if wrong.leaves_alone else ()),
            ),
        )
        for name, wrong in WRONG_REQUESTS.items()
    ]


def _asked(context: SuiteContext, flow: RegistrationFlow, wrong: WrongRequest) -> Callable[[Attempt], Outcome]:
    def run(attempt: Attempt) -> Outcome:
        if not wrong.leaves_alone:
            return _judge(context.target.mlflow, flow, wrong, attempt)
        try:
            before = _read_run(flow, attempt)
            outcome = _judge(context.target.mlflow, flow, wrong, attempt)
            after = _read_run(flow, attempt)
        except RegistryError as error:
            seen = f"could not be judged, because reading the run {error}"
            return Outcome.judge(False, expected=wrong.expected, seen=seen)
        if before != after:
            seen = f"{outcome.seen}, and yet changed the run"
            # Final: asked again, the run would be as the first request left it, and the write be hidden.
            return Outcome.judge(False, expected=wrong.expected, seen=seen, evidence=outcome.evidence, is_final=True)
        return outcome

    return run


def _judge(mlflow: Mlflow, flow: RegistrationFlow, wrong: WrongRequest, attempt: Attempt) -> Outcome:
    parameters = wrong.parameters(flow)
    try:
        with flow.registry.asking(attempt):
            answer = flow.registry.send(wrong.method, wrong.resource, parameters)
    except RegistryError as error:
        if error.answer is None:
            return Outcome.judge(False, expected=wrong.expected, seen=str(error))
        is_right = (error.answer.status, error.error_code) == (wrong.status, wrong.error_code)
        code = error.error_code or "no error_code"
        seen = f"was refused with {error.answer.status} and {code}" if is_right else str(error)
        if not is_right and mlflow.direct_url and error.answer.status not in _NOT_ABOUT_THE_REQUEST:
            seen += f"; {_past_proxy(flow, wrong, attempt)}"
        return Outcome.judge(
            is_right,
            expected=wrong.expected,
            seen=seen,
            evidence=error.answer.evidence(),
            latency_ms=error.answer.elapsed_ms,
            is_final=error.answer.status == TOO_MANY_REQUESTS,
        )
    seen = f"was accepted with {answer.status}"
    return Outcome.judge(False, expected=wrong.expected, seen=seen, evidence=answer.evidence())


def _past_proxy(flow: RegistrationFlow, wrong: WrongRequest, attempt: Attempt) -> str:
    """Who is to blame for another refusal, as a clause: MLflow, or the proxy between."""
    try:
        with flow.registry.asking(attempt):
            answer = flow.registry.send(wrong.method, wrong.resource, wrong.parameters(flow), past_proxy=True)
    except RegistryError as error:
        status = error.answer.status if error.answer else None
        if (status, error.error_code) == (wrong.status, wrong.error_code):
            return "straight to MLflow it gets the right refusal: the proxy changes it"
        return f"straight to MLflow it {error}"
    except CannotTellError as error:
        return f"straight to MLflow it could not be sent: {error}"
    return f"straight to MLflow it was accepted with {answer.status}"


def _read_run(flow: RegistrationFlow, attempt: Attempt) -> RunData:
    with flow.registry.asking(attempt):
        return flow.registry.read_run(flow.run.id)
