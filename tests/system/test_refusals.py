"""Wrong requests of the registration flow: right refusals pass, any other answer does not, and it says who wrote it."""

import json
from collections.abc import Callable

import pytest

from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from registry_monitor.suites.refusals import WRONG_REQUESTS
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import monitor_here
from tests.system.misbehaving import Answered, Asked, Forward, spoilt

SUITE = "model_registration_flow"
REGISTRATION = {"suites": [SUITE], "depth": "full"}
STAGES = ("train", "experiment", "run", "register", "retrieve", "artifact", "duration", "clean-up")


def results(run: Run) -> dict[str, Result]:
    return {each.check_id.removeprefix(f"{SUITE}."): each for each in run.results}


def is_wrong(name: str, asked: Asked) -> bool:
    """Whether this is the request that must be refused, not one of the flow's own to the same route."""
    wrong = WRONG_REQUESTS[name]
    if asked.route != f"{wrong.method} {wrong.resource}":
        return False
    body = json.loads(asked.body) if asked.body else {}
    return {
        "duplicate-model": "tags" not in body,
        "duplicate-experiment": "tags" not in body,
        "malformed-request": "key" not in body,
        "unknown-version": "999999" in asked.path,
        "malformed-search": "max_results" not in asked.path,
    }[name]


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_wrong_requests__are_refused_exactly_on_a_healthy_platform(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status and error_code are MLflow's; the duration of the registration does not count them."""
    found = results(monitor_here(sandbox_of(platform), monkeypatch, REGISTRATION))
    for name, wrong in WRONG_REQUESTS.items():
        assert (found[name].status, found[name].attempts[0].status) == (Status.PASS, Status.PASS)
        assert found[name].seen == f"was refused with {wrong.status} and {wrong.error_code}"
        assert found[name].evidence["status"] == wrong.status
    assert set(found["duration"].evidence) == {f"{stage}_ms" for stage in STAGES[:6]}


@pytest.mark.parametrize("name", WRONG_REQUESTS)
def test_wrong_request__that_is_accepted_is_red_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A server that takes it with 200 fails that check; the registration itself works."""
    with spoilt(sandbox, lambda asked, forward: Answered.of({}) if is_wrong(name, asked) else forward(asked)):
        found = results(monitor_here(sandbox, monkeypatch, REGISTRATION))
    assert {each for each, result in found.items() if result.status is Status.FAIL} == {name}
    assert found[name].seen.startswith("was accepted with 200")
    assert all(found[stage].status is Status.PASS for stage in STAGES)


@pytest.mark.parametrize("name", WRONG_REQUESTS)
def test_refusal__that_the_proxy_changes_is_told_apart_from_mlflows_own(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The proxy answers 500 where MLflow refuses rightly; then MLflow itself has another error_code."""

    def by_proxy(asked: Asked, forward: Forward) -> Answered:
        is_changed = is_wrong(name, asked) and not asked.is_past_proxy
        return Answered.of({"detail": "Internal server error"}, 500) if is_changed else forward(asked)

    def by_mlflow(asked: Asked, forward: Forward) -> Answered:
        if is_wrong(name, asked):
            return Answered.of({"error_code": "INTERNAL_ERROR", "message": "oh"}, WRONG_REQUESTS[name].status)
        return forward(asked)

    with spoilt(sandbox, by_proxy):
        seen = results(monitor_here(sandbox, monkeypatch, REGISTRATION))[name].seen
    assert seen.startswith("answered 500")
    assert "straight to MLflow it gets the right refusal: the proxy changes it" in seen
    with spoilt(sandbox, by_mlflow):
        result = results(monitor_here(sandbox, monkeypatch, REGISTRATION))[name]
    assert (result.status, "straight to MLflow it answered" in result.seen) == (Status.FAIL, True)


def test_refusal__that_writes_all_the_same_is_red(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right status and error_code are not enough: the run must be as it was."""

    def spoil(asked: Asked, forward: Forward) -> Answered:
        if is_wrong("malformed-request", asked):
            forward(asked.with_json(asked.json() | {"key": "written-all-the-same"}))
        return forward(asked)

    with spoilt(sandbox, spoil):
        result = results(monitor_here(sandbox, monkeypatch, REGISTRATION))["malformed-request"]
    assert result.status is Status.FAIL
    assert result.seen == "was refused with 400 and INVALID_PARAMETER_VALUE, and yet changed the run"


def test_refusal__by_a_rate_limit_is_not_asked_again(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 429 is final, for a read too, and is not sent past the proxy."""
    asked_for: list[Asked] = []

    def spoil(asked: Asked, forward: Forward) -> Answered:
        if is_wrong("unknown-version", asked):
            asked_for.append(asked)
            return Answered.of({"detail": "Rate limit exceeded"}, 429)
        return forward(asked)

    with spoilt(sandbox, spoil):
        result = results(monitor_here(sandbox, monkeypatch, REGISTRATION))["unknown-version"]
    assert (result.status, len(result.attempts), len(asked_for)) == (Status.FAIL, 1, 1)
