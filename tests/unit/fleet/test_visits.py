"""What a run says to its fleet: small, and something whatever became of the run."""

import json
from typing import Any

import pytest

from registry_monitor.finding import Confidence, Finding, FindingState, Fix, Priority
from registry_monitor.fleet.visits import Visit, VisitState, answered, visit_of_item
from registry_monitor.incident import Excuse, ExcuseKind, Standing
from registry_monitor.model import Depth, SuiteName
from registry_monitor.target import TargetError, TargetUnreadError
from registry_monitor.target.problems import Problem
from tests.unit.fleet.fleets import AT
from tests.unit.reports import samples

A_BATCH_BYTES, A_BATCH = 256 * 1024, 40  # Step Functions developer guide: of a state's result; fleet.yaml


FINDING = Finding(
    kind="listener-rule-missing",
    resource="registry:443 /mlflow/*",
    statement="No rule leads /mlflow/* to MLflow.",
    state=FindingState.ACTIVE,
    confidence=Confidence.PROVEN,
    priority=Priority.CRITICAL,
    proofs=(),
    fix=Fix(told="Add it."),
    runbook="docs/causes.md#listener-rule-missing",
)


def fails(error: Exception) -> Any:
    def run() -> Visit:
        raise error

    return run


def test_visit__of_a_healthy_run_is_its_verdict() -> None:
    """And where its report is."""
    visit = Visit.of_run(samples.healthy(), "s3://bucket/report.md")
    assert visit == Visit(state=VisitState.HEALTHY, report="s3://bucket/report.md")


def test_visit__of_a_failing_run_has_what_is_wrong() -> None:
    """Registration is blocked in it, which hurts; what no cause explains is told."""
    run = samples.failing()
    visit = Visit.of_run(run, None)
    assert (visit.state, visit.hurts, visit.report) == (VisitState.FAILING, True, None)
    assert len(visit.told) == min(4, len(run.unexplained)) > 0


def test_visit__has_the_causes_that_the_run_acts_on_first() -> None:
    """What is only suspected is marked, for it is not grouped with what is proved."""
    suspected = FINDING.model_copy(update={"kind": "service-unreachable", "state": FindingState.SUSPECTED})
    latent = FINDING.model_copy(update={"state": FindingState.LATENT})
    run = samples.failing().model_copy(update={"findings": (FINDING, latent, suspected)})
    causes = Visit.of_run(run, None).causes
    assert [(each.kind, each.is_proved) for each in causes] == [(FINDING.kind, True), ("service-unreachable", False)]


def test_visit__of_a_run_whose_failures_are_all_excused_hurts_nobody() -> None:
    """A deployment, a planned time, or what somebody knows of: alarms do not count them either."""
    run = samples.failing()
    failed = tuple(each.check_id for each in run.results if each.status.is_not_passed)
    excuse = Excuse(kind=ExcuseKind.EXPECTED, reason="planned", until=AT, checks=failed)
    excused = run.model_copy(update={"standing": Standing(excuses=(excuse,))})
    visit = Visit.of_run(excused, None)
    assert (visit.state, visit.hurts) == (VisitState.EXCUSED, False)


def test_visit__hurts_by_registration_and_keys_alone() -> None:
    """A sick service that users do not feel yet fails, and wakes nobody."""
    results = [*samples.ecs_results("api", running="runs 0 of 1 tasks")]
    visit = Visit.of_run(samples.run_of(results, depth=Depth.LIGHT), None)
    assert (visit.state, visit.hurts) == (VisitState.FAILING, False)
    results.append(samples.result("bad-key", samples.Status.FAIL, suite=SuiteName.AUTHENTICATION))
    assert Visit.of_run(samples.run_of(results, depth=Depth.LIGHT), None).hurts


@pytest.mark.parametrize("char", ["a", "\N{FIRE}", "\u202e", '"\\'], ids=["plain", "far", "unseen", "quotes"])
def test_visit__has_a_limit_whatever_was_seen(char: str) -> None:
    """Forty of them are a batch's result: one that is too large would lose them all."""
    run, text = samples.failing(), char * 9000
    symptom = run.symptoms[0].model_copy(update={"statement": text})
    finding = FINDING.model_copy(update={"resource": text, "statement": text})
    seen = run.model_copy(update={"symptoms": (symptom,) * 30, "findings": (finding,) * 30})
    answer = answered(lambda: Visit.of_run(seen, f"s3://{text}", trouble=OSError(text)), fails)
    told = {"target": "t" * 63, "critical": False, "answer": answer}
    assert len(json.dumps(told)) * A_BATCH < A_BATCH_BYTES


def test_broken_file__is_told_line_by_line() -> None:
    """The first four, and how many more; such a target is one that was not run."""
    problems = [Problem(number, f"key.{number}", "is wrong") for number in range(1, 8)]
    answer = answered(fails(TargetError("s3://bucket/fleet/targets/a.yaml", problems)), on_defect=pytest.fail)
    visit = Visit.model_validate(answer)
    assert (visit.state, visit.has_broken_file) == (VisitState.NOT_RUN, True)
    assert visit.told[0] == "s3://bucket/fleet/targets/a.yaml, line 1: key.1: is wrong"
    assert visit.told[-1].startswith("and 3 more: ")


def test_file_that_was_not_read__is_no_broken_file() -> None:
    """Nobody can mend it: S3 was slow, or refused."""
    error = TargetUnreadError("s3://bucket/fleet/targets/a.yaml", [Problem(0, "", "cannot be read: S3 is slow")])
    visit = Visit.model_validate(answered(fails(error), on_defect=pytest.fail))
    assert (visit.state, visit.has_broken_file) == (VisitState.NOT_RUN, False)
    assert visit.told == (
        "its target file was not read: cannot be read: S3 is slow (s3://bucket/fleet/targets/a.yaml)",
    )


def test_defect__is_told_and_no_error() -> None:
    """Its stack trace goes to the log; the answer has one line."""
    seen: list[Exception] = []
    error = ZeroDivisionError("x" * 90_000)
    answer = answered(fails(error), on_defect=seen.append)
    assert seen == [error]
    assert answer["state"] == "NOT RUN" and answer["told"][0].startswith("ZeroDivisionError: xxx")
    assert len(json.dumps(answer)) < 400


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"failed": {"Error": "States.Timeout", "Cause": ""}}, "States.Timeout"),
        ({"failed": {"Error": "Lambda.Unknown", "Cause": "It is gone."}}, "Lambda.Unknown: It is gone."),
        ({"failed": {}}, "the run failed, and nobody says why"),
        ({"answer": {"status": "HEALTHY"}}, "its answer is none of this version's"),
        ({"answer": None}, "its answer is none of this version's"),
        ({}, "its answer is none of this version's"),
    ],
)
def test_item__without_a_verdict_was_not_run(item: dict[str, Any], told: str) -> None:
    """Whatever stands in its place."""
    visit = visit_of_item(item)
    assert visit.state is VisitState.NOT_RUN and told in visit.told[0]


def test_item__with_an_answer_is_its_visit() -> None:
    """As the function gave it."""
    visit = Visit.of_run(samples.failing(), None)
    assert visit_of_item({"answer": answered(lambda: visit, fails)}) == visit
