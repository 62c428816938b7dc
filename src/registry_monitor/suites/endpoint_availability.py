"""Each public endpoint should answer as the target file has it, with its key and without one, in time.

*Passes when* status and body are right and the median of three samples is within the budget; of an endpoint with a
known weakness, when the application answers at all (what it answers is an observation). Without its key an
endpoint must refuse exactly as expected: a success there is a security failure. Where a service documents its paths,
the document must be right; what it documents and the target file does not have is observed, and never called:
nobody has said that it is free of effects and price.
*Needs* the keys of the endpoints. Endpoints that block the platform's event loop are asked by health_endpoints.
"""

from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from registry_monitor.clients.http import READ_TIMEOUT_S, Answer, HttpError
from registry_monitor.model import Attempt, CannotTellError, Check, Observation, Outcome, Status, SuiteName
from registry_monitor.suites import openapi
from registry_monitor.suites.asking import Question, fetch, judge, no_answer
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoint_answers import is_to_be_asked_again, judge_samples, question_of
from registry_monitor.suites.endpoints import not_allowed
from registry_monitor.target import Endpoint, Expectation, Service

SUITE = SuiteName.ENDPOINT_AVAILABILITY
SAMPLES = 3
TIMEOUT_S = 16.0
# Enough for a silence to be the platform's; so a platform that took two seconds already is asked no more.
_TIME_FOR_ONE_MORE_S = READ_TIMEOUT_S + 1

_SUCCESSES = range(200, 300)


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported."""
    target = context.target
    public = [endpoint for endpoint in target.endpoints if not endpoint.inside_vpc]
    calm = [endpoint for endpoint in public if not endpoint.blocks_event_loop]
    blocking = [endpoint for endpoint in public if endpoint.blocks_event_loop]
    return [
        *(_endpoint_check(context, endpoint) for endpoint in calm),
        *_without_key_checks(context, calm),
        *(_discovery_check(context, service) for service in target.services if service.openapi_url is not None),
        *_without_key_checks(context, blocking),
    ]


def _endpoint_check(context: SuiteContext, endpoint: Endpoint) -> Check:
    question = question_of(endpoint)
    return _check(
        f"endpoint.{endpoint.id}", question, endpoint.service, lambda attempt: _sample(context, attempt, endpoint)
    )


def _check(aspect: str, question: Question, service: str, run: Callable[[Attempt], Outcome]) -> Check:
    return Check(
        id=f"{SUITE}.{aspect}",
        suite=SUITE,
        subject=question.told,
        run=run,
        timeout_s=TIMEOUT_S,
        host=question.host,
        service=service,
        requests=(question.told,),
    )


def _sample(context: SuiteContext, attempt: Attempt, endpoint: Endpoint) -> Outcome:
    question = question_of(endpoint)
    answers: list[Answer] = []
    while len(answers) < SAMPLES:
        try:
            answers.append(fetch(context, attempt, question))
        except HttpError as error:
            silent = no_answer(question, error)
            earlier_ms = [answer.elapsed_ms for answer in answers]
            return silent.model_copy(update={"evidence": silent.evidence | {"samples_ms": earlier_ms}})
        except CannotTellError:
            if not answers:
                raise
            break  # what was seen before the run's time or requests were used up is enough
        if not is_to_be_asked_again(endpoint, answers[-1]) or attempt.remaining_s < _TIME_FOR_ONE_MORE_S:
            break
    return judge_samples(endpoint, answers, context.target.mlflow.proxy_texts)


def _without_key_checks(context: SuiteContext, endpoints: list[Endpoint]) -> list[Check]:
    return [
        _without_key_check(context, endpoint, endpoint.without_key)
        for endpoint in endpoints
        if endpoint.without_key is not None
    ]


def _without_key_check(context: SuiteContext, endpoint: Endpoint, refusal: Expectation) -> Check:
    question = replace(question_of(endpoint), key=None, expect=refusal)
    check = _check(
        f"without-key.{endpoint.id}",
        question,
        endpoint.service,
        lambda attempt: _refused(context, attempt, question),
    )
    # A door that stands open would let the request in.
    return replace(check, only_when_well=endpoint.blocks_event_loop, skip=not_allowed(context, endpoint))


def _refused(context: SuiteContext, attempt: Attempt, question: Question) -> Outcome:
    try:
        answer = fetch(context, attempt, question)
    except HttpError as error:
        return no_answer(question, error)
    outcome = judge(answer, question)
    if outcome.status.is_passed or answer.status not in _SUCCESSES or answer.written_by == "load balancer":
        return outcome
    # Once is proof enough; a second task that refuses does not close the door of the first.
    return outcome.model_copy(
        update={
            "is_security_failure": True,
            "is_final": True,
            "seen": f"{outcome.seen}: it lets in who has no key",
        }
    )


def _discovery_check(context: SuiteContext, service: Service) -> Check:
    expect = Expectation(status=200, body_schema={"type": "object", "required": ["openapi", "paths"]})
    question = Question(url=str(service.openapi_url), expect=expect)
    return _check(
        f"discovery.{service.role}",
        question,
        service.role,
        lambda attempt: _discover(context, attempt, question, service),
    )


def _discover(context: SuiteContext, attempt: Attempt, question: Question, service: Service) -> Outcome:
    try:
        answer = fetch(context, attempt, question)
    except HttpError as error:
        return no_answer(question, error)
    outcome = judge(answer, question)
    if answer.is_truncated and answer.status == question.expect.status:
        raise CannotTellError(f"the document is larger than the {len(answer.body)} bytes that are read of it")
    if not outcome.status.is_passed:
        return outcome
    try:
        documented = openapi.documented_paths(answer.json())
    except openapi.OpenApiError as error:
        return outcome.model_copy(update={"status": Status.FAIL, "seen": str(error)})
    target = context.target
    own = [each for each in target.endpoints if each.service == service.role and not each.inside_vpc]
    return _with_coverage(outcome, question, openapi.compare(documented, own, target.unprobed))


def _with_coverage(outcome: Outcome, question: Question, coverage: openapi.Coverage) -> Outcome:
    untold, undocumented = [each.told for each in coverage.not_in_target], list(coverage.undocumented)
    evidence: dict[str, JsonValue] = {key: value for key, value in outcome.evidence.items() if key != "body"}
    evidence |= {
        "summary": coverage.sentence,
        "found": [each.told for each in coverage.documented],
        "tested": [each.told for each in coverage.tested],
        "excluded": {each.told: reason for each, reason in coverage.excluded},
        "documented, and not in the target file": [*untold],
        "in the target file, and not documented": [*undocumented],
    }
    clauses = {
        "documents what is not in the target file, and so is never called": untold,
        "does not document what the target file asks": undocumented,
    }
    observations = tuple(
        Observation(subject=question.told, told=f"{clause}: {'; '.join(paths)}")
        for clause, paths in clauses.items()
        if paths
    )
    seen = f"{outcome.seen}: {coverage.sentence}"
    return outcome.model_copy(update={"evidence": evidence, "observations": observations, "seen": seen})
