"""`ack`, `mute` and `rebuild-history` as people type them, against moto's S3 and CloudWatch."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from registry_monitor.__main__ import main
from registry_monitor.incident import IncidentState
from registry_monitor.inventory.aws import aws_client, forget_clients
from registry_monitor.inventory.mute_rules import active_mutes
from registry_monitor.memory import Memory
from registry_monitor.model import CannotTellError, Depth, Status
from registry_monitor.outputs.objects import publish
from registry_monitor.outputs.state_store import S3StateStore, load
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from registry_monitor.target import load_target
from tests.sandbox.aws.alarms import put_alarm
from tests.sandbox.aws.mute_rules import forget_mute_rules, teach_mute_rules
from tests.unit.state.days import DATABASE, REGISTER, cause, run_at

BUCKET, TARGET, REGION = "upkeep-of-tests", "hokusai-development", "us-east-1"
PREFIX = "registry-monitor-upkeep-"
type Command = Callable[..., tuple[int, str]]


@pytest.fixture
def aws(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Moto in this process with its mute rules, and a bucket for the reports."""
    variables = {"AWS_DEFAULT_REGION": REGION, "MONITOR_TARGET": TARGET, "MONITOR_REPORTS_BUCKET": BUCKET}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    teach_mute_rules()
    forget_clients()
    yield s3
    forget_mute_rules()
    forget_clients()


@pytest.fixture
def command(aws: Any, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command; its exit code and all that it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def store() -> S3StateStore:
    return S3StateStore(BUCKET, TARGET, REGION)


def went(run: Run) -> None:
    memory = Memory(store())
    memory.tell(memory.with_standing(run), None)
    assert memory.problems == []


def incidents() -> IncidentsDocument:
    return load(store(), INCIDENTS, IncidentsDocument)


@pytest.fixture
def failing(aws: Any) -> None:
    """Two causes are open."""
    for minute in (0, 1):
        causes = (cause(), cause("listener-rule-missing", "endpoint.api-health"))
        went(run_at(minute, causes=causes, database=Status.FAIL, endpoint=Status.FAIL))


@pytest.mark.parametrize("named", ["database-not-available", "database-not-available:hokusai-mlflow", "id"])
def test_ack__covers_the_cause_that_is_named(failing: None, command: Command, named: str) -> None:
    """By kind, by kind and resource, or by id; it ends when it was told to."""
    text = incidents().open[0].id if named == "id" else named
    code, told = command("ack", text, "--until", "4h", "--reason", "known since Monday")
    assert code == 0 and "Acknowledged until" in told
    [noted] = incidents().acknowledgements
    assert (noted.kind, noted.resource, noted.reason) == (*cause().key, "known since Monday")
    assert timedelta(hours=3, minutes=59) < noted.until - datetime.now(UTC) <= timedelta(hours=4)


def test_ack__again_replaces_what_was_said(failing: None, command: Command) -> None:
    """The newest word counts."""
    for reason in ("first", "second"):
        command("ack", "database-not-available", "--until", "1d", "--reason", reason)
    assert [each.reason for each in incidents().acknowledgements] == ["second"]


@pytest.mark.parametrize(
    ("named", "until", "reason", "told"),
    [
        ("dns-gone", "4h", "x", "no open incident is meant"),
        ("database-not-available", "soon", "x", "expected a duration such as 90m, 2h or 1d12h"),
        ("database-not-available", "2020-01-01T00:00:00Z", "x", "expected a moment within 30 days"),
        ("database-not-available", "31d", "x", "expected a moment within 30 days"),
        ("database-not-available", "2099-01-01T00:00:00", "x", "with its offset"),
        ("database-not-available", "4h", " ", "got no reason"),
    ],
)
def test_ack__wrong_usage_is_told_and_changes_nothing(
    failing: None, command: Command, named: str, until: str, reason: str, told: str
) -> None:
    """It always expires, and always has a reason."""
    code, printed = command("ack", named, "--until", until, "--reason", reason)
    assert (code, incidents().acknowledgements) == (2, ())
    assert told in printed


def test_ack__of_what_is_not_diagnosed_is_refused(command: Command) -> None:
    """A new cause would look the same, and be covered."""
    went(run_at(0, Depth.FULL, register=Status.FAIL))
    code, printed = command("ack", "not-diagnosed", "--until", "4h", "--reason", "x")
    assert code == 2 and "a new cause would look the same" in printed


def alarm(name: str, *actions: str) -> None:
    put_alarm(boto3.client("cloudwatch"), PREFIX + name, *actions)


def test_mute__names_the_alarms_that_tell_somebody(command: Command) -> None:
    """From the next full minute on, for the time that was asked for, with its reason; it ends by itself."""
    topic = "arn:aws:sns:us-east-1:123456789012:ticket"
    alarm("checks-slow", topic)
    alarm("core-broken")
    code, told = command("mute", "--for", "2h", "--reason", "an upgrade", "--environment", "upkeep")
    assert code == 0 and "1 alarms of upkeep are muted from" in told and "an upgrade" in told
    cloudwatch = boto3.client("cloudwatch")
    [name] = [word for word in told.split() if word.startswith(f"{PREFIX}mute-")]
    rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)
    assert rule["MuteTargets"]["AlarmNames"] == [f"{PREFIX}checks-slow"]
    assert (rule["Description"], rule["Rule"]["Schedule"]["Duration"]) == ("an upgrade", "PT120M")
    assert rule["Status"] == "SCHEDULED"


