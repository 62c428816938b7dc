"""Judges what an endpoint of the target file answered: as it should, or as it is known to. Pure."""

import math
from collections.abc import Sequence
from dataclasses import replace

from pydantic import JsonValue

from registry_monitor.clients.http import Answer
from registry_monitor.model import CannotTellError, Observation, Outcome
from registry_monitor.suites.asking import TOO_MANY_REQUESTS, Question, judge
from registry_monitor.suites.expecting import difference, evidence_of
from registry_monitor.target import Endpoint

_NOT_THE_APPLICATION = ("load balancer", "firewall")
_SERVER_ERRORS = 500  # the first of them
_SHOWN_KEYS = 50
_JSON_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


def question_of(endpoint: Endpoint) -> Question:
    """The request of an endpoint, with its own key where it takes one."""
    return Question(
        url=endpoint.url,
        expect=endpoint.expect,
        method=endpoint.method,
        key=endpoint.key,
        budget_ms=endpoint.budget_ms,
        inside_vpc=endpoint.inside_vpc,
    )


def judge_endpoint(endpoint: Endpoint, answer: Answer, proxy_texts: Sequence[str]) -> Outcome:
    """Judge an endpoint's answer; of one with a known weakness, any answer of the application is right.

    Raises CannotTellError where a body is larger than what is read of it, so that it cannot be judged.
    """
    differs = difference(answer, endpoint.expect)
    if endpoint.known is not None:
        outcome = _judge_known(endpoint, answer, differs)
    elif differs is not None and answer.is_truncated and answer.status == endpoint.expect.status:
        raise CannotTellError(f"its body is larger than the {len(answer.body)} bytes that are read of it")
    else:
        outcome = judge(answer, question_of(endpoint))
    writer = answered_by(answer, proxy_texts)
    evidence = evidence_of(answer, has_key=endpoint.key is not None)
    seen = outcome.seen.replace(f"(written by the {answer.written_by})", f"(written by the {writer})")
    return outcome.model_copy(update={"seen": seen, "evidence": evidence | {"written_by": writer}})


def judge_samples(endpoint: Endpoint, answers: Sequence[Answer], proxy_texts: Sequence[str]) -> Outcome:
    """Judge the last of several answers in a row, its latency by the median of all (``judge_endpoint`` else).

    The evidence has the shape of the body; the body itself only where something is to be seen in it.
    """
    samples_ms = [answer.elapsed_ms for answer in answers]
    median_ms = percentile(samples_ms, 50)
    outcome = judge_endpoint(endpoint, replace(answers[-1], elapsed_ms=median_ms), proxy_texts)
    evidence = outcome.evidence | {
        "body_shape": body_shape(answers[-1]),
        "p50_ms": median_ms,
        "p95_ms": percentile(samples_ms, 95),
        "samples_ms": list(samples_ms),
    }
    if difference(answers[-1], endpoint.expect) is None:
        del evidence["body"]
    return outcome.model_copy(update={"evidence": evidence})


def is_to_be_asked_again(endpoint: Endpoint, answer: Answer) -> bool:
    """Whether one more sample tells something and does no harm: never after a wrong answer, a 429 or a 5xx."""
    is_harmless = answer.status < _SERVER_ERRORS and answer.status != TOO_MANY_REQUESTS
    return endpoint.known is None and is_harmless and difference(answer, endpoint.expect) is None


def answered_by(answer: Answer, proxy_texts: Sequence[str]) -> str:
    """Who wrote an answer: "proxy" where it is one of the proxy's own error texts, else as the answer has it."""
    is_of_proxy = answer.status >= _SERVER_ERRORS and any(text in answer.text for text in proxy_texts)
    return "proxy" if is_of_proxy and answer.written_by not in _NOT_THE_APPLICATION else answer.written_by


def body_shape(answer: Answer) -> JsonValue:
    """What a body is like, without a value of it: top-level keys with their JSON types, or its kind."""
    if not answer.body:
        return "empty"
    try:
        body = answer.json()
    except ValueError:
        return answer.headers.get("Content-Type", "no content type").partition(";")[0]
    if not isinstance(body, dict):
        return _JSON_TYPES[type(body)]
    return {key: _JSON_TYPES[type(value)] for key, value in list(body.items())[:_SHOWN_KEYS]}


def percentile(samples: Sequence[float], percent: float) -> float:
    """By nearest rank, so it is a value that was measured; of few samples, the 95th is the largest."""
    return sorted(samples)[max(1, math.ceil(len(samples) * percent / 100)) - 1]


def _judge_known(endpoint: Endpoint, answer: Answer, differs: str | None) -> Outcome:
    """Right if the application answered, whatever it said; whether it is still as known is an observation."""
    told = answer.describe()
    is_right = answer.written_by not in _NOT_THE_APPLICATION
    observation = Observation(subject=question_of(endpoint).told, told=told, known_from=endpoint.known)
    if differs is not None:
        told = f"now {told}; known otherwise ({endpoint.known}). If it stays so, bring the target file up to date"
        observation = Observation(subject=observation.subject, told=told)
    return Outcome.judge(
        is_right,
        expected="an answer of the application",
        seen=answer.describe(),
        latency_ms=answer.elapsed_ms,
        budget_ms=endpoint.budget_ms,
    ).model_copy(update={"observations": (observation,) if is_right else ()})
