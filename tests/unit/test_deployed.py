"""The deployed function over HTTP, as Lambda and S3 answer: one call, one run."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry_monitor.deployed import LONGEST_S, DeployedError, DeployedFunction, NoFunctionError, Settings
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render
from tests.unit.reports import samples

REPORT = "s3://reports/hokusai/runs/2026/07/30/one/MODEL_REGISTRATION_TEST_REPORT.md"
CONFIGURATION = "GET /2015-03-31/functions/monitor/configuration"
INVOCATIONS = "POST /2015-03-31/functions/monitor/invocations"
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
    aws.answers[CONFIGURATION] = [(200, None, {"Timeout": 120, "Environment": {"Variables": {"MONITOR_TARGET": "t"}}})]
    assert DeployedFunction("monitor").settings() == Settings(120, "t")


def test_settings__that_may_not_be_read_are_lambdas_longest(aws: Aws) -> None:
    """A pipeline without that permission still waits long enough; one with a wrong name is told at once."""
    aws.answers[CONFIGURATION] = [(403, "AccessDeniedException", {"message": "no"})]
    assert DeployedFunction("monitor").settings() == Settings(LONGEST_S, None)
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
