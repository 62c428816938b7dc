"""An endpoint asked many times, against a real server that answers as each test tells it."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

import pytest

from registry_monitor.clients.http import HttpClient
from registry_monitor.model import Attempt, Outcome, Status
from registry_monitor.suites.asking import Question
from registry_monitor.suites.repeated_asking import ask_often
from registry_monitor.target import Expectation, Performance
from tests.unit.clients.conftest import Server, client, reply, server

__all__ = ["client", "server"]  # fixtures

SAMPLES = 20


@dataclass(frozen=True)
class Target:
    performance: Performance


@dataclass(frozen=True)
class Context:
    """The parts of a suite's context that are used."""

    target: Target
    http: HttpClient


@pytest.fixture
def ask(server: Server, client: HttpClient) -> Callable[..., Outcome]:
    def asked(health_ms: float = 5000, samples: int = SAMPLES) -> Outcome:
        context = Context(Target(Performance(samples=samples, health_ms=health_ms)), client)
        question = Question(server.url, Expectation(status=200))
        attempt = Attempt("run", "performance.health.x", 1, time.monotonic() + 30)
        return ask_often(context, attempt, question)  # type: ignore[arg-type]

    return asked


def each_time(*statuses: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with each status in turn, then with 200."""
    left = list(statuses)
    return lambda handler: reply(handler, left.pop(0) if left else 200, b"{}")


def test_right_and_fast__passes_with_its_percentiles(server: Server, ask: Callable[..., Outcome]) -> None:
    """As many requests as the target says, and no more."""
    outcome = ask()
    assert (outcome.status, len(server.requests)) == (Status.PASS, SAMPLES)
    assert set(outcome.evidence) == {"asked", "wrong", "p50_ms", "p95_ms", "p99_ms"}


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [((503,), SAMPLES), ((200, 200, 503), SAMPLES), ((503, 503, 503), 3), ((200, 429), 2)],
)
def test_wrong_answers__are_a_failure_and_soon_enough(
    server: Server, ask: Callable[..., Outcome], statuses: tuple[int, ...], asked: int
) -> None:
    """One wrong answer of twenty fails; after the third one, or a rate limit, no more are asked for."""
    server.answer = each_time(*statuses)
    outcome = ask()
    assert (outcome.status, outcome.is_final, len(server.requests)) == (Status.FAIL, True, asked)
    assert f"answered {statuses[-1]}" in outcome.seen


@pytest.mark.parametrize(("slow", "status", "asked"), [(1, Status.PASS, SAMPLES), (2, Status.FAIL, None)])
def test_slow_answers__fail_when_the_95th_percentile_is_slow(
    server: Server, ask: Callable[..., Outcome], slow: int, status: Status, asked: int | None
) -> None:
    """One slow answer of twenty is within the level, two are not, and then it is over."""
    left = [1.5] * slow

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if left:
            time.sleep(left.pop())
        reply(handler, 200, b"{}")

    server.answer = answer
    outcome = ask(health_ms=1000)
    assert outcome.status is status
    assert len(server.requests) == (asked or slow)


def test_no_answer__is_a_failure(server: Server, ask: Callable[..., Outcome]) -> None:
    """A server that breaks off is as wrong as one that answers 500."""
    server.answer = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    outcome = ask(samples=5)
    assert outcome.status is Status.FAIL
    assert outcome.seen.startswith("was wrong 3 of 3 times")