def test_mute__of_no_stack_says_so(command: Command) -> None:
    """A wrong environment or region mutes nothing in silence."""
    code, told = command("mute", "--for", "2h", "--reason", "x", "--environment", "nowhere")
    assert code == 3 and "no alarm that tells anybody is called registry-monitor-nowhere-" in told
    assert command("mute", "--for", "16d", "--reason", "x")[0] == 3


def test_active_mutes__are_read_with_end_and_reason(aws: Any) -> None:
    """One that repeats has no end that is known; one that is over, or of other alarms, does not count."""
    alarm("page", "arn:aws:sns:us-east-1:123456789012:page")
    began = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    cloudwatch = boto3.client("cloudwatch")
    for name, back in (("now", 0), ("over", 120)):
        schedule = {"Expression": f"at({began - timedelta(minutes=back):%Y-%m-%dT%H:%M})", "Duration": "PT60M"}
        cloudwatch.put_alarm_mute_rule(
            Name=name, Description="why", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": [f"{PREFIX}page"]}
        )
    [mute] = active_mutes(f"{PREFIX}page", REGION)
    assert (mute.rule, mute.until, mute.reason) == ("now", began + timedelta(minutes=60), "why")
    assert active_mutes(f"{PREFIX}other", REGION) == ()


def test_active_mutes__denied_is_not_known(aws: Any) -> None:
    """And the permission that is missing is named."""

    def deny(**_: Any) -> None:
        raise PermissionError("AccessDenied")

    client = aws_client("cloudwatch", REGION)
    client.meta.events.register_first("before-send.cloudwatch.ListAlarmMuteRules", deny)
    with pytest.raises(CannotTellError, match="cloudwatch:ListAlarmMuteRules"):
        active_mutes(f"{PREFIX}page", REGION)


def kept(s3: Any, run: Run) -> None:
    """A run of yesterday, as the function keeps it."""
    publish(run, BUCKET, s3)


def test_rebuild__makes_history_and_incidents_from_the_runs(
    aws: Any, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was lost comes back, and is not told again; what cannot be read is left out, and told."""
    yesterday = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    monkeypatch.setattr("tests.unit.state.days.BEGIN", yesterday)
    broken = cause("store-refuses", REGISTER)
    for minute in (0, 15):
        kept(aws, run_at(minute, Depth.FULL, causes=(broken,), register=Status.FAIL))
    kept(aws, run_at(30, Depth.FULL))
    kept(aws, run_at(31, Depth.FULL, causes=(broken,), register=Status.FAIL, reason="ad hoc"))
    aws.put_object(Bucket=BUCKET, Key=f"{TARGET}/runs/{yesterday:%Y/%m/%d}/zz/run.json", Body=b"{}")
    aws.put_object(Bucket=BUCKET, Key=f"{TARGET}/state/{INCIDENTS}", Body=b"broken")
    code, told = command("rebuild-history")
    assert (code, "made of 3 runs (1 of another version" in told) == (0, True), told
    [incident] = incidents().incidents
    assert (incident.state, incident.first_seen) == (IncidentState.RESOLVED, yesterday)
    assert incident.told.is_end_told
    history = load(store(), HISTORY, HistoryDocument)
    assert len(history.incidents) == 1
    assert history.uptime["30d"]["overall"].down_s == 1800
    assert history.error_budget is not None
    assert history.error_budget.objective_pct == load_target(TARGET).thresholds.uptime_pct


def test_rebuild__keeps_what_can_be_read(failing: None, command: Command) -> None:
    """Acknowledgements and incidents that are known stay, and samples of which no run is kept."""
    before, samples = incidents(), load(store(), HISTORY, HistoryDocument).samples
    assert command("rebuild-history")[0] == 0
    assert incidents() == before
    assert load(store(), HISTORY, HistoryDocument).samples == samples != ()


def test_commands__need_a_bucket(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing variable is told before anything is asked."""
    monkeypatch.delenv("MONITOR_REPORTS_BUCKET")
    code, told = command("ack", DATABASE, "--until", "1h", "--reason", "x")
    assert code == 2 and "MONITOR_REPORTS_BUCKET is not set" in told
