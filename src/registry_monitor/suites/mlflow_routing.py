"""MLflow should be reached below each prefix that is in use, and refused in a known way below the others.

*Passes when*, through the proxy and straight, tracking, registry, metrics and artifacts answer from MLflow's own
stores; when both ways give the same answer to the same question (the path is translated rightly); when prefixes
that look right and are not refuse as the target file has it; and when MLflow refuses a host that it does not know.
*Needs* the monitor's key. It only reads. ``metrics/get-history`` of a run that does not exist answers an empty
history, or what the target says (``mlflow.unknown_run``), and listing a path of the artifact store that is not there an
empty list (MLflow 3.17, measured): both ask the store and carry no weight.
"""

from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt, Check, Outcome, SuiteName
from registry_monitor.suites.asking import Question, ask, fetch, judge, no_answer
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.reach import why_not_asked
from registry_monitor.target import Expectation, MlflowRoute

SUITE = SuiteName.MLFLOW_ROUTING
_NO_RUN = "0" * 32
_SEARCH = "mlflow/experiments/search?max_results=1&order_by=experiment_id"  # 400 without max_results, measured


def _object_with(*keys: str) -> Expectation:
    return Expectation(status=200, body_schema={"type": "object", "required": list(keys)})


# A subject, a path, and its right answer; null: what the target says of a run that does not exist.
_ASPECTS: dict[str, tuple[str, str, Expectation | None]] = {
    "tracking": ("the tracking store", _SEARCH, _object_with("experiments")),
    "registry": ("the model registry", "mlflow/registered-models/search?max_results=1", _object_with()),
    "metrics": (
        "the metrics",
        f"mlflow/metrics/get-history?run_id={_NO_RUN}&metric_key=registry-monitor",
        None,
    ),
    "artifacts": (
        "the artifact store",
        "mlflow-artifacts/artifacts?path=registry-monitor-no-such-path",
        _object_with(),
    ),
}


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported."""
    mlflow = context.target.mlflow
    listed: list[Check] = []
    for route in mlflow.routes:
        if route.refuses is None:
            listed.extend(_route_checks(context, route))
        else:
            listed.append(_refusal_check(context, route, route.refuses))
    ways = [route for route in mlflow.routes if route.refuses is None]
    listed.extend(_translation_check(context, ways[0], other) for other in ways[1:])
    if mlflow.host_check is not None:
        listed.append(_host_check(context))
    return listed


def _check(context: SuiteContext, aspect: str, subject: str, question: Question, *, skip: str | None = None) -> Check:
    return Check(
        id=f"{SUITE}.{aspect}",
        suite=SUITE,
        subject=subject,
        run=lambda attempt: ask(context, attempt, question),
        host=question.host,
        service=context.target.mlflow.service,
        requests=(question.told,),
        skip=skip,
    )


def _route_checks(context: SuiteContext, route: MlflowRoute) -> list[Check]:
    listed: list[Check] = []
    for aspect, (subject, path, right) in _ASPECTS.items():
        question = _question(context, route, path, right or context.target.mlflow.unknown_run)
        listed.append(_check(context, f"{route.id}.{aspect}", f"MLflow by {route.id}, {subject}", question))
    return listed


def _question(context: SuiteContext, route: MlflowRoute, path: str, right: Expectation) -> Question:
    target = context.target
    return Question(f"{route.url}/{path}", right, key=target.keys.monitor, budget_ms=target.mlflow.budget_ms)


def _refusal_check(context: SuiteContext, route: MlflowRoute, refusal: Expectation) -> Check:
    """A prefix that looks right: were it to work one day, or fail otherwise, its users' advice would be wrong."""
    question = _question(context, route, _SEARCH, refusal)
    return _check(context, f"{route.id}.refused", f"MLflow's API by {route.id}, where it is not", question)


def _translation_check(context: SuiteContext, one: MlflowRoute, other: MlflowRoute) -> Check:
    """Both ways lead to the same MLflow: the same question gets the same answer."""
    right = _object_with("experiments")
    questions = [_question(context, route, _SEARCH, right) for route in (one, other)]

    def run(attempt: Attempt) -> Outcome:
        expected = f"the same answer by {one.id} and by {other.id}"
        bodies = []
        for question in questions:
            try:
                answer = fetch(context, attempt, question)
            except HttpError as error:
                return no_answer(question, error)
            outcome = judge(answer, question)
            if not outcome.status.is_passed:
                told = {"expected": f"{expected}: {outcome.expected}", "seen": f"by {question.url} {outcome.seen}"}
                return outcome.model_copy(update=told)
            bodies.append(answer.json())
        is_same = bodies[0] == bodies[1]
        seen = "got the same answer by both" if is_same else "got different answers: they lead to different stores"
        evidence = {} if is_same else {one.id: bodies[0], other.id: bodies[1]}
        return Outcome.judge(is_same, expected=expected, seen=seen, evidence=evidence)

    return Check(
        id=f"{SUITE}.{one.id}.same-as-{other.id}",
        suite=SUITE,
        subject="The same question to MLflow",
        run=run,
        host=questions[0].host,
        service=context.target.mlflow.service,
        requests=tuple(question.told for question in questions),
    )


def _host_check(context: SuiteContext) -> Check:
    wanted = context.target.mlflow.host_check
    assert wanted is not None  # noqa: S101 - asked for by the caller alone
    question = Question(wanted.url, wanted.expect, key=wanted.key, headers={"Host": wanted.host}, inside_vpc=True)
    skip = why_not_asked(context, context.target.mlflow.service)
    return _check(context, "host-check", f"MLflow asked as {wanted.host}", question, skip=skip)
