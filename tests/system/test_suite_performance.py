"""The performance suite: measured on a healthy platform, red over its service levels, and harmless to a sick one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_monitor.invocation import parse_event
from registry_monitor.model import Depth, Result, Status, SuiteName, Verdict
from registry_monitor.outputs.objects import is_kept, is_latest
from registry_monitor.run import Run
from registry_monitor.suites import ALL
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here, requests_since
from tests.system.misbehaving import Answered, Asked, Forward, an_hour_later, edited_target, spoilt

EVENT = json.loads(Path("events/performance.json").read_text())
LEVELS = {"concurrent_registrations": 3, "samples": 5}
MEASURED = {"registration-time", "throughput", "health.auth-health", "health.api-health"}


def results(run: Run) -> dict[str, Result]:
    return {each.check_id.removeprefix("performance."): each for each in run.results}


def measured(sandbox: Sandbox, patch: pytest.MonkeyPatch, **levels: Any) -> tuple[Run, dict[str, Result]]:
    with edited_target(sandbox, lambda target: target.update(performance=LEVELS | levels)):
        run = monitor_here(sandbox, patch, EVENT, time_s=120)
    return run, results(run)


def test_event__asks_for_the_suite_alone_which_all_never_does() -> None:
    """It is on demand, and its run is no complete one."""
    invocation = parse_event(EVENT)
    assert (invocation.suites, invocation.depth) == ((SuiteName.PERFORMANCE,), Depth.FULL)
    assert not invocation.is_complete
    assert SuiteName.PERFORMANCE not in ALL


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_performance__measures_a_healthy_platform(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every check passes; percentiles of each stage and endpoint, throughput and error rate stand in the evidence."""
    run, found = measured(sandbox_of(platform), monkeypatch, registration_s=60, health_ms=5000)
    assert (run.verdict, run.score.coverage_pct) == (Verdict.HEALTHY, 100)
    assert (is_kept(run), is_latest(run)) == (True, False)
    assert found["registrations"].evidence["error_rate_pct"] == 0
    stages = found["registration-time"].evidence
    assert set(stages) == {"train", "experiment", "run", "register", "retrieve", "artifact", "registration"}
    for figures in stages.values():
        assert isinstance(figures, dict)
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["p99_ms"]  # type: ignore[operator]
    assert found["throughput"].evidence["registrations"] == 3
    assert found["health.auth-health"].evidence["asked"] == 5
    assert ("health.api-health" in found) is (platform == "head")  # August's blocks the API's event loop
    assert found["clean-up"].seen == "removed 6 objects"


def test_registrations__are_under_way_at_once_each_with_its_own_run_and_model(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four runs are begun before the first one's artifact is fetched, and four models have names of their own."""
    order: list[str] = []
    names: set[str] = set()

    def watch(asked: Asked, forward: Forward) -> Answered:
        order.append(asked.route)
        if asked.route == "POST registered-models/create":
            names.add(asked.json()["name"])
        return forward(asked)

    with spoilt(sandbox, watch):
        run, found = measured(sandbox, monkeypatch, concurrent_registrations=4, registration_s=60)
    assert found["registrations"].status is Status.PASS
    assert (
        order.index("GET mlflow-artifacts/artifacts")
        > [at for at, route in enumerate(order) if route == "POST runs/create"][1]
    )
    assert names == {f"registry-monitor-canary-load-{number}-{run.run_id}" for number in range(1, 5)}


@pytest.mark.parametrize(
    ("levels", "failing"),
    [
        ({"registration_s": 0.01, "health_ms": 5000}, {"registration-time", "throughput"}),
        ({"health_ms": 0.01, "registration_s": 60}, {"health.auth-health", "health.api-health"}),
    ],
)
def test_service_level__that_is_not_kept_is_a_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, levels: dict[str, float], failing: set[str]
) -> None:
    """Not SLOW as elsewhere: it is promised to users. The health of a lost level is not asked for to the end."""
    _, found = measured(sandbox, monkeypatch, **levels)
    assert {name for name, result in found.items() if result.status is Status.FAIL} == failing
    assert {name for name, result in found.items() if result.status is Status.PASS} == set(found) - failing
    for name in failing:
        assert len(found[name].attempts) == 1
        assert name in ("registration-time", "throughput") or found[name].evidence["asked"] == 1


@pytest.mark.parametrize("scenario", ["MLF-01", "MLF-02", "MLF-07", "MLF-10"])
def test_performance__gives_up_on_a_sick_platform(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    """Most registrations fail: the others are given up, and nothing more is asked but what cleans up."""
    before = len(requests_since(sandbox, 0))
    with broken(sandbox, scenario):
        _, found = measured(sandbox, monkeypatch)
    assert found["registrations"].status is Status.FAIL
    assert "more than half of them had failed" in found["registrations"].seen
    assert {name for name, result in found.items() if result.status is Status.BLOCKED} == MEASURED
    assert not [
        each for each in requests_since(sandbox, before) if each.path == "/health" and "performance" in each.request_id
    ]
    an_hour_later(sandbox, monkeypatch)


def test_performance__stops_at_the_first_rate_limit(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One 429 is enough, whatever error rate is allowed; who was under way stops before the next stage."""
    refused: list[Asked] = []

    def limit(asked: Asked, forward: Forward) -> Answered:
        if asked.route == "POST runs/create" and not refused:
            refused.append(asked)
            return Answered.of({"detail": "Rate limit exceeded"}, 429)
        return forward(asked)

    with spoilt(sandbox, limit):
        _, found = measured(sandbox, monkeypatch, error_rate_pct=100)
    assert found["registrations"].status is Status.FAIL
    assert "the platform asked for less (429)" in found["registrations"].seen
    assert (len(refused), found["health.api-health"].status) == (1, Status.BLOCKED)
    assert found["clean-up"].status is Status.PASS


def test_registrations__that_the_budget_stops_say_nothing_of_the_platform(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load has a budget of its own; what it made is deleted from the run's."""
    run, found = measured(sandbox, monkeypatch, requests_per_host=20)
    assert found["registrations"].status is Status.UNKNOWN
    assert "may (limits.requests_per_host is 20)" in found["registrations"].seen
    assert found["clean-up"].status is Status.PASS
    assert run.verdict is Verdict.BLIND


def test_clean_up__tells_the_models_that_stay_where_the_direct_way_is_closed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them by name; the next flow of the monitor sweeps them when their time is over."""
    with edited_target(sandbox, lambda target: target["mlflow"].pop("direct_url")):
        run, found = measured(sandbox, monkeypatch, registration_s=60)
    assert found["clean-up"].status is Status.UNKNOWN
    assert {each.id for each in run.leftovers} == {
        f"registry-monitor-canary-load-{number}-{run.run_id}" for number in range(1, 4)
    }
    swept = an_hour_later(sandbox, monkeypatch)
    removed = swept.results[-1].evidence["removed"]
    assert isinstance(removed, list)
    assert {f"model {each.id}" for each in run.leftovers} < set(removed)
