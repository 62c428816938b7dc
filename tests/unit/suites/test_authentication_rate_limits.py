"""What answers tell of rate limits, and what a probe of them may find."""

import pytest
from requests.structures import CaseInsensitiveDict

from registry_monitor.clients.http import Answer
from registry_monitor.model import Status
from registry_monitor.suites.key_refusals import KeyRules
from registry_monitor.suites.rate_limits import judge_probe, judge_told_limits, limit_headers
from registry_monitor.target import Expectation

RULES = KeyRules(missing=Expectation(status=401), invalid=Expectation(status=401), accepted=Expectation(status=200))


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer("https://registry.example.com/", status, named, body, is_truncated=False, elapsed_ms=5.0)


@pytest.mark.parametrize(
    ("headers", "tells"),
    [
        ({}, "tells of no rate limit"),
        (
            {"X_RateLimit_Limit": "100", "X_RateLimit_Remaining": "99"},
            "X-RateLimit-Limit 100, X-RateLimit-Remaining 99",
        ),
        ({"RateLimit_Policy": "10;w=1"}, "RateLimit-Policy 10;w=1"),
        ({"Retry_After": "3"}, "Retry-After 3"),
    ],
)
def test_good_answer__passes_and_its_headers_are_read(headers: dict[str, str], tells: str) -> None:
    """What a platform tells of its limits stands in the evidence; that it tells nothing is no failure."""
    outcome = judge_told_limits(answer(**headers, Server="uvicorn"), "the key", RULES)
    assert outcome.status is Status.PASS
    assert outcome.seen.endswith(tells)
    assert outcome.evidence["rate_limit_headers"] == limit_headers(answer(**headers))
    assert len(limit_headers(answer(**headers))) == len(headers)


def test_limit__fails_and_is_final() -> None:
    """A monitor that is limited must not ask again at once."""
    outcome = judge_told_limits(answer(429, Retry_After="60"), "the key", RULES)
    assert (outcome.status, outcome.is_final) == (Status.FAIL, True)
    assert outcome.evidence["rate_limit_headers"] == {"Retry-After": "60"}
    assert "Retry-After 60" in outcome.seen


@pytest.mark.parametrize(
    ("last", "status", "told"),
    [
        (
            answer(429, Retry_After="60"),
            Status.PASS,
            "met a rate limit: answered 429 with Retry-After 60, after 3 of 9",
        ),
        (answer(429), Status.FAIL, "without Retry-After, after 3 of 9 requests"),
        (answer(401, b'{"detail":"Rate limit exceeded"}', Retry_After="60"), Status.FAIL, "met a rate limit"),
        (answer(503), Status.FAIL, "answered 503, after 3 of 9 requests"),
        (answer(), Status.PASS, "met no rate limit within 3 of 9 requests"),
    ],
)
def test_probe__wants_429_with_retry_after_where_a_limit_is_met(last: Answer, status: Status, told: str) -> None:
    """A limit that does not say when to come back, or that does not say 429, breaks its contract."""
    outcome = judge_probe([answer(), answer(), last], 9, RULES, "the proxy")
    assert outcome.status is status
    assert told in outcome.seen
    assert outcome.is_final or last.status == 200
    assert [each.told for each in outcome.observations] == ([outcome.seen] if last.status == 200 else [])
