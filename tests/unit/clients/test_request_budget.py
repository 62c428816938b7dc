"""What a run may ask of a host: so many requests and bytes, and nothing before the time that an answer names."""

import time

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import Answer, HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.target import BEARER
from tests.unit.clients.conftest import Server, reply


@pytest.fixture(autouse=True)
def _no_mapping() -> None:
    connect_to({})


def attempt(remaining_s: float) -> Attempt:
    return Attempt("run-1", "suite.check", 1, time.monotonic() + remaining_s)


def answer(status: int, retry_after: str) -> Answer:
    return Answer("https://api.example.com/a", status, {"Retry-After": retry_after}, b"", False, 1.0)


LONG_AGO, FAR_AWAY = "Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 01 Jan 2126 00:00:00 GMT"


def client_of(budget: RequestBudget) -> HttpClient:
    keys = {"admin": "fake-admin-key", "second": "fake-second-key"}
    return HttpClient(Keyring(lambda force: keys, Redactor()), budget, lambda _: BEARER)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("told", ["60", "9" * 400, FAR_AWAY])
def test_host_that_asks_to_wait__is_not_asked_the_same_again(server: Server, status: int, told: str) -> None:
    """Where a check has not so much time, that answer stands; another key is another question."""
    server.answer = lambda handler: reply(handler, status, b"{}", Retry_After=told)
    client = client_of(RequestBudget(10))
    assert client.request(attempt(5), "GET", f"{server.url}/a?x=1", key="admin").status == status
    assert client.request(attempt(5), "GET", f"{server.url}/a?x=2", key="admin").url == f"{server.url}/a?x=1"
    client.request(attempt(5), "GET", f"{server.url}/a", key="second")
    client.request(attempt(5), "GET", f"{server.url}/b", key="admin")
    assert [path for path, _ in server.requests] == ["/a?x=1", "/a", "/b"]


def test_short_wait__is_waited_for(server: Server) -> None:
    """A check that has the time asks again when the host has said that it may."""
    server.answer = lambda handler: reply(handler, 503, b"{}", Retry_After="1")
    client = client_of(RequestBudget(10))
    client.request(attempt(5), "GET", server.url)
    told_at = time.monotonic()
    client.request(attempt(5), "GET", server.url)
    assert time.monotonic() - told_at >= 0.9
    assert len(server.requests) == 2


@pytest.mark.parametrize("told", ["", "soon", "-5", "1.5", "\u0661", LONG_AGO])
def test_retry_after_that_means_nothing__holds_nobody_up(told: str) -> None:
    """What cannot be read is no instruction."""
    budget = RequestBudget(10)
    budget.heed("kind", answer(503, told))
    assert budget.standing("kind", attempt(0.5)) is None


def test_other_statuses__ask_nobody_to_wait() -> None:
    """A 200 with Retry-After is an answer."""
    budget = RequestBudget(10)
    budget.heed("kind", answer(200, "60"))
    assert budget.standing("kind", attempt(5)) is None


def test_bytes_of_a_host__are_bounded(server: Server) -> None:
    """Once it has sent more than it may, it is asked no more, and the limit is named."""
    server.answer = lambda handler: reply(handler, 200, bytes(300 * 1024))
    client = client_of(RequestBudget(100, megabytes_per_host=1))
    for _ in range(4):
        client.request(attempt(5), "GET", server.url)
    with pytest.raises(CannotTellError, match=r"limits\.megabytes_per_host is 1"):
        client.request(attempt(5), "GET", server.url)
    assert len(server.requests) == 4
