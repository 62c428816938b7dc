"""What is said of an endpoint's answers: right, known to be weak, over budget, by whom."""

import json
from typing import Any

import pytest

from registry_monitor.clients.http import BODY_CAP_BYTES, Answer
from registry_monitor.model import CannotTellError, Status
from registry_monitor.suites.endpoint_answers import (
    answered_by,
    body_shape,
    is_to_be_asked_again,
    judge_endpoint,
    judge_samples,
    percentile,
)
from tests.unit.suites.endpoint_platform import PROXY_TEXTS, endpoint

AWSELB = {"Server": "awselb/2.0", "Content-Type": "text/html"}
UVICORN = {"Server": "uvicorn", "Content-Type": "application/json"}
KNOWN = endpoint(expect={"status": 404}, known="documented, and does not exist (measured)")


def said(status: int, body: Any = None, headers: dict[str, str] = UVICORN, elapsed_ms: float = 10.0) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps({"detail": "x"} if body is None else body).encode()
    return Answer("https://registry.example/health", status, headers, text, False, elapsed_ms)


def test_known_weakness__as_known_passes_and_is_observed() -> None:
    """A healthy platform has paths that answer 404: no failure, and not silent either."""
    outcome = judge_endpoint(KNOWN, said(404), PROXY_TEXTS)
    (observation,) = outcome.observations
    assert outcome.status is Status.PASS
    assert observation.subject == "GET https://registry.example/health"
    assert observation.told == 'answered 404 (written by the application): {"detail": "x"}'
    assert observation.known_from == "documented, and does not exist (measured)"


def test_known_weakness__that_is_no_more_is_an_observation_of_its_own() -> None:
    """A repaired endpoint is told, and no failure."""
    outcome = judge_endpoint(KNOWN, said(200), PROXY_TEXTS)
    (observation,) = outcome.observations
    assert (outcome.status, observation.known_from) == (Status.PASS, None)
    assert observation.told == (
        "now answered 200 (written by the application); known otherwise (documented, and does not exist (measured)). "
        "If it stays so, bring the target file up to date"
    )


@pytest.mark.parametrize(
    ("status", "title", "writer"),
    [(404, "404 Not Found", "load balancer"), (403, "403 Forbidden", "firewall")],
)
def test_known_weakness__hides_no_answer_of_somebody_else(status: int, title: str, writer: str) -> None:
    """The 404 that is known is the application's: the load balancer's says that nobody asked it."""
    page = f"<center><h1>{title}</h1></center>".encode()
    outcome = judge_endpoint(KNOWN, said(status, page, AWSELB), PROXY_TEXTS)
    assert (outcome.status, outcome.observations) == (Status.FAIL, ())
    assert outcome.evidence["written_by"] == writer


def test_proxy__is_told_from_the_application_behind_it() -> None:
    """Only by the texts of the target file, and only in an error."""
    body = {"detail": "Failed to connect to MLflow server at http://mlflow:5000"}
    outcome = judge_endpoint(endpoint(), said(502, body), PROXY_TEXTS)
    assert outcome.seen.startswith("answered 502 (written by the proxy)")
    assert outcome.evidence["written_by"] == "proxy"
    assert answered_by(said(200, body), PROXY_TEXTS) == "application"
    assert answered_by(said(502, body), ()) == "application"
    assert answered_by(said(502, body, AWSELB), PROXY_TEXTS) == "load balancer"


def test_body_larger_than_is_read__is_unknown_and_never_a_failure() -> None:
    """Half of a document cannot be judged; a wrong status still can."""
    wanted = endpoint(expect={"status": 200, "json": {"status": "ok"}})
    half = Answer(wanted.url, 200, UVICORN, b'{"a": "' + b"x" * BODY_CAP_BYTES, True, 1.0)
    with pytest.raises(CannotTellError, match=f"larger than the {len(half.body)} bytes"):
        judge_endpoint(wanted, half, PROXY_TEXTS)
    refused = Answer(wanted.url, 500, UVICORN, half.body, True, 1.0)
    assert judge_endpoint(wanted, refused, PROXY_TEXTS).status is Status.FAIL


@pytest.mark.parametrize(
    ("samples_ms", "status", "latency_ms"),
    [((1500.0, 20.0, 30.0), Status.PASS, 30.0), ((1500.0, 20.0, 1600.0), Status.SLOW, 1500.0)],
)
def test_latency__is_the_median_of_the_samples(
    samples_ms: tuple[float, ...], status: Status, latency_ms: float
) -> None:
    """One slow sample is a hiccup, two are slow; the evidence has them all."""
    outcome = judge_samples(endpoint(), [said(200, elapsed_ms=each) for each in samples_ms], PROXY_TEXTS)
    assert (outcome.status, outcome.latency_ms) == (status, latency_ms)
    assert outcome.evidence["samples_ms"] == list(samples_ms)
    assert outcome.evidence["p95_ms"] == max(samples_ms)


def test_evidence__of_a_right_answer_has_the_shape_and_no_value() -> None:
    """Names of models and the like stay out of a report that needs none of them."""
    body = {"models": ["secret-model"], "count": 1, "next": None, "is_last": True, "page": {"at": 1}, "name": "x"}
    evidence = judge_samples(endpoint(), [said(200, body)], PROXY_TEXTS).evidence
    shape = {"models": "array", "count": "number", "next": "null", "is_last": "boolean", "page": "object"}
    assert evidence["body_shape"] == {**shape, "name": "string"}
    assert "secret-model" not in json.dumps(evidence)


def test_evidence__of_a_wrong_answer_has_its_body() -> None:
    """Who is to repair it needs the words."""
    evidence = judge_samples(endpoint(), [said(500, {"detail": "Internal"})], PROXY_TEXTS).evidence
    assert evidence["body"] == '{"detail": "Internal"}'


@pytest.mark.parametrize(
    ("body", "headers", "shape"),
    [
        (b"", UVICORN, "empty"),
        (b"[1, 2]", UVICORN, "array"),
        (b"<html>", {"Content-Type": "text/html; charset=utf-8"}, "text/html"),
        (b"OK", {}, "no content type"),
    ],
)
def test_body_shape__of_other_bodies_is_their_kind(body: bytes, headers: dict[str, str], shape: str) -> None:
    """Not every body is an object."""
    assert body_shape(said(200, body, headers)) == shape


@pytest.mark.parametrize(
    ("status", "expected", "is_again"),
    [(200, 200, True), (401, 401, True), (404, 200, False), (429, 429, False), (500, 500, False), (503, 200, False)],
)
def test_another_sample__is_taken_only_where_it_does_no_harm(status: int, expected: int, is_again: bool) -> None:
    """Never against a rate limit or a service in trouble, even where that answer is the expected one."""
    assert is_to_be_asked_again(endpoint(expect={"status": expected}), said(status)) is is_again


def test_another_sample__is_not_taken_of_a_known_weakness() -> None:
    """How fast something that does not exist is does not matter."""
    assert not is_to_be_asked_again(KNOWN, said(404))


@pytest.mark.parametrize(("percent", "value"), [(0, 1.0), (50, 5.0), (90, 9.0), (95, 10.0), (100, 10.0)])
def test_percentile__is_a_value_that_was_measured(percent: float, value: float) -> None:
    """Nearest rank, of ten."""
    assert percentile([float(number) for number in (3, 1, 2, 10, 9, 8, 4, 5, 7, 6)], percent) == value
