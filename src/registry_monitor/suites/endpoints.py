"""One request to one endpoint of the target, judged by what the target file expects of it."""

import json
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Endpoint, Expectation

TOO_MANY_REQUESTS = 429  # nothing is asked again against a rate limit

# Inside the VPC these two say as much of the monitor's own place as of the platform.
_CANNOT_BE_TOLD = {
    "name": "its name has no record here: the service is not in Cloud Map, or this is not the platform's VPC",
    "connect timeout": "the platform may not have opened this port to the monitor's security group",
}


def endpoint_check(context: SuiteContext, suite: SuiteName, endpoint: Endpoint) -> Check:
    """The check of one endpoint, such as ``infrastructure_health.endpoint.api-health``."""
    is_out_of_reach = endpoint.inside_vpc and not context.is_inside_vpc
    return Check(
        id=f"{suite}.endpoint.{endpoint.id}",
        suite=suite,
        subject=f"{endpoint.method} {endpoint.url}",
        run=lambda attempt: _ask(context, endpoint, attempt),
        depth=endpoint.depth,
        host=urlsplit(endpoint.url).hostname,
        service=endpoint.service,
        requests=(f"{endpoint.method} {endpoint.url}",),
        skip="it can be reached only from inside the VPC" if is_out_of_reach else None,
    )


def _ask(context: SuiteContext, endpoint: Endpoint, attempt: Attempt) -> Outcome:
    expected = _expected(endpoint)
    try:
        answer = context.http.request(attempt, endpoint.method, endpoint.url, key=endpoint.key)
    except HttpError as error:
        if endpoint.inside_vpc and error.kind in _CANNOT_BE_TOLD:
            raise CannotTellError(f"{_CANNOT_BE_TOLD[error.kind]} ({error})") from error
        return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
    return Outcome.judge(
        is_as_expected(answer, endpoint.expect),
        expected=expected,
        seen=answer.describe(),
        evidence=answer.evidence(),
        latency_ms=answer.elapsed_ms,
        budget_ms=endpoint.budget_ms,
        is_final=answer.status == TOO_MANY_REQUESTS,
    )


def _expected(endpoint: Endpoint) -> str:
    body = endpoint.expect.json_body
    shape = "" if body is None else f" with {json.dumps(body)} in a JSON body" if body else " with a JSON body"
    return f"{endpoint.expect.status}{shape}"


def is_as_expected(answer: Answer, expectation: Expectation) -> bool:
    """Whether status and body are right. A JSON body is asked of the application: the load balancer writes none."""
    if answer.status != expectation.status:
        return False
    if expectation.json_body is None:
        return True
    try:
        body = answer.json()
    except ValueError:
        return False
    return isinstance(body, dict) and _holds(body, expectation.json_body)


def _holds(seen: dict[str, JsonValue], wanted: dict[str, JsonValue]) -> bool:
    for key, value in wanted.items():
        there = seen.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            if not _holds(there, value):
                return False
        elif key not in seen or there != value:
            return False
    return True
