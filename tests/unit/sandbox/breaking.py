"""Breaking a shared sandbox by a scenario, and what it must be like afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.visitor import (
    AUTH,
    REGISTRY,
    SEARCH,
    counts,
    get,
    newest_events,
    service,
    target_health,
)

ALB = "awselb/2.0"
APP = "uvicorn"
HEALTHY = [("healthy", None)]


@contextmanager
def broken(sandbox: Sandbox, name: str) -> Iterator[str]:
    """Break the sandbox, give the monitor's key, and mend it whatever happens; tasks stopped before are forgotten."""
    sandbox.world.control_plane.forget_stopped_tasks()
    sandbox.break_(name)
    try:
        yield sandbox.world.secrets.monitor_key
    finally:
        sandbox.mend(name)


def unknown_key() -> str:
    """Return a key that nobody has issued, and that no cache can hold."""
    return f"fake-unknown-{secrets.token_hex(8)}"


def assert_healthy(sandbox: Sandbox) -> None:
    """A user's request reaches MLflow's database, and AWS reports nothing wrong."""
    assert get(sandbox, REGISTRY + SEARCH, sandbox.world.secrets.monitor_key).seen == (200, APP)
    assert get(sandbox, f"{AUTH}/api/v1/keys").seen == (401, APP)
    for role in ("auth", "api", "mlflow"):
        assert counts(sandbox, role) == (1, 1, 0)
        assert target_health(sandbox, role) == HEALTHY
        assert service(sandbox, role)["deployments"][0]["rolloutState"] == "COMPLETED"
        assert newest_events(sandbox, role, 1) == ["has reached a steady state."]
