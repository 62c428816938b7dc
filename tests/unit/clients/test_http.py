"""HTTP probes against real sockets: answers as they are, and each way in which none comes."""

import contextlib
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from registry_monitor.clients import http
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import BODY_CAP_BYTES, Answer, HttpClient, HttpError, Key
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.target import KeyForm
from tests.unit.clients.conftest import Server, client_with, reply


def attempt(number: int = 1, remaining_s: float = 5.0) -> Attempt:
    return Attempt("run-1", "suite.check", number, time.monotonic() + remaining_s)


@pytest.fixture(autouse=True)
def _no_mapping() -> None:
    connect_to({})


def test_answer__is_whole_and_carries_the_correlation(server: Server, client: HttpClient) -> None:
    """Every probe can be found in the service's log."""
    answer = client.request(attempt(), "GET", f"{server.url}/health")
    ((path, headers),) = server.requests
    assert (answer.status, answer.json(), path) == (200, {}, "/health")
    assert headers["User-Agent"].startswith("registry-monitor/")
    assert headers["X-Request-Id"] == "run-1-suite.check"
    assert headers["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert "Authorization" not in headers


def test_redirect__is_not_followed_and_no_key_travels(server: Server, client: HttpClient) -> None:
    """Credentials never follow to another place."""
    server.answer = lambda handler: reply(handler, 302, b"", Location=f"{server.url}/elsewhere")
    assert client.request(attempt(), "GET", f"{server.url}/", key="admin").status == 302
    assert [path for path, _ in server.requests] == ["/"]


def test_rotated_key__is_read_again_once_before_any_verdict(server: Server) -> None:
    """A key that was rotated during a run is no fault."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_new = handler.headers["Authorization"] == "Bearer fake-new-key"
        reply(handler, 200 if is_new else 401, b"{}")

    server.answer = answer
    client = client_with({"admin": "fake-old-key"}, {"admin": "fake-new-key"})
    assert client.request(attempt(), "GET", server.url, key="admin").status == 200
    assert [headers["Authorization"] for _, headers in server.requests] == [
        "Bearer fake-old-key",
        "Bearer fake-new-key",
    ]


def test_key__travels_in_the_header_that_is_asked_for(server: Server, client: HttpClient) -> None:
    """A platform may take keys in several headers, with or without a scheme."""
    client.request(attempt(), "GET", server.url, key=Key("admin", KeyForm(header="X-API-Key")))
    client.request(
        attempt(), "GET", server.url, key=Key("admin", KeyForm(prefix="ApiKey ")), headers={"Host": "other.example"}
    )
    (_, first), (_, second) = server.requests
    assert (first["X-API-Key"], "Authorization" in first) == ("fake-admin-key", False)
    assert (second["Authorization"], second["Host"]) == ("ApiKey fake-admin-key", "other.example")


def test_key_by_name__is_sent_as_the_target_has_it(server: Server) -> None:
    """HTTP Basic is the base64 of user and password (RFC 7617), also of a key that was read again."""
    basic = KeyForm(prefix="Basic ", encoding="base64")
    server.answer = lambda handler: reply(handler, 401 if len(server.requests) == 1 else 200, b"{}")
    versions = iter([{"watcher": "us:fake-old"}, {"watcher": "us:fake-new"}])
    client = HttpClient(
        Keyring(lambda force: next(versions), Redactor()), RequestBudget(9), {"watcher": basic}.__getitem__
    )
    assert client.request(attempt(), "GET", server.url, key="watcher").status == 200
    sent = [headers["Authorization"] for _, headers in server.requests]
    assert sent == ["Basic dXM6ZmFrZS1vbGQ=", "Basic dXM6ZmFrZS1uZXc="]


def test_json_body__is_sent_as_json(server: Server, client: HttpClient) -> None:
    """A POST carries its body and says what it is."""
    bodies: list[bytes] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        reply(handler, 200, b"{}")

    server.answer = answer
    client.request(attempt(), "POST", server.url, json_body={"service_id": "platform"})
    assert bodies == [b'{"service_id": "platform"}']
    assert server.requests[0][1]["Content-Type"] == "application/json"


def test_refused_key__is_asked_for_once_and_the_401_stands(server: Server, client: HttpClient) -> None:
    """Without a newer key, the 401 is the answer."""
    server.answer = lambda handler: reply(handler, 401, b"{}")
    assert client.request(attempt(), "GET", server.url, key="admin").status == 401
    assert len(server.requests) == 1


def test_endless_body__is_capped(server: Server, client: HttpClient) -> None:
    """A body of any size costs a bounded number of bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            reply(handler, 200, b"x" * (BODY_CAP_BYTES * 8))

    server.answer = answer
    got = client.request(attempt(), "GET", server.url)
    assert (len(got.body), got.is_truncated) == (BODY_CAP_BYTES, True)


def test_one_byte_now_and_then__ends_at_the_attempts_deadline(
    server: Server, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that trickles cannot hold the check beyond its time."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.02)

    server.answer = answer
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.5)
    began = time.monotonic()
    with pytest.raises(HttpError) as caught:
        client.request(attempt(remaining_s=0.7), "GET", server.url)
    assert caught.value.kind == "timeout"
    assert time.monotonic() - began < 1.5


def test_silent_tls_handshake__is_the_platforms_silence_not_the_runs(
    client: HttpClient, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hung load balancer accepts in the kernel: a failure, though less time has passed than for an answer."""
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 0.5)
    with pytest.raises(HttpError, match="did not end the TLS handshake in time") as caught:
        client.request(attempt(), "GET", f"https://127.0.0.1:{silent_port}/")
    assert caught.value.kind == "handshake timeout"


def test_nobody_listening__is_refused(client: HttpClient) -> None:
    """A closed port is told as such."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(HttpError, match="refused the connection") as caught:
        client.request(attempt(), "GET", f"http://127.0.0.1:{port}/")
    assert caught.value.kind == "refused"


def test_silence__is_a_time_out_when_it_was_waited_for(
    silent_port: int, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted, and never answered."""
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.4)
    with pytest.raises(HttpError) as caught:
        client.request(attempt(), "GET", f"http://127.0.0.1:{silent_port}/")
    assert (caught.value.kind, str(caught.value)) == (
        "timeout",
        "accepted the connection and did not answer in time",
    )


def test_silence_cut_short_by_the_runs_own_time__proves_nothing(silent_port: int, client: HttpClient) -> None:
    """The platform was not given the time that it may take."""
    with pytest.raises(CannotTellError, match="the run's time was over after"):
        client.request(attempt(remaining_s=0.5), "GET", f"http://127.0.0.1:{silent_port}/")


def test_name_that_does_not_exist__is_told_as_such(client: HttpClient) -> None:
    """The reserved top-level domain .invalid never resolves (RFC 6761)."""
    with pytest.raises(HttpError) as caught:
        client.request(attempt(), "GET", "http://registry.invalid/")
    assert caught.value.kind == "name"


def test_plain_answer_to_a_tls_client__is_a_tls_failure(server: Server, client: HttpClient) -> None:
    """The handshake fails, and TLS is never given up for it."""
    with pytest.raises(HttpError) as caught:
        client.request(attempt(), "GET", f"https://127.0.0.1:{server.port}/")
    assert caught.value.kind == "tls"


@pytest.mark.parametrize("body", [b"x" * 10], ids=["ten of a hundred bytes"])
def test_body_that_breaks_off__is_broken(server: Server, client: HttpClient, body: bytes) -> None:
    """Less than the Content-Length promised is no answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 200, body, Content_Length="100")
        handler.close_connection = True

    server.answer = answer
    with pytest.raises(HttpError) as caught:
        client.request(attempt(), "GET", server.url)
    assert caught.value.kind == "broken"


def test_connect_to__changes_the_address_and_nothing_else(server: Server, client: HttpClient) -> None:
    """Host header and URL stay those of the platform."""
    connect_to({"registry.invalid:80": f"127.0.0.1:{server.port}"})
    answer = client.request(attempt(), "GET", "http://registry.invalid/health")
    assert (answer.status, server.requests[0][1]["Host"]) == (200, "registry.invalid")


def test_name_with_several_silent_addresses__times_out_as_one(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load balancer has an address in each zone: together they get the time of one connection."""
    resolve = socket.getaddrinfo
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(3):  # a full backlog drops what comes: the kernel answers nothing
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            ports.append(listener.getsockname()[1])
            for _ in range(2):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    waiting.connect(listener.getsockname())
        three = [found for _ in ports for found in resolve("127.0.0.1", ports[0], socket.AF_INET, socket.SOCK_STREAM)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: three)
        monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 0.9)
        began = time.monotonic()
        with pytest.raises(HttpError) as caught:
            client.request(attempt(remaining_s=1.3), "GET", f"http://registry.invalid:{ports[0]}/")
    assert caught.value.kind == "connect timeout"
    assert time.monotonic() - began < 1.3


def test_confirming_attempt__opens_a_connection_of_its_own(server: Server, client: HttpClient) -> None:
    """A broken kept connection cannot fail a check twice."""
    ports: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        reply(handler, 200, b"{}")

    server.answer = answer
    for number in (1, 1, 2):
        client.request(attempt(number), "GET", server.url)
    assert ports[0] == ports[1] != ports[2]


def test_budget__stops_requests_before_they_are_made(server: Server) -> None:
    """The monitor never asks a host more than the target allows."""
    client = client_with({}, requests_per_host=2)
    for _ in range(2):
        client.request(attempt(), "GET", server.url)
    with pytest.raises(CannotTellError, match=r"limits\.requests_per_host is 2"):
        client.request(attempt(), "GET", server.url)
    assert len(server.requests) == 2


def alb_page(title: str) -> bytes:
    return f"<html>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>".encode()


JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
AWSELB = {"Server": "awselb/2.0"}
UVICORN = {"Server": "uvicorn"}
UNAVAILABLE = alb_page("503 Service Temporarily Unavailable")
FORBIDDEN = alb_page("403 Forbidden")
FLASK_404 = b"<!doctype html><title>404 Not Found</title>"
HOST_CHECK = b"Invalid Host header - possible DNS rebinding attack detected"

WRITERS = {
    "fixed response": (404, AWSELB | TEXT, b"Not Found", "load balancer"),
    "empty fixed response": (404, AWSELB, b"", "load balancer"),
    "fixed response 403": (403, AWSELB | TEXT, b"no", "load balancer"),
    "error page": (503, AWSELB | HTML, UNAVAILABLE, "load balancer"),
    "error page, header hidden": (503, HTML, UNAVAILABLE, "load balancer"),
    "fixed response, header hidden": (404, TEXT, b"Not Found", "load balancer"),
    "web ACL": (403, AWSELB | HTML, FORBIDDEN, "firewall"),
    "web ACL, header hidden": (403, HTML, FORBIDDEN, "firewall"),
    "another server's page of that shape": (403, {"Server": "nginx"} | HTML, FORBIDDEN, "application"),
    "application": (404, UVICORN | JSON, b'{"detail":"Not Found"}', "application"),
    "application's 403": (403, UVICORN | JSON, b'{"detail":"Admin access required"}', "application"),
    "application, header hidden": (200, JSON, b"{}", "application"),
    "application's broken JSON": (500, UVICORN | JSON, b'{"error_code', "application"),
    "Flask's 404": (404, UVICORN | HTML, FLASK_404, "MLflow"),
    "MLflow's error": (503, JSON, b'{"error_code": "TEMPORARILY_UNAVAILABLE", "message": ""}', "MLflow"),
    "MLflow's host check": (403, UVICORN | TEXT, HOST_CHECK, "MLflow"),
    "nobody known": (200, {}, b"whatever", "unknown"),
}


@pytest.mark.parametrize("case", WRITERS)
def test_written_by__tells_who_answered(case: str) -> None:
    """Server header first, then the shape of the body: the header can be switched off."""
    status, headers, body, writer = WRITERS[case]
    assert Answer("http://x/", status, headers, body, is_truncated=False, elapsed_ms=1.0).written_by == writer


def test_json_that_nests_without_end__is_no_json(server: Server, client: HttpClient) -> None:
    """A hostile body is a wrong answer of the platform, never a defect of the monitor."""
    server.answer = lambda handler: reply(handler, 200, b"[" * 100_000)
    with pytest.raises(ValueError, match="nested too deep"):
        client.request(attempt(), "GET", server.url).json()
