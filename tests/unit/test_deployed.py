"""The deployed function over HTTP, as Lambda and S3 answer: one call, one run."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry_monitor.__main__ import main
from registry_monitor.deployed import LONGEST_S, DeployedError, DeployedFunction, NoFunctionError, Settings
from registry_monitor.inventory.aws import forget_clients
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render
from registry_monitor.target.loading import PACKAGED_TARGETS
from tests.unit.reports import samples

REPORT = "s3://reports/hokusai/runs/2026/07/30/one/MODEL_REGISTRATION_TEST_REPORT.md"
CONFIGURATION = "GET /2015-03-31/functions/monitor/configuration"
INVOCATIONS = "POST /2015-03-31/functions/monitor/invocations"
PACKAGED = PACKAGED_TARGETS / "hokusai-development.yaml"
NO_SUCH_KEY = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
STORED = "GET /reports/hokusai/runs/2026/07/30/one/run.json"

type Answer = tuple[int, str | None, object]  # HTTP status, code of the error, body


class Aws:
    """Answers each request with the next of its answers; the last one stays. ``asked``: what came."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, Any]] = []

    def answer(self, request: str, body: bytes) -> Answer:
        self.asked.append((request, json.loads(body) if body else None))
        listed = self.answers.get(request, [(500, "Unexpected", {"message": request})])
        return listed.pop(0) if len(listed) > 1 else listed[0]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    told = Aws()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, code, answer = told.answer(f"{self.command} {self.path}", body)
            text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            if code:
                self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "fake",
        "AWS_SECRET_ACCESS_KEY": "fake",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield told
    server.shutdown()
    server.server_close()


def ran(function: DeployedFunction, sleep: Callable[[float], None], wait_s: float = 60) -> str:
    return function.run({"reason": "gate"}, timeout_s=5, wait_s=wait_s, sleep=sleep)


def never(_: float) -> None:
    raise AssertionError("nothing was to be waited for")


def test_settings__are_those_of_the_function(aws: Aws) -> None:
    """Its time-out bounds the call, and its target is what the gate waits for."""
    variables = {"MONITOR_TARGET": "t", "MONITOR_TARGETS": "s3://b/fleet/targets/"}
    aws.answers[CONFIGURATION] = [(200, None, {"Timeout": 120, "Environment": {"Variables": variables}})]
    assert DeployedFunction("monitor").settings() == Settings(120, "t", "s3://b/fleet/targets/")


def test_settings__that_may_not_be_read_are_lambdas_longest(aws: Aws) -> None:
    """A pipeline without that permission still waits long enough; one with a wrong name is told at once."""
    aws.answers[CONFIGURATION] = [(403, "AccessDeniedException", {"message": "no"})]
    assert DeployedFunction("monitor").settings() == Settings(LONGEST_S)
    aws.answers[CONFIGURATION] = [(404, "ResourceNotFoundException", {"Message": "Function not found"})]
    with pytest.raises(NoFunctionError, match="there is no function monitor: "):
        DeployedFunction("monitor").settings()


def test_run__is_one_call_with_the_event(aws: Aws) -> None:
    """The answer's report is handed on, and the run beside it is read."""
    aws.answers = {
        INVOCATIONS: [(200, None, {"report": REPORT})],
        STORED: [(200, None, render(samples.healthy())[RUN])],
    }
    function = DeployedFunction("monitor", "us-east-1")
    assert ran(function, never) == REPORT
    assert aws.asked == [(INVOCATIONS, {"reason": "gate"})]
    assert function.stored_run(REPORT) == samples.healthy()


def gate_of(aws: Aws, target: str, ran_as: str | None = None) -> int:
    """The gate's exit code where the function of a fleet makes a run of ``ran_as`` (null: of what it was asked for)."""
    run = samples.healthy()
    run = run.model_copy(update={"target": run.target.model_copy(update={"name": ran_as or target})})
    variables = {"MONITOR_TARGET": "hokusai-development", "MONITOR_TARGETS": "s3://fleet/targets/"}
    of_the_team = PACKAGED.read_text(encoding="utf-8").replace("name: hokusai-development", "name: team-1")
    of_the_team = of_the_team.replace("registry-monitor/hokusai-development", "registry-monitor/team-1")
    aws.answers = {
        CONFIGURATION: [(200, None, {"Timeout": 120, "Environment": {"Variables": variables}})],
        "GET /fleet/targets/team-1.yaml": [(200, None, of_the_team)],
        "GET /fleet/targets/team-2.yaml": [(404, None, NO_SUCH_KEY)],
        INVOCATIONS: [(200, None, {"report": REPORT})],
        STORED: [(200, None, render(run)[RUN])],
    }
    forget_clients()
    try:
        return main(["gate", "--function", "monitor", "--target", target, "--wait", "0"])
    finally:
        forget_clients()


