"""The judgement of a serving endpoint's answer: the same predictions, in the same order, and nothing less."""

import json

import pytest

from registry_monitor.clients.http import Answer
from registry_monitor.model import Status
from registry_monitor.suites.serving import judge_predictions


def answer(body: object, status: int = 200) -> Answer:
    return Answer("https://serving.example.com", status, {"Server": "uvicorn"}, json.dumps(body).encode(), False, 5.0)


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (answer({"predictions": [1, 0, 1]}), Status.PASS, "3 predictions, 0 of them not those of the model"),
        (answer({"predictions": [1, 0, 0]}), Status.FAIL, "1 of them not those of the model"),
        (answer({"predictions": [0, 1, 1]}), Status.FAIL, "2 of them"),
        (answer({"predictions": [1, 0]}), Status.FAIL, "2 predictions, 1 of them"),
        (answer({"result": [1, 0, 1]}), Status.FAIL, "a body without predictions"),
        (answer([1, 0, 1]), Status.FAIL, "a body without predictions"),
        (answer({"predictions": [1, 0, 1]}, 500), Status.FAIL, "answered 500"),
        (Answer("https://serving.example.com", 200, {}, b"<html>", False, 5.0), Status.FAIL, "without predictions"),
    ],
)
def test_predictions__must_be_those_of_the_model_here(given: Answer, status: Status, told: str) -> None:
    """Status 200 alone proves nothing."""
    outcome = judge_predictions(given, [1, 0, 1])
    assert outcome.status is status
    assert told in outcome.seen


def test_rate_limit__is_final() -> None:
    """Nothing is asked again against a 429."""
    assert judge_predictions(answer({"detail": "slow down"}, 429), [1]).is_final
