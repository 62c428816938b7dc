"""A third-party engineer's day: green where all is well, red at the stage that is broken and nowhere before it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from registry_monitor.model import Result, Status, Verdict
from registry_monitor.run import Run
from registry_monitor.suites import cancer_models
from registry_monitor.suites.trained_model import TrainedModel, fit
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here
from tests.system.misbehaving import (
    Answered,
    Asked,
    Forward,
    Spoil,
    an_hour_later,
    edited_target,
    lost_write,
    on,
    serving,
    spoilt,
)

SUITE = "e2e_model_registration"
DAY = {"suites": [SUITE], "depth": "full"}
STAGES = (
    *("train-1", "log-1", "register-1", "train-2", "log-2", "register-2"),
    *("alias", "describe", "compare", "fetch", "duration"),
)


def result(run: Run, aspect: str) -> Result:
    return next(each for each in run.results if each.check_id == f"{SUITE}.{aspect}")


def assert_stops_at(run: Run, aspect: str, told: str) -> None:
    """That stage is the one cause; what comes before has passed, what comes after is blocked; all is cleaned up."""
    statuses = {name: result(run, name).status for name in STAGES}
    position = STAGES.index(aspect)
    assert told in result(run, aspect).seen
    assert statuses == {
        name: Status.PASS if at < position else Status.FAIL if at == position else Status.BLOCKED
        for at, name in enumerate(STAGES)
    }
    assert result(run, "clean-up").status in (Status.PASS, Status.SKIPPED)


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_day__passes_on_a_healthy_platform(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every stage is green; the target names no serving endpoint, and that is said."""
    run = monitor_here(sandbox_of(platform), monkeypatch, DAY)
    assert (run.verdict, run.score.coverage_pct) == (Verdict.HEALTHY, 100)
    assert {each.check_id for each in run.of_status(Status.SKIPPED)} == {f"{SUITE}.serving"}
    assert result(run, "serving").seen == "was not asked: the target names no free serving endpoint"
    assert result(run, "alias").seen.startswith("names version 2")
    assert result(run, "clean-up").seen == "removed 3 objects"


@pytest.mark.parametrize(
    ("scenario", "aspect", "told"),
    [
        ("MLF-01", "log-1", "503"),
        ("MLF-02", "log-1", "read-only transaction"),
        ("MLF-07", "log-1", "500"),
        ("MLF-10", "log-1", "ARTIFACTS_DISABLED"),
    ],
)
def test_day__stops_at_the_stage_that_a_fault_of_the_platform_breaks(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, scenario: str, aspect: str, told: str
) -> None:
    """The database, its disk, the store's permission and disabled artifacts: all at the first write."""
    with broken(sandbox, scenario):
        run = monitor_here(sandbox, monkeypatch, DAY)
    statuses = {name: result(run, name).status for name in STAGES[:3]}
    assert statuses == {"train-1": Status.PASS, "log-1": Status.FAIL, "register-1": Status.BLOCKED}
    assert told in result(run, aspect).seen
    an_hour_later(sandbox, monkeypatch)


def _lose_a_metric(body: dict[str, Any]) -> None:
    body["run"]["data"]["metrics"] = body["run"]["data"].get("metrics", [])[:1]


def _refusing_the_second_key() -> Spoil:
    keys: list[str] = []

    def spoil(asked: Asked, forward: Forward) -> Answered:
        key = asked.headers["Authorization"]
        if keys and key != keys[0]:
            return Answered.of({"error": "REGISTRY_ADMIN_REQUIRED"}, 403)
        keys.append(key)
        return forward(asked)

    return spoil


def _corrupt_pickle(asked: Asked, forward: Forward) -> Answered:
    answered = forward(asked)
    is_model = asked.method == "GET" and asked.path.endswith("model.pkl")
    return dataclasses.replace(answered, body=answered.body[:-1] + b"?") if is_model else answered


def _alias_of_first(asked: Asked, forward: Forward) -> Answered:
    if asked.route == "POST registered-models/alias":
        return forward(asked.with_json(asked.json() | {"version": "1"}))
    return forward(asked)


SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "log-1": (on("GET runs/get", _lose_a_metric), "log-1", "not those that were logged"),
    "register-1": (
        lost_write("POST model-versions/set-tag"),
        "register-1",
        "without the description and tags that it was given",
    ),
    "log-2": (on("GET runs/get", _lose_a_metric, time=3), "log-2", "not those that were logged"),
    "register-2": (
        on(
            "GET model-versions/get",
            lambda body: body["model_version"].update(status="FAILED_REGISTRATION"),
            time=2,
        ),
        "register-2",
        "FAILED_REGISTRATION",
    ),
    "alias": (_alias_of_first, "alias", "names version 1; the better one by accuracy is version 2"),
    "describe": (lost_write("PATCH registered-models/update"), "describe", "was read back as 'Made by a monitor"),
    "compare": (
        on("GET model-versions/search", lambda body: body["model_versions"].pop()),
        "compare",
        "was not found",
    ),
    "fetch, refused": (_refusing_the_second_key(), "fetch", "403"),
    "fetch, changed": (_corrupt_pickle, "fetch", "differing: model.pkl"),
}


@pytest.mark.parametrize(("spoil", "aspect", "told"), SPOILT.values(), ids=SPOILT)
def test_day__stops_at_each_stage_that_a_server_spoils(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, spoil: Spoil, aspect: str, told: str
) -> None:
    """Answers of 200 that are wrong, writes that are lost, a key that is refused: each is met where it happens."""
    with spoilt(sandbox, spoil):
        run = monitor_here(sandbox, monkeypatch, DAY)
    assert_stops_at(run, aspect, told)


def test_day__stops_where_a_model_is_of_no_use(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained on labels in disorder, the first model does not reach its accuracy, and nothing is written."""
    data = cancer_models._data()
    labels = np.random.default_rng(7).permutation(data.seen_labels)
    monkeypatch.setattr(cancer_models, "_data", lambda: dataclasses.replace(data, seen_labels=labels))
    run = monitor_here(sandbox, monkeypatch, DAY)
    assert_stops_at(run, "train-1", "gave an accuracy of 0.")
    assert result(run, "clean-up").status is Status.SKIPPED


def test_day__stops_where_the_second_model_is_worse(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second version that always says the same is no improvement."""

    def train_worse() -> TrainedModel:
        return fit(DummyClassifier(), {}, cancer_models._data())

    monkeypatch.setattr(cancer_models, "train_better", train_worse)
    run = monitor_here(sandbox, monkeypatch, DAY)
    assert_stops_at(run, "train-2", "gave an accuracy of 0.6")


def test_duration__is_slow_over_the_targets_budget(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole day counts, not one registration of it."""
    with edited_target(sandbox, lambda target: target["mlflow"].update(registration_budget_s=0.01)):
        run = monitor_here(sandbox, monkeypatch, DAY)
    assert result(run, "duration").status is Status.SLOW
    assert len(result(run, "duration").evidence) == 10


def test_fetch__is_skipped_where_the_target_names_no_second_key(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else hangs on it: the day has its duration, and is cleaned up."""
    with edited_target(sandbox, lambda target: target["mlflow"].pop("reader_key")):
        run = monitor_here(sandbox, monkeypatch, DAY)
    assert {each.check_id for each in run.of_status(Status.SKIPPED)} == {f"{SUITE}.serving", f"{SUITE}.fetch"}
    assert run.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("is_right", [True, False])
def test_serving__compares_predictions_with_those_of_the_model_here(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, is_right: bool
) -> None:
    """A server that serves the better model passes; one that still serves the first one does not."""
    served = cancer_models.train_better() if is_right else fit(DummyClassifier(), {}, cancer_models._data())
    asked_for: list[str] = []

    def predict(asked: Asked) -> Answered:
        asked_for.append(asked.path)
        return Answered.of({"predictions": served.classifier.predict(np.array(asked.json()["inputs"])).tolist()})

    with (
        serving(predict) as url,
        edited_target(sandbox, lambda target: target["mlflow"].update(serving_url=f"{url}/{{model}}/invocations")),
    ):
        run = monitor_here(sandbox, monkeypatch, DAY)
    assert result(run, "serving").status is (Status.PASS if is_right else Status.FAIL)
    assert asked_for[0] == f"/registry-monitor-canary-e2e-{run.run_id}/invocations"
    assert result(run, "duration").status is Status.PASS


def test_clean_up__tells_what_stays_where_the_direct_way_is_closed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model stays with its versions and alias; its name is told, and the next run sweeps it when it may."""
    with edited_target(sandbox, lambda target: target["mlflow"].pop("direct_url")):
        run = monitor_here(sandbox, monkeypatch, DAY)
    assert result(run, "clean-up").status is Status.UNKNOWN
    assert [(each.kind, each.id) for each in run.leftovers] == [("model", f"registry-monitor-canary-e2e-{run.run_id}")]
    swept = an_hour_later(sandbox, monkeypatch)
    assert run.leftovers[0].id in str(swept.results[-1].evidence["removed"])
