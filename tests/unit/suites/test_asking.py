"""One question to a real server: what becomes of right, wrong, slow, limited, endless and missing answers."""

from http.server import BaseHTTPRequestHandler

import pytest

from registry_monitor.clients import http
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.model import CannotTellError, Status
from registry_monitor.suites.asking import Question, ask, fresh_bad_key, judge
from registry_monitor.target import Expectation
from tests.unit.clients.conftest import Server, reply
from tests.unit.clients.probes.servers import closed_port, full_backlog
from tests.unit.suites.known_facts import answer, attempt, context_of, packaged

RIGHT = Expectation.model_validate({"json": {"status": "ok"}})


@pytest.mark.parametrize(
    ("status", "body", "outcome", "seen"),
    [
        (200, b'{"status": "ok"}', Status.PASS, "answered 200"),
        (200, b'{"status": "no"}', Status.FAIL, 'answered 200, a body without {"status": "ok"}'),
        (200, b"<html>", Status.FAIL, "answered 200, a body that is no JSON"),
        (503, b"sorry", Status.FAIL, "answered 503: sorry"),
        (404, b'{"status": "ok"}', Status.FAIL, 'answered 404: {"status": "ok"}'),
    ],
)
def test_ask__judges_status_and_body(server: Server, status: int, body: bytes, outcome: Status, seen: str) -> None:
    """The sentence says what came; the evidence has the whole of it."""
    server.answer = lambda handler: reply(handler, status, body)
    judged = ask(context_of(), attempt(), Question(server.url, RIGHT))
    assert (judged.status, judged.seen) == (outcome, seen)
    assert (judged.evidence["status"], judged.evidence["body"]) == (status, body.decode())
    assert not judged.is_final


def test_ask__is_slow_over_its_budget_and_final_at_a_rate_limit(server: Server) -> None:
    """A right answer over its budget is SLOW; against a 429 nothing is asked again."""
    server.answer = lambda handler: reply(handler, 200, b'{"status": "ok"}')
    assert ask(context_of(), attempt(), Question(server.url, RIGHT, budget_ms=0.001)).status is Status.SLOW
    server.answer = lambda handler: reply(handler, 429, b"{}")
    limited = ask(context_of(), attempt(), Question(server.url, RIGHT))
    assert (limited.status, limited.is_final) == (Status.FAIL, True)


def test_body_that_was_not_read_whole__cannot_be_judged() -> None:
    """A large document is no fault of the platform; where the answer is wrong by its status, it is."""
    whole = Question("https://registry.test/", RIGHT)
    with pytest.raises(CannotTellError, match="larger than the 12 bytes that are read of it"):
        judge(answer(200, '{"status": "', is_truncated=True), whole)
    assert judge(answer(500, '{"status": "', is_truncated=True), whole).status is Status.FAIL
    with_text = Question("https://registry.test/", Expectation(text="status"))
    assert judge(answer(200, '{"status": "', is_truncated=True), with_text).status is Status.PASS


@pytest.mark.parametrize("is_inside", [False, True], ids=["public", "inside the VPC"])
def test_refused_connection__is_a_failure_wherever_it_is(is_inside: bool) -> None:
    """A machine that refuses was reached: nothing listens there."""
    question = Question(f"http://127.0.0.1:{closed_port()}/", RIGHT, inside_vpc=is_inside)
    judged = ask(context_of(), attempt(), question)
    assert (judged.status, judged.seen, judged.evidence["error"]) == (Status.FAIL, "refused the connection", "refused")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("name", "no internal name of the platform resolves"), ("connect timeout", "may not have opened this port")],
)
def test_silence__is_a_failure_in_public_and_unknown_inside_the_vpc(kind: str, reason: str) -> None:
    """Inside the VPC it says as much of the monitor's own place as of the platform."""
    with full_backlog() as port:
        to = {"name": "no-such-record.invalid:80", "connect timeout": f"127.0.0.1:{port}"}[kind]
        connect_to({"api.test:80": to})
        judged = ask(context_of(), attempt(), Question("http://api.test/", RIGHT))
        assert (judged.status, judged.evidence["error"]) == (Status.FAIL, kind)
        with pytest.raises(CannotTellError, match=reason):
            ask(context_of(), attempt(), Question("http://api.test/", RIGHT, inside_vpc=True))


def test_internal_name__that_is_missing_where_others_resolve_is_a_failure() -> None:
    """It is the platform's network then, and the service's callers miss the name as well."""
    others = {"api.test:80": "no-such-record.invalid:80", "auth.hokusai-development.local:8000": "127.0.0.1:8000"}
    connect_to(others)
    judged = ask(context_of(), attempt(), Question("http://api.test/", RIGHT, inside_vpc=True))
    assert (judged.status, judged.evidence["error"]) == (Status.FAIL, "name")


def test_key__is_sent_by_its_name_and_one_that_is_missing_sends_nothing(server: Server) -> None:
    """A key that the secret does not have is nobody's failure."""
    ask(context_of(), attempt(), Question(server.url, RIGHT, key="admin", headers={"X-Other": "1"}))
    (_, headers), *_ = server.requests
    assert (headers["Authorization"], headers["X-Other"]) == ("Bearer fake-admin-key", "1")
    with pytest.raises(CannotTellError, match="'reader'"):
        ask(context_of(), attempt(), Question(server.url, RIGHT, key="reader"))
    assert len(server.requests) == 1


def test_hung_server__is_told_as_one(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """It accepted and said nothing: FAIL, where the silence was waited for."""
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.4)

    def hang(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(1)  # until the client has gone

    server.answer = hang
    judged = ask(context_of(), attempt(), Question(server.url, RIGHT))
    assert (judged.status, judged.evidence["error"]) == (Status.FAIL, "timeout")


def test_bad_keys__are_new_each_time_and_carry_the_documented_prefix() -> None:
    """A security team filters them by it; nobody can have been given one."""
    authentication = packaged().authentication
    assert authentication is not None
    keys = {fresh_bad_key(authentication) for _ in range(20)}
    assert len(keys) == 20
    assert all(key.startswith("registry-monitor-bad-") and len(key) > 40 for key in keys)
