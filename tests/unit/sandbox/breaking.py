"""Breaking a shared sandbox by a scenario, and what it must be like afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

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
_LOGGED_WITHIN_S = 10.0


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


def is_logged(sandbox: Sandbox, role: str, text: str) -> bool:
    """Wait until a service's log group has a line with ``text``; False when it never has."""
    deadline = monotonic() + _LOGGED_WITHIN_S
    group = f"/ecs/{sandbox.platform.service(role).name}"
    while monotonic() < deadline:
        events = sandbox.world.logs.filter_log_events(logGroupName=group)["events"]
        if any(text in event["message"] for event in events):
            return True
        sleep(0.1)
    return False


def assert_healthy(sandbox: Sandbox) -> None:
    """A user's request reaches MLflow's database, and AWS reports nothing wrong."""
    assert get(sandbox, REGISTRY + SEARCH, sandbox.world.secrets.monitor_key).seen == (200, APP)
    assert get(sandbox, f"{AUTH}/api/v1/keys").seen == (401, APP)
    for role in ("auth", "api", "mlflow"):
        assert counts(sandbox, role) == (1, 1, 0)
        assert target_health(sandbox, role) == HEALTHY
        assert service(sandbox, role)["deployments"][0]["rolloutState"] == "COMPLETED"
        assert newest_events(sandbox, role, 1) == ["has reached a steady state."]
