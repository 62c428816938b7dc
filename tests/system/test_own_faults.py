"""Faults of the monitor's own: told as its own, with what to change, and never held against the platform."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from registry_monitor.finding import Finding
from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.aws.iam.monitors_role import monitors_role
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here

EVENT = {"suites": ["infrastructure_health", "services"], "depth": "full"}


class Refusing(BaseHTTPRequestHandler):
    """AWS as it answers whoever signs with a wrong clock, or with credentials that it does not know."""

    error: tuple[str, str]

    def do_POST(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        code, message = self.error
        body = json.dumps({"__type": code, "message": message}).encode()
        if "json" not in self.headers.get("Content-Type", ""):
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            body = f"<ErrorResponse>{error}</ErrorResponse>".encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(403)
        self.send_header("Content-Type", "application/x-amz-json-1.1" if body.startswith(b"{") else "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def refusing(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an AWS that refuses everything in this way."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Refusing,), {"error": request.param}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def run_with(sandbox: Sandbox, patch: pytest.MonkeyPatch, aws: str) -> Run:
    """One run that asks AWS at this address, and the platform as ever."""
    environment = sandbox.environment | {"AWS_ENDPOINT_URL": aws}
    patch.setattr(Sandbox, "environment", property(lambda _: environment))
    return monitor_here(sandbox, patch, EVENT)


def own(run: Run) -> Finding:
    """The only finding: the monitor's own. Nothing is held against the platform."""
    assert run.of_status(Status.FAIL) == ()
    [finding] = run.causes
    assert finding.is_monitors_own
    assert len(finding.explains) > 5
    return finding


CLOCK = ("InvalidSignatureException", "Signature expired: 20260730T091503Z is now earlier than 20260730T101003Z")
CREDENTIALS = ("UnrecognizedClientException", "The security token included in the request is invalid.")


@pytest.mark.parametrize("refusing", [CLOCK], indirect=True)
def test_clock_that_is_wrong__is_told_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    """All calls of AWS are refused for it: one finding, with the clock as what to set."""
    finding = own(run_with(sandbox, monkeypatch, refusing))
    assert (finding.kind, finding.fix.told[:22]) == ("monitor-clock-wrong", "Set the clock of the m")


@pytest.mark.parametrize("refusing", [CREDENTIALS], indirect=True)
def test_credentials_that_aws_does_not_know__are_told_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    """With the role of the stack as what to look at."""
    finding = own(run_with(sandbox, monkeypatch, refusing))
    assert finding.kind == "monitor-credentials-refused"
    assert "MonitorRole" in finding.fix.told


def test_names_that_do_not_resolve__are_told_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """No API of AWS has an address: it is DNS, not a missing endpoint of each."""
    finding = own(run_with(sandbox, monkeypatch, "http://aws.registry-monitor.invalid"))
    assert finding.kind == "monitor-dns-broken"
    assert "parameter VpcId" in finding.fix.told


def test_api_without_a_way__names_the_parameter(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One API is out of reach: the finding says how the stack gets an endpoint for it."""
    sandbox.world.refuse("ecs", how="dropped")
    try:
        run = monitor_here(sandbox, monkeypatch, EVENT)
    finally:
        sandbox.world.allow("ecs")
    finding = own(run)
    assert (finding.kind, finding.resource) == ("monitor-api-unreachable", "ecs")
    assert "parameter ApiEndpoints of the monitor's stack" in finding.fix.told


def test_another_region__is_the_monitors_place_and_no_missing_platform(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, AWS has nothing of the target, and the platform answers all the same: nothing is to be created.

    The stack is deployed there too: the role of one in another region would be denied all.
    """
    refusals = sandbox.world.control_plane.refusals
    monkeypatch.setattr(refusals, "role", monitors_role("hokusai-development", "eu-west-3", ACCOUNT))
    kept = sandbox.target_path.read_text(encoding="utf-8")
    sandbox.target_path.write_text(kept.replace("region: us-east-1", "region: eu-west-3"), encoding="utf-8")
    try:
        run = monitor_here(sandbox, monkeypatch, EVENT)
    finally:
        sandbox.target_path.write_text(kept, encoding="utf-8")
    assert {finding.kind for finding in run.causes} <= {"monitor-place-wrong", "monitor-secret-missing"}
    [place] = [finding for finding in run.causes if finding.kind == "monitor-place-wrong"]
    assert set(place.explains) == {result.check_id for result in run.of_status(Status.FAIL)}
    assert place.fix.caution == "Nothing is missing of the platform: create nothing."


def test_time_that_was_over__names_the_function(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fails, and much could not be asked: it is told with what took longest, and whose Timeout to raise."""
    run = monitor_here(sandbox, monkeypatch, {"depth": "full"}, time_s=1.0)
    finding = own(run)
    assert (finding.kind, finding.resource) == ("monitor-out-of-time", "MonitorFunction")
    assert finding.proofs[0].told.startswith("the slowest: ")
