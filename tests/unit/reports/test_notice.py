"""Notices as on-call reads them: one step of one incident, in words, fit for SNS whatever the platform says."""

import string
from datetime import timedelta

import pytest

from registry_monitor.incident import Incident, Standing, Step
from registry_monitor.model import Status
from registry_monitor.reports.notice import console_link, duration, notice
from registry_monitor.run import Run
from registry_monitor.state.incidents import IncidentsDocument, advance
from tests.unit.reports import diagnosed, samples

REPORT = "s3://reports/hokusai-development/runs/2026/07/30/x/MODEL_REGISTRATION_TEST_REPORT.md"
PRINTABLE = set(string.printable) - set("\t\n\r\x0b\x0c")


def incident_of(run: Run, kind: str | None = None) -> Incident:
    """The incident that a run opens."""
    document = advance(IncidentsDocument(), run)
    return next(each for each in document.incidents if kind is None or each.cause.kind == kind)


def test_opened__says_impact_cause_proof_fix_and_where_the_report_is() -> None:
    """The whole notice of a stopped database, line by line."""
    run = diagnosed.stopped_database()
    made = notice(incident_of(run), run, Step.OPENED, REPORT)
    assert made.subject == "FAILING hokusai-development: The database hokusai-mlflow-development is stopped"
    lines = made.body.splitlines()
    assert lines[:3] == ["hokusai-development: FAILING", "", "Impact: Nobody can register or fetch a model"]
    for line in (
        "Cause: The database hokusai-mlflow-development is stopped (proven)",
        "Since: 2026-07-30 09:15 UTC, for 0 min",
        "Proof: DBInstanceStatus is stopped (rds:DescribeDBInstances)",
        "Fix: Start it. RDS itself starts a stopped instance after seven days.",
        "Terraform: aws_db_instance.mlflow",
        "Verify: aws rds wait db-instance-available --db-instance-identifier hokusai-mlflow-development",
        "Failing: infrastructure_health.mlflow.database, model_registration_flow.experiment",
        f"Report: {REPORT}",
        f"Incident: {made.incident}",
    ):
        assert line in lines
    assert made.incident.startswith("hokusai-development/20260730T091503Z-")


def test_all_steps__share_the_key_of_the_incident() -> None:
    """So that whoever takes them in groups them; each says by its first word what has happened."""
    run = diagnosed.stopped_database()
    incident = incident_of(run)
    made = [notice(incident, run, step) for step in Step]
    assert {each.incident for each in made} == {made[0].incident}
    assert [each.subject.partition(" hokusai")[0] for each in made] == [
        "FAILING",
        "CAUSE CHANGED",
        "STILL FAILING",
        "RESOLVED",
    ]


def test_changed__names_both_causes() -> None:
    """What it was put down to before stands beside what it is now."""
    run = diagnosed.stopped_database()
    incident = incident_of(run)
    before = incident.cause.model_copy(update={"kind": "x", "statement": "MLflow does not answer"})
    incident = incident.model_copy(update={"causes": (before, incident.cause)})
    assert "Before: it was put down to: MLflow does not answer" in notice(incident, run, Step.CHANGED).body


def test_resolved__says_how_long_it_was_and_no_fix() -> None:
    """It is told by a healthy run, which has no finding."""
    incident = incident_of(diagnosed.stopped_database())
    ended = incident.first_seen + timedelta(hours=2, minutes=10)
    made = notice(incident.model_copy(update={"ended_at": ended}), samples.healthy(), Step.RESOLVED, REPORT)
    assert "Since: 2026-07-30 09:15 UTC, for 2 h 10 min" in made.body
    assert "Over: 2026-07-30 11:25 UTC" in made.body
    assert "Fix:" not in made.body


def test_undiagnosed__says_where_to_look() -> None:
    """No cause is made up."""
    run = samples.failing()
    body = notice(incident_of(run, "not-diagnosed"), run, Step.OPENED).body
    assert "(not diagnosed)" in body and "no finding of this run explains it" in body
    assert "Report: none was written" in body


def test_monitors_own_fault__is_told_as_such_in_the_subject() -> None:
    """Nobody takes it for the platform's."""
    run = diagnosed.revoked_key()
    assert notice(incident_of(run), run, Step.OPENED).subject.startswith("MONITOR FAILING hokusai-development: ")


@pytest.mark.parametrize("step", list(Step))
def test_hostile_platform__breaks_no_subject_and_adds_no_line(step: Step) -> None:
    """ASCII, one line, fewer than 100 characters; in the body each value stays in its line, and none is endless."""
    run, twin = diagnosed.hostile(samples.HOSTILE + "é" * 10_000), diagnosed.hostile("harmless")
    made, plain = notice(incident_of(run), run, step), notice(incident_of(twin), twin, step)
    assert len(made.subject) < 100 and set(made.subject) <= PRINTABLE
    assert made.subject[0] in string.ascii_letters
    assert len(made.body.splitlines()) == len(plain.body.splitlines())
    assert len(made.body.encode()) < 32_000


def test_subject__has_letters_without_their_marks() -> None:
    """A name with marks stays readable."""
    run = diagnosed.diagnosed(
        samples.failing(),
        diagnosed.finding("k", "r", "Dienst Zürich–Nord weg", explains=("model_registration_flow.experiment",)),
    )
    subject = notice(incident_of(run, "k"), run, Step.OPENED).subject
    assert subject == "FAILING hokusai-development: Dienst Zurich?Nord weg"


def test_excuses_and_other_incidents__are_named() -> None:
    """Who reads one notice knows what else is known."""
    run = diagnosed.missing_service()
    document = advance(IncidentsDocument(), run)
    first, *others = document.incidents
    run = run.model_copy(update={"standing": Standing(incidents=document.incidents)})
    body = notice(first, run, Step.OPENED).body
    assert all(f"Also open: {each.cause.statement}" in body for each in others)
    assert others and Status.FAIL in {result.status for result in run.results}


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_console_link__is_that_of_the_partition(region: str, console: str) -> None:
    """It names bucket, region and key, escaped."""
    link = console_link("s3://reports/a b/x&y.md", region)
    assert link == f"https://{console}/s3/object/reports?region={region}&prefix=a%20b/x%26y.md"


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, "0 min"), (59, "59 min"), (130, "2 h 10 min"), (1440, "1 d 0 h"), (3000, "2 d 2 h")]
)
def test_duration__for_people(minutes: int, told: str) -> None:
    """The two largest units."""
    assert duration(timedelta(minutes=minutes)) == told
