"""What the function does with a run: its metrics, the verdict that it leaves to the next one, and its reports."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from registry_monitor.clients.connect_to import connect_to, destination
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.handler import LIGHT_RUN_S, RESERVE_S, lambda_handler, publish_everywhere, time_for
from registry_monitor.inventory.aws import forget_clients
from registry_monitor.model import Depth, Status
from registry_monitor.outputs.objects import PublishError
from registry_monitor.outputs.standing import STANDING, KeptStanding, StandingStore
from registry_monitor.outputs.state_store import S3StateStore
from registry_monitor.run import Run
from registry_monitor.standing import REPEATS
from registry_monitor.target import TargetError
from tests.unit.reports import samples
from tests.unit.target.small import SMALL, line_of

BUCKET, TARGET, REGION = "handler-reports", "hokusai-development", "us-east-1"


def kept_in(bucket: str) -> StandingStore:
    return StandingStore(S3StateStore(bucket, TARGET, REGION))


def printed(run: Run, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Publish a run as the function does, with what an earlier one has left; the line of its metrics."""
    store = kept_in(BUCKET)
    publish_everywhere(run, BUCKET, None, store, store.read())
    (line,) = [each for each in capsys.readouterr().out.splitlines() if '"_aws"' in each]
    found: dict[str, Any] = json.loads(line)
    return found


def test_full_verdict__is_told_by_light_runs_until_they_see_it_mended(
    s3: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """From run to run through S3: a failure that full runs alone ask for, asked again by two light runs."""
    failed = samples.result("deep", Status.FAIL, depth=Depth.FULL)
    full = samples.run_of([failed, samples.result("own")], suites=(samples.INFRASTRUCTURE,))
    again = samples.run_of([failed, samples.result("own")], depth=Depth.LIGHT)
    mended = samples.run_of([samples.result("deep", depth=Depth.FULL), samples.result("own")], depth=Depth.LIGHT)
    later = samples.run_of([samples.result("own")], depth=Depth.LIGHT)
    scores = [printed(run, capsys)["InfrastructureScorePct"] for run in (full, later, again, mended, later)]
    assert scores == [[50.0], [50.0], [50.0], [100.0], [100.0]]
    kept = kept_in(BUCKET).read().standing
    assert kept and (kept.repeats_left, kept.failed) == (REPEATS - 2, ())


def test_defect_in_keeping_the_verdict__fails_the_invocation(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the report is written: what goes wrong beside is not lost."""

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    store = kept_in(BUCKET)
    monkeypatch.setattr(store, "write_after", fails)
    with pytest.raises(ZeroDivisionError):
        publish_everywhere(samples.healthy(), BUCKET, None, store, KeptStanding())
    assert f"{TARGET}/status.json" in [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]


def test_state_that_cannot_be_written__loses_no_report(s3: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log, and fails nothing: the bucket of the reports is asked by itself."""
    store = kept_in("no-such-bucket")
    answer = publish_everywhere(samples.healthy(), BUCKET, None, store, store.read())
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert (answer["status"], f"{TARGET}/status.json" in keys, f"{TARGET}/state/{STANDING}" in keys) == (
        "HEALTHY",
        True,
        False,
    )
    (reason,) = (record.reason for record in caplog.records if hasattr(record, "reason"))
    assert reason.startswith(f"s3://no-such-bucket/{TARGET}/state/{STANDING} could not be read: NoSuchBucket")


@pytest.fixture
def judged(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What the run of the function gives; its bucket is not there, so that nothing of it can be published or kept."""
    run = samples.failing()
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", "no-such-bucket")
    monkeypatch.setattr("registry_monitor.handler.monitor", lambda *_: run)
    return run


def test_verdict_that_cannot_be_published__is_told_to_the_fleet(judged: Run, caplog: pytest.LogCaptureFixture) -> None:
    """A run was made: what could not be published or kept stands beside its verdict, and in the log."""
    asked = {"target": TARGET, "critical": False, "depth": "light", "reason": "schedule"}
    visit = Visit.model_validate(lambda_handler(asked, LambdaContext()))
    assert visit.model_copy(update={"trouble": None}) == Visit.of_run(judged, None)
    assert visit.trouble and visit.trouble.startswith("PublishError: ")
    assert "the run is judged, and not all of it is published or kept" in caplog.messages


def test_verdict_that_cannot_be_published__fails_the_invocation_of_a_run_by_itself(judged: Run) -> None:
    """So that Lambda counts it, and its event goes to the queue."""
    with pytest.raises(PublishError):
        lambda_handler({"target": TARGET, "depth": "light", "reason": "schedule"}, LambdaContext())


def test_run_that_gives_no_verdict__was_not_run(judged: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the monitor is no verdict of the platform."""
    monkeypatch.setattr("registry_monitor.handler.monitor", lambda *_: 1 // 0)
    visit = Visit.model_validate(lambda_handler({"target": TARGET, "critical": False}, LambdaContext()))
    assert (visit.state, visit.trouble) == (VisitState.NOT_RUN, None)
    assert visit.told[0].startswith("ZeroDivisionError")


def test_broken_target_file_in_s3__stops_its_run_with_the_line(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked; what the invocation fails of names the object and the line in it."""
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)
    monkeypatch.setenv("MONITOR_TARGETS", f"s3://{BUCKET}/fleet/targets/")
    broken = SMALL.replace("container_port: 8001", "container_port: many")
    s3.put_object(Bucket=BUCKET, Key="fleet/targets/small.yaml", Body=broken.encode())
    forget_clients()
    with pytest.raises(TargetError) as caught:
        lambda_handler({"target": "small"}, LambdaContext())
    line = line_of(broken, "container_port: many")
    source, problem = str(caught.value).splitlines()
    assert source == f"target s3://{BUCKET}/fleet/targets/small.yaml: 1 problem"
    assert problem.startswith(f"  line {line}: services.1.container_port: got 'many'")


def test_connections__are_led_nowhere_when_the_target_file_is_read(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm function's last run was of another target, which led some elsewhere."""
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)
    connect_to({"registry.example.com:443": "127.0.0.1:1"})
    found: list[tuple[str, int]] = []

    def finding(*_: object) -> None:
        found.append(destination("registry.example.com", 443))
        raise TargetError("small", [])

    monkeypatch.setattr("registry_monitor.handler.find_target", finding)
    with pytest.raises(TargetError):
        lambda_handler({"target": "small"}, LambdaContext())
    assert found == [("registry.example.com", 443)]


@pytest.mark.parametrize("by", ["event", "environment"])
def test_path__names_no_target_where_target_files_are_in_s3(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an event nor a setting of old leads to a file of the function then."""
    path = "src/registry_monitor/targets/hokusai-development.yaml"
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)
    monkeypatch.setenv("MONITOR_TARGETS", f"s3://{BUCKET}/fleet/targets/")
    monkeypatch.setenv("MONITOR_TARGET", path if by == "environment" else TARGET)
    with pytest.raises(TargetError, match="is no name of a target"):
        lambda_handler({"target": path} if by == "event" else {}, LambdaContext())


@pytest.mark.parametrize("limit_s", [30.0, 60.0, 300.0])
def test_time__leaves_room_for_an_s3_that_hangs_after_the_run(limit_s: float) -> None:
    """Also where the function's time is short: half of 30 s was too little, and Lambda killed the function."""
    assert limit_s - time_for(Depth.FULL, limit_s) == pytest.approx(RESERVE_S)
    assert time_for(Depth.LIGHT, limit_s) <= LIGHT_RUN_S
