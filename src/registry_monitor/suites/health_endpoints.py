"""Each health endpoint should answer rightly, and what its right answer proves should be known.

*Passes when* status and body are right, the body by its JSON Schema where the target file has one. A static endpoint
proves nothing but that a process answers; that is observed, and a right answer of it is told as no more than that.
*Needs* the keys of the endpoints. Endpoints that block the platform's event loop (``/ready`` held ``/health`` for a
minute while the database hung, measured) are asked only where the target allows it, after all other checks, one by
one, when nothing has failed, and once: a failure is never confirmed by a second request.

Whether the endpoints agree with one another is no check here: a static endpoint that says "healthy" beside a failing
one harms nobody beyond what the failing one tells already, and is observed in every run.
"""

from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt, Check, Observation, Outcome, SuiteName
from registry_monitor.suites.asking import fetch, no_answer
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoint_answers import judge_endpoint, question_of
from registry_monitor.suites.endpoints import not_allowed, out_of_reach
from registry_monitor.target import Endpoint

SUITE = SuiteName.HEALTH_ENDPOINTS
TIMEOUT_S = 20.0  # longer than a client waits for an answer: a silence is waited for, and told as such


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite: those that do no harm first, since the others wait for all that is before them."""
    listed = [
        _check(context, endpoint, endpoint.proves)
        for endpoint in context.target.endpoints
        if endpoint.proves is not None
    ]
    return sorted(listed, key=lambda check: check.only_when_well)


def _check(context: SuiteContext, endpoint: Endpoint, proves: str) -> Check:
    question = question_of(endpoint)
    return Check(
        id=f"{SUITE}.endpoint.{endpoint.id}",
        suite=SUITE,
        subject=question.told,
        run=lambda attempt: _ask(context, attempt, endpoint, proves),
        timeout_s=TIMEOUT_S,
        host=question.host,
        service=endpoint.service,
        only_when_well=endpoint.blocks_event_loop,
        requests=(question.told,),
        skip=out_of_reach(context, endpoint) or not_allowed(context, endpoint),
    )


def _ask(context: SuiteContext, attempt: Attempt, endpoint: Endpoint, proves: str) -> Outcome:
    question = question_of(endpoint)
    try:
        answer = fetch(context, attempt, question)
        outcome = judge_endpoint(endpoint, answer, context.target.mlflow.proxy_texts)
    except HttpError as error:
        outcome = no_answer(question, error)
    observations = outcome.observations
    if proves.startswith("nothing") and endpoint.known is None:
        known_from = f"a right answer proves {proves}"
        observations += (Observation(subject=question.told, told="is static", known_from=known_from),)
    return outcome.model_copy(
        update={
            "expected": f"{outcome.expected}, which proves {proves}",
            "seen": f"{outcome.seen}; that proves {proves}" if outcome.status.is_passed else outcome.seen,
            "evidence": outcome.evidence | {"proves": proves},
            "observations": observations,
            "is_final": outcome.is_final or endpoint.blocks_event_loop,
        }
    )
