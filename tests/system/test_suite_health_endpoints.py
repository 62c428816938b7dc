"""What each health endpoint says of the platform, healthy and under the faults that were measured, at both dates."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here, requests_since

EVENT = {"suites": ["health_endpoints"], "depth": "full"}
MLFLOW_HEALTH = ("api-mlflow-health", "api-mlflow-detailed", "api-mlflow-connectivity")
OVER_THE_PROXY = ("mlflow-proxied-health",)
BLOCKING: dict[Era, set[str]] = {
    "head": {
        *("api-metrics", "api-ready", "api-health-mlflow", "api-health-detailed", "api-health-status"),
        *("api-models", "api-api-models"),
    },
    "2025-08": {
        *("api-metrics", "api-ready", "api-health-mlflow", "api-health-detailed", "api-health-status"),
        "api-health",
    },
}
STATIC: dict[Era, set[str]] = {
    "head": {
        *("auth-health", "api-health", "api-live", "api-version", "api-health-alb", "api-dspy-health"),
        *("mlflow-gateway-health", "mlflow-proxied-health"),
    },
    "2025-08": {"auth-health", "api-live", "api-version", "mlflow-proxied-health"},
}

# What fails under a fault, by the status that it answered. /health is not among them: static at HEAD, and
# 200 whatever it finds in August. Rows of the two tables of measured faults.
FAULTS: dict[Era, dict[str, dict[int, tuple[str, ...]]]] = {
    "head": {
        "MLF-01": {503: MLFLOW_HEALTH},
        "MLF-14": {503: MLFLOW_HEALTH},
        "MLF-17": {503: MLFLOW_HEALTH},
        "ECS-05": {503: (*MLFLOW_HEALTH, "mlflow-gateway-health"), 502: OVER_THE_PROXY},
        "NET-05": {503: (*MLFLOW_HEALTH, *OVER_THE_PROXY)},
        "AUT-02": {503: (*MLFLOW_HEALTH, *OVER_THE_PROXY)},
    },
    "2025-08": {
        "ECS-05": {503: MLFLOW_HEALTH, 502: OVER_THE_PROXY},
        "AUT-02": {401: (*MLFLOW_HEALTH, *OVER_THE_PROXY, "api-live", "api-version")},
    },
}


def short(result: Result) -> str:
    return result.check_id.removeprefix("health_endpoints.endpoint.")


def named(run: Run, *statuses: Status) -> set[str]:
    return {short(result) for result in run.of_status(*statuses)}


def body_of(run: Run, name: str) -> str:
    return str(next(result for result in run.results if short(result) == name).evidence["body"])


@contextmanager
def without_its_database(sandbox: Sandbox) -> Iterator[None]:
    """The API alone looks for the database at a port where nobody listens, so that all but ``/ready`` is well."""
    try:
        sandbox.world.set_variable("api", "DB_PORT", "5433")
        sandbox.settle()
        yield
    finally:
        sandbox.world.set_variable("api", "DB_PORT", "5432")
        sandbox.settle()


def assert_well(run: Run, platform: Era) -> None:
    """All pass (a busy machine may be slow), the static ones are named, two answer 500, and all say what they prove."""
    assert {result.sentence for result in run.results if result.status not in (Status.PASS, Status.SLOW)} == set()
    observed = {short(result): [each.told for each in result.observations] for result in run.results}
    assert {name for name, told in observed.items() if "is static" in told} == STATIC[platform]
    answered = {short(result): result.evidence["status"] for result in run.results}
    assert [answered[name] for name in ("api-health-detailed", "api-health-status")] == [500, 500]
    assert all(f"; that proves {result.evidence['proves']}" in result.seen for result in run.results)


def test_healthy_head__passes_and_its_static_endpoints_are_named(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a 200 is worth stands beside it."""
    assert_well(monitor_here(sandbox, monkeypatch, EVENT), "head")


def test_ready__that_fails_is_asked_once_and_nothing_that_blocks_after_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "DB refused": 503 after three seconds in which the API answers nobody; so one request, never a second."""
    with without_its_database(sandbox):
        before = len(requests_since(sandbox, 0))
        run = monitor_here(sandbox, monkeypatch, EVENT)
        asked = [request.path for request in requests_since(sandbox, before)]
    assert named(run, Status.FAIL) == {"api-ready"}
    assert named(run, Status.SKIPPED) == BLOCKING["head"] - {"api-metrics", "api-ready"}
    assert (asked.count("/metrics"), asked.count("/ready"), asked.count("/health/mlflow")) == (1, 1, 0)
    assert asked[-1] == "/ready"


def test_blocking_endpoints__are_skipped_where_the_target_forbids_them(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target has the last word, also when all is well."""
    allowed = "probe_blocking_endpoints: true"
    text = sandbox.target_path.read_text()
    assert allowed in text
    sandbox.target_path.write_text(text.replace(allowed, "probe_blocking_endpoints: false"))
    try:
        run = monitor_here(sandbox, monkeypatch, EVENT)
    finally:
        sandbox.target_path.write_text(text)
    assert named(run, Status.SKIPPED) == BLOCKING["head"]
    assert all("probe_blocking_endpoints" in result.seen for result in run.of_status(Status.SKIPPED))


def assert_fault(sandbox: Sandbox, patch: pytest.MonkeyPatch, scenario: str) -> None:
    """Exactly what the table has fails, as it has it; nothing is unknown, blocked or flaky."""
    expected = FAULTS[sandbox.platform.era][scenario]
    with broken(sandbox, scenario):
        run = monitor_here(sandbox, patch, EVENT)
    answered: dict[object, set[str]] = {}
    for result in run.of_status(Status.FAIL):
        answered.setdefault(result.evidence["status"], set()).add(short(result))
    assert answered == {status: set(names) for status, names in expected.items()}
    assert named(run, Status.SKIPPED) == BLOCKING[sandbox.platform.era]
    assert run.of_status(Status.UNKNOWN, Status.BLOCKED, Status.FLAKY) == ()


@pytest.mark.parametrize("scenario", FAULTS["head"])
def test_fault_at_head__fails_what_proves_something_and_leaves_the_rest_alone(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    """Static endpoints stay green in every fault; those that block the event loop are not asked during one."""
    assert_fault(sandbox, monkeypatch, scenario)


def test_healthy_august__passes_and_health_says_healthy(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The evidence has the words of the body, since a 200 of this /health says nothing."""
    run = monitor_here(sandbox_of("2025-08"), monkeypatch, EVENT)
    assert_well(run, "2025-08")
    assert '"status":"healthy"' in body_of(run, "api-health")


@pytest.mark.parametrize("scenario", FAULTS["2025-08"])
def test_fault_in_august__fails_what_proves_something_and_leaves_the_rest_alone(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    """The same at the other date, where every failure of authentication is a 401."""
    assert_fault(sandbox_of("2025-08"), monkeypatch, scenario)