@pytest.mark.parametrize(
    ("target", "asked"), [("team-1", "team-1"), ("hokusai-development", None), (str(PACKAGED), None)]
)
def test_gate__asks_the_function_of_a_fleet_for_the_named_target(aws: Aws, target: str, asked: str | None) -> None:
    """Its file is read where the function reads it; the function's own target needs no name, and a path is none."""
    assert gate_of(aws, target, ran_as=asked or "hokusai-development") == 0
    [event] = [event for request, event in aws.asked if request == INVOCATIONS]
    assert event.get("target") == asked


def test_gate__of_an_unknown_target_runs_nothing(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no file has is wrong usage."""
    assert gate_of(aws, "team-2") == 2
    assert "s3://fleet/targets/team-2.yaml" in capsys.readouterr().err
    assert INVOCATIONS not in [request for request, _ in aws.asked]


def test_gate__that_may_not_read_where_the_files_are_names_the_permission(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fleet's name is no path, and nobody is sent to look for one."""
    aws.answers[CONFIGURATION] = [(403, "AccessDeniedException", {"message": "no"})]
    assert main(["gate", "--function", "monitor", "--target", "team-1", "--wait", "0"]) == 2
    told = capsys.readouterr().err
    assert "where monitor has the file of team-1 could not be read: allow lambda:GetFunctionConfiguration" in told
    assert "s3://BUCKET/fleet/targets/team-1.yaml" in told
    assert [request for request, _ in aws.asked] == [CONFIGURATION]


def test_gate__judges_no_other_platform(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """A healthy run of another target says nothing of this one."""
    assert gate_of(aws, "team-1", ran_as="hokusai-development") == 3
    assert "made a run of hokusai-development; expected one of team-1" in capsys.readouterr().err


def test_run__waits_while_the_function_is_busy(aws: Aws) -> None:
    """A call that Lambda refused has run nothing, so it is made again; not for longer than one may wait."""
    busy: Answer = (429, "TooManyRequestsException", {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"})
    aws.answers[INVOCATIONS] = [busy, busy, (200, None, {"report": REPORT})]
    waited: list[float] = []
    assert ran(DeployedFunction("monitor"), waited.append) == REPORT
    assert waited == [15.0, 15.0]
    aws.answers[INVOCATIONS] = [busy]
    with pytest.raises(DeployedError, match=r"was busy with other runs all the time: .*; wait longer"):
        ran(DeployedFunction("monitor"), never, wait_s=5)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, None, {"errorMessage": "no bucket", "errorType": "PublishError"}), "ended without a report: no bucket"),
        ((200, None, "Task timed out after 120.00 seconds"), "ended without a report: Task timed out after 120.00"),
        ((500, "ServiceException", {"Message": "try later"}), "gave no answer: .*It was not called again"),
    ],
)
def test_run__that_ends_without_a_report_is_told_and_not_repeated(aws: Aws, answer: Answer, told: str) -> None:
    """Whatever went wrong, the run may have been made: a second call would be a second run."""
    aws.answers[INVOCATIONS] = [answer]
    with pytest.raises(DeployedError, match=told):
        ran(DeployedFunction("monitor"), never)
    assert len(aws.asked) == 1


def test_stored_run__that_cannot_be_read_says_why(aws: Aws) -> None:
    """A denial names the permission; a document of another version names the version here."""
    denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    aws.answers[STORED] = [(403, None, denied)]
    with pytest.raises(
        DeployedError, match=r"s3://reports/hokusai/.*/run.json could not be read: s3:GetObject was denied"
    ):
        DeployedFunction("monitor").stored_run(REPORT)
    aws.answers[STORED] = [(200, None, {"run_id": "x"})]
    with pytest.raises(DeployedError, match="it is of another version of the monitor"):
        DeployedFunction("monitor").stored_run(REPORT)
