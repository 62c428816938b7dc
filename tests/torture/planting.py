"""Secrets of the platform's own, planted where the monitor reads: containers' settings and logs, the Terraform map."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.misbehaving import edited_target
from tests.unit.terraform.states import CANARY, RandomState

_ROLE, _GROUP, _BROKEN = "mlflow", "/ecs/hokusai-mlflow-development", "MLF-05"  # its tasks end as they start
_STATES_SECRET = "fake-secret-of-a-state-"  # and no part of the names of the monitor's models, as CANARY is
_MARKER = "the-line-that-may-be-told"


@dataclass(frozen=True)
class Planted:
    """What must not leave; ``marker``: what stands beside it and may, so that it is known to have been read."""

    secrets: tuple[str, ...]
    marker: str


def _canary() -> str:
    """As random as a password that a machine made, of signs that any place takes."""
    return f"fake{secrets.token_urlsafe(18)}Z9"


def _log_lines(canary: str) -> list[str]:
    """As programs log what they should not."""
    return [
        f"INFO {_MARKER}",
        f"DEBUG headers: {{'Authorization': 'Bearer {canary}'}}",
        f"DEBUG connecting to postgresql://mlflow:{canary}@db.internal:5432/mlflow",
        f"INFO api_key={canary}&user=1",
        f'INFO {{"password": "{canary}", "user": "mlflow"}}',
        f"INFO loaded {canary}",
        f"ERROR could not log in with --db-password {canary}",
        f"Traceback: KeyError: DB_PASSWORD='{canary}'",
        f"INFO AWS_SECRET_ACCESS_KEY: {canary}/+{canary}",
    ]


@contextmanager
def _in_logs(sandbox: Sandbox, monitors_own: bool) -> Iterator[Planted]:
    """In the log of containers that end as they start, of which the monitor reads the last lines."""
    canary = sandbox.world.secrets.monitor_key if monitors_own else _canary()
    with _ended(sandbox):
        logs, stream = sandbox.world.logs, f"ecs/planted/{secrets.token_hex(8)}"
        logs.create_log_stream(logGroupName=_GROUP, logStreamName=stream)
        now_ms = int(time.time() * 1000)
        events = [{"timestamp": now_ms, "message": line} for line in _log_lines(canary)]
        logs.put_log_events(logGroupName=_GROUP, logStreamName=stream, logEvents=events)
        yield Planted((canary,), _MARKER)


@contextmanager
def _ended(sandbox: Sandbox) -> Iterator[None]:
    sandbox.break_(_BROKEN)
    try:
        yield
    finally:
        sandbox.mend(_BROKEN)


@contextmanager
def _in_settings(sandbox: Sandbox, change: Callable[[dict[str, Any], str], None]) -> Iterator[Planted]:
    """In a container's definition, of which the monitor keeps what cannot be secret."""
    canary = _canary()

    def planted(container: dict[str, Any]) -> None:
        container["environment"] = [*container["environment"], {"name": "MARK", "value": "marked"}]
        change(container, canary)

    sandbox.world.deploy(_ROLE, planted)
    sandbox.settle()
    try:
        yield Planted((canary,), "MARK")
    finally:
        sandbox.world.deploy(_ROLE, _taken_away)
        sandbox.settle()


def _taken_away(container: dict[str, Any]) -> None:
    container["environment"] = [each for each in container["environment"] if each["name"] not in _PLANTED_NAMES]
    container.pop("healthCheck", None)


_VALUES: Mapping[str, str] = {
    "DB_PASSWORD": "{}",
    "SETTINGS": "{}",
    "STORE": "postgresql://mlflow:{}@db.internal:5432/mlflow",
    "ODD_STORE": "postgresql://mlflow:{}/x@y@db.internal/mlflow",
    "HOOK": "https://hooks.example.com/services/{}",
    "LIST": "a.example.com,{}",
    "JSON": '{{"token": "{}"}}',
    "QUERY": "https://api.example.com/?key={}",
}
_PLANTED_NAMES = ("MARK", *_VALUES)


def _variables(container: dict[str, Any], canary: str) -> None:
    container["environment"] += [{"name": name, "value": value.format(canary)} for name, value in _VALUES.items()]


def _health_check(container: dict[str, Any], canary: str) -> None:
    command = f"python -c 'ok' --token {canary} || exit 0 # Authorization: Bearer {canary}"
    container["healthCheck"] = {"command": ["CMD-SHELL", command]}


@contextmanager
def _state_as_map(sandbox: Sandbox, document: Callable[[RandomState], Any]) -> Iterator[Planted]:
    """A raw state, full of secrets, where the map of Terraform addresses should be."""
    text = json.dumps(document(RandomState(7))).replace(CANARY, _STATES_SECRET)
    sandbox.world.s3.put_object(Bucket=REPORTS_BUCKET, Key="planted-map.json", Body=text.encode())
    place = f"s3://{REPORTS_BUCKET}/planted-map.json"
    with edited_target(sandbox, lambda target: target.update(terraform_map=place)):
        yield Planted((_STATES_SECRET,), "planted-map.json")


@contextmanager
def _in_target(sandbox: Sandbox) -> Iterator[Planted]:
    """The monitor's key in the notes of the target file, where somebody has put it for want of care."""
    key = sandbox.world.secrets.monitor_key

    def noted(target: dict[str, Any]) -> None:
        target["contacts"] = [{"about": f"the key is {key}", "ask": f"{_MARKER} {key}"}]
        target["unprobed"] = [*target.get("unprobed", []), {"path": "/x", "reason": f"it takes {key}"}]

    with edited_target(sandbox, noted):
        yield Planted((), _MARKER)


PLANTS: Mapping[str, Callable[[Sandbox], AbstractContextManager[Planted]]] = {
    "the platform's secret in a container's log": lambda sandbox: _in_logs(sandbox, monitors_own=False),
    "the monitor's key in a container's log": lambda sandbox: _in_logs(sandbox, monitors_own=True),
    "the platform's secret in variables of a container": lambda sandbox: _in_settings(sandbox, _variables),
    "the platform's secret in a container's health check": lambda sandbox: _in_settings(sandbox, _health_check),
    "a raw state as the map": lambda sandbox: _state_as_map(sandbox, lambda made: made.state),
    "a shown state as the map": lambda sandbox: _state_as_map(sandbox, lambda made: made.shown),
    "a map with a state's fields": lambda sandbox: _state_as_map(sandbox, lambda made: [made.state, *made.expected]),
    "the monitor's key in the target file": _in_target,
}
