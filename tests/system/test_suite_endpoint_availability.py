"""What the suite says of the platform, healthy and under the faults that were measured, at both dates."""

import dataclasses
from collections import Counter
from collections.abc import Callable

import pytest

from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here, requests_since

EVENT = {"suites": ["endpoint_availability"], "depth": "full"}
type Said = tuple[int, str, str]  # status, writer, a part of the body


def of(names: tuple[str, ...], said: Said) -> dict[str, Said]:
    return {f"endpoint.{name}": said for name in names}


MLFLOW_HEALTH = ("api-mlflow-health", "api-mlflow-detailed", "api-mlflow-connectivity")
WITH_A_KEY = ("api-key-accepted", "api-unknown-path", "mlflow-proxied-health")
WITH_A_KEY_AUGUST = (
    *MLFLOW_HEALTH,
    *("api-live", "api-version", "api-unknown-path", "mlflow-proxied-health", "mlflow-proxied-version"),
)
AUTH_IS_GONE = of(("auth-health", "auth-keys"), (502, "load balancer", "502 Bad Gateway"))
NO_TASK: Said = (503, "load balancer", "503 Service Temporarily Unavailable")
UNREACHED: Said = (502, "proxy", "Failed to connect to MLflow server at http")
OWN_TOKEN: Said = (503, "application", '"status":"error"')
UNHEALTHY: Said = (503, "application", '"status":"unhealthy"')
GATEWAY = of(("mlflow-ui",), (503, "application", '{"detail": "Authentication service error"}'))


def refusal(status: int, text: str) -> Said:
    return status, "application", f'{{"detail":"{text}"}}'


# What fails under a fault, and how it was answered; all else passes, or is not to be asked of a platform in trouble.
# Rows of "Measured: HEAD under faults" and "Measured: Aug under faults", and who answers where a rule is missing.
FAULTS: dict[Era, dict[str, dict[str, Said]]] = {
    "head": {
        "ECS-19": AUTH_IS_GONE
        | of(("auth-root",), AUTH_IS_GONE["endpoint.auth-health"])
        | of(WITH_A_KEY, refusal(503, "Authentication service unavailable"))
        | GATEWAY
        | of(MLFLOW_HEALTH, OWN_TOKEN),
        "ECS-05": of(("mlflow-ui", "mlflow-gateway-health"), NO_TASK)
        | {"without-key.mlflow-ui": NO_TASK}
        | of(("mlflow-proxied-health",), UNREACHED)
        | of(MLFLOW_HEALTH, OWN_TOKEN),
        "MLF-14": of(MLFLOW_HEALTH, OWN_TOKEN),
        "MLF-17": of(MLFLOW_HEALTH, (503, "application", "{'detail': 'API key required'}")),
        "MLF-10": {},
        "ALB-04": of(("auth-keys",), (404, "load balancer", "Not Found")),
        "AUT-02": of(WITH_A_KEY, refusal(503, "Authentication service error")) | GATEWAY | of(MLFLOW_HEALTH, OWN_TOKEN),
    },
    "2025-08": {
        "ECS-19": AUTH_IS_GONE | of(WITH_A_KEY_AUGUST, refusal(401, "Authentication service unavailable")),
        "ECS-05": of(("mlflow-direct", "mlflow-redirect"), NO_TASK)
        | of(("mlflow-proxied-health", "mlflow-proxied-version"), UNREACHED)
        | of(MLFLOW_HEALTH, UNHEALTHY),
        "AUT-02": of(WITH_A_KEY_AUGUST, refusal(401, "Authentication service error")),
    },
}

# What fails when the monitor's key is another. Rows of "Measured: auth and status".
LIMITED = {"rate_limit_per_hour": 0}
KEYS: dict[str, tuple[Era, dict[str, object], dict[str, Said]]] = {
    "rate limit, August": ("2025-08", LIMITED, of(WITH_A_KEY_AUGUST, refusal(401, "Rate limit exceeded"))),
    "not admin, August": ("2025-08", {"is_admin": False, "scopes": ("model:write",)}, {}),
    "rate limit": (
        "head",
        LIMITED,
        of(WITH_A_KEY, refusal(429, "Rate limit exceeded"))
        | of(("mlflow-ui",), (401, "application", '{"detail": "Rate limit exceeded"}')),
    ),
    "revoked": (
        "head",
        {"is_revoked": True},
        of(WITH_A_KEY, refusal(401, "Invalid or expired API key"))
        | of(("mlflow-ui",), (401, "application", '{"detail": "Invalid or expired API key"}')),
    ),
    "not admin": (
        "head",
        {"is_admin": False, "scopes": ("model:write",)},
        of(("mlflow-proxied-health", "mlflow-ui"), (403, "application", "REGISTRY_ADMIN_REQUIRED")),
    ),
    "no balance": (
        "head",
        {"has_balance": False},
        of(("api-key-accepted", "api-unknown-path"), refusal(402, "Insufficient balance")),
    ),
    "debit refused": (
        "head",
        {"is_debit_rejected": True},
        of(("api-key-accepted", "api-unknown-path"), (402, "application", '"error":"usage_debit_rejected"')),
    ),
}

