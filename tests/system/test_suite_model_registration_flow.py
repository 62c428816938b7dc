"""Each stage of the registration turns red where it goes wrong, and only those behind it are blocked."""

import dataclasses

import numpy as np
import pytest

from registry_monitor.model import Status
from registry_monitor.run import Run
from registry_monitor.suites import canary_model
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here
from tests.system.misbehaving import Answered, Asked, Forward, Spoil, an_hour_later, on, spoilt

SUITE = "model_registration_flow"
STAGES = ("train", "experiment", "run", "register", "retrieve", "artifact", "duration")
REGISTRATION = {"suites": [SUITE], "depth": "full"}


def assert_stops_at(run: Run, stage: str, told: str) -> None:
    found = {result.check_id.removeprefix(f"{SUITE}."): result for result in run.results}
    position = STAGES.index(stage)
    assert [found[each].status for each in STAGES[:position]] == [Status.PASS] * position
    assert found[stage].status is Status.FAIL
    assert told in found[stage].seen
    assert {found[each].status for each in STAGES[position + 1 :]} == {Status.BLOCKED}


def _lose_a_metric(body: dict[str, object]) -> None:
    data = body["run"]["data"]  # type: ignore[index]
    data["metrics"] = data.get("metrics", [])[:1]


def _deny_the_experiment(asked: Asked, forward: Forward) -> Answered:
    if asked.route == "GET experiments/get-by-name":
        return Answered.of({"error_code": "INTERNAL_ERROR", "message": "of this test"}, 500)
    return forward(asked)


def _corrupt_pickle(asked: Asked, forward: Forward) -> Answered:
    answered = forward(asked)
    is_model = asked.method == "GET" and asked.path.endswith("model.pkl")
    return dataclasses.replace(answered, body=answered.body[:-1] + b"?") if is_model else answered


SPOILT: dict[str, tuple[Spoil, str]] = {
    "experiment": (_deny_the_experiment, "answered 500"),
    "run": (on("GET runs/get", _lose_a_metric), "not those that were logged"),
    "register": (
        on("GET model-versions/get", lambda body: body["model_version"].update(status="FAILED_REGISTRATION")),
        "FAILED_REGISTRATION",
    ),
    "retrieve": (on("GET model-versions/search", lambda body: body["model_versions"].pop()), "does not find version 1"),
    "artifact": (_corrupt_pickle, "differing: model.pkl"),
}


@pytest.mark.parametrize("stage", SPOILT)
def test_registration__stops_at_the_stage_that_a_server_spoils(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """Answers of 200 that are wrong are met where they happen; the clean-up leaves nothing."""
    spoil, told = SPOILT[stage]
    monitor_here(sandbox, monkeypatch, REGISTRATION)  # the permanent run is there: the heartbeat reads it, too
    with spoilt(sandbox, spoil):
        run = monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert_stops_at(run, stage, told)
    an_hour_later(sandbox, monkeypatch)


def test_registration__stops_where_the_model_is_of_no_use(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained on labels in disorder, the model does not reach its accuracy, and nothing is registered."""
    make = canary_model.make_classification

    def disordered(**settings: object) -> tuple[object, object]:
        features, labels = make(**settings)
        return features, np.random.default_rng(7).permutation(labels)

    monkeypatch.setattr(canary_model, "make_classification", disordered)
    run = monitor_here(sandbox, monkeypatch, REGISTRATION)
    assert_stops_at(run, "train", "gave an accuracy of 0.")