# What a healthy platform answers to requests of which a monitor must make no failure. Rows of the same table, and of
# "API endpoints" and "Wrong-prefix traps".
HEALTHY: dict[Era, dict[str, Said]] = {
    "head": of(
        ("api-api-health", "api-experiments", "api-v1-health", "api-v1-models", "api-unknown-path", "auth-root"),
        refusal(404, "Not Found"),
    )
    | of(("mlflow-proxied-version", "mlflow-shadowed-health"), (404, "MLflow", "RESOURCE_NOT_FOUND"))
    | of(("api-health-head",), (405, "application", ""))
    | of(("api-key-required",), refusal(401, "API key required"))
    | {f"without-key.{name}": refusal(401, "API key required") for name in ("api-unknown-path", "api-models")}
    | {"without-key.mlflow-ui": (401, "application", '{"detail": "API key required"}')},
    "2025-08": of(
        (
            *("api-api-health", "api-v1-health", "api-v1-models", "api-unknown-path"),
            *("api-root", "api-models", "api-health-alb"),
        ),
        refusal(404, "Not Found"),
    )
    | of(("mlflow-shadowed-health",), (404, "MLflow", "RESOURCE_NOT_FOUND"))
    | of(("api-health-head",), (405, "application", ""))
    | {
        f"without-key.{name}": refusal(401, "API key required")
        for name in ("api-live", "api-version", "api-ready", "api-metrics", "api-mlflow-health", "api-api-health")
    },
}


def short(result: Result) -> str:
    return result.check_id.removeprefix("endpoint_availability.")


def wrong(run: Run, expected: dict[str, Said]) -> dict[str, object]:
    """Each result whose answer is not the expected one, with what was answered."""
    results = {short(result): result for result in run.results}
    answers = {name: results[name].evidence | {"seen": results[name].seen} for name in expected}
    return {
        name: answer
        for name, answer in answers.items()
        if (answer["status"], answer["written_by"]) != expected[name][:2]
        or expected[name][2] not in str(answer.get("body", answer["seen"]))
    }


def assert_well(run: Run, platform: Era) -> None:
    """All pass (a busy machine may be slow), whatever 404 and 405 the platform has, and nothing new is claimed."""
    assert {result.sentence for result in run.results if result.status not in (Status.PASS, Status.SLOW)} == set()
    assert wrong(run, HEALTHY[platform]) == {}
    assert all(observation.known_from for observation in run.observations)


def test_healthy_head__has_no_failure_and_its_weaknesses_are_observed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scripts before took a 404 for healthy; here it passes where it is known, and is told."""
    assert_well(monitor_here(sandbox, monkeypatch, EVENT), "head")


def test_known_weakness__that_the_load_balancer_answers_is_a_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a task, the API's known 404 becomes the load balancer's 503: not the weakness that is known."""
    with broken(sandbox, "ECS-04"):
        run = monitor_here(sandbox, monkeypatch, EVENT)
    failed = {short(result) for result in run.of_status(Status.FAIL)}
    assert failed >= {"endpoint.api-api-health", "endpoint.api-health-head", "discovery.api"}
    assert wrong(run, of(("api-api-health", "api-v1-models"), NO_TASK)) == {}


def test_discovery__finds_every_documented_path_and_calls_none_that_is_ruled_out(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tested of found, with the reasons; what blocks the event loop is asked without a key alone, and once."""
    before = len(requests_since(sandbox, 0))
    run = monitor_here(sandbox, monkeypatch, EVENT)
    evidence = next(result for result in run.results if short(result) == "discovery.api").evidence
    asked = Counter((request.host, request.path) for request in requests_since(sandbox, before))
    assert evidence["summary"] == "tested 12 of 21 documented paths"
    blocking = ("/ready", "/metrics", "/health/mlflow", "/health/status", "/models/", "/api/models/")
    assert [asked["registry.hokus.ai", path] for path in blocking] == [0, 0, 0, 0, 1, 1]
    assert max(asked.values()) == 4  # three samples, and the same path without its key or as a document


def assert_fault(sandbox: Sandbox, patch: pytest.MonkeyPatch, scenario: str) -> None:
    """Exactly what the table has fails, as it has it; nothing is unknown, blocked or flaky."""
    expected = FAULTS[sandbox.platform.era][scenario]
    with broken(sandbox, scenario):
        run = monitor_here(sandbox, patch, EVENT)
    assert {short(result) for result in run.of_status(Status.FAIL)} == set(expected)
    assert wrong(run, expected) == {}
    assert run.of_status(Status.UNKNOWN, Status.BLOCKED, Status.FLAKY) == ()
    assert bool(run.of_status(Status.SKIPPED)) is bool(expected)


@pytest.mark.parametrize("scenario", FAULTS["head"])
def test_fault_at_head__fails_what_it_breaks_and_says_who_answered(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    """No false green, no false red, and nothing unknown; what does harm is left alone."""
    assert_fault(sandbox, monkeypatch, scenario)


def test_healthy_august__has_no_failure_and_its_weaknesses_are_observed(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same code, another target file."""
    assert_well(monitor_here(sandbox_of("2025-08"), monkeypatch, EVENT), "2025-08")


@pytest.mark.parametrize("scenario", FAULTS["2025-08"])
def test_fault_in_august__fails_what_it_breaks_and_says_who_answered(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    """The same at the other date, where every failure of authentication is a 401."""
    assert_fault(sandbox_of("2025-08"), monkeypatch, scenario)


@pytest.mark.parametrize("case", KEYS)
def test_key__fails_what_needs_it(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Each state of a key has its own answer, and leaves what needs no key alone."""
    platform, change, expected = KEYS[case]
    sandbox = sandbox_of(platform)
    key = sandbox.world.secrets.monitor_key
    before = sandbox.keys[key]
    with broken(sandbox, "healthy"):
        sandbox.keys[key] = dataclasses.replace(before, **change)  # type: ignore[arg-type]  # fields of the record
        try:
            run = monitor_here(sandbox, monkeypatch, EVENT)
        finally:
            sandbox.keys[key] = before
            with sandbox.redis_client() as cache:
                cache.flushall()
    assert {short(result) for result in run.of_status(Status.FAIL)} == set(expected)
    assert wrong(run, expected) == {}
