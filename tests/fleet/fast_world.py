"""The fast world: runs without processes, of as many targets as are wanted.

What was asked of a platform, and what came of it, was recorded on the sandbox; facts of AWS are added, and the
monitor's own runner and diagnosis judge. Each target is a platform of its own, with names of its own.
"""

import threading
from functools import cache
from typing import Any

from registry_monitor.diagnosis import diagnose
from registry_monitor.inventory.facts import Database, Inventory
from registry_monitor.invocation import Invocation
from registry_monitor.model import Depth
from registry_monitor.monitor import Surroundings, new_run_id
from registry_monitor.run import Run
from registry_monitor.target import Target
from tests.alarms.recordings import HEALTHY, read_recordings
from tests.alarms.simulated_runs import EPOCH, Asked, Platform
from tests.alarms.weather import CALM
from tests.unit.diagnosis import platform as facts
from tests.unit.target.small import SMALL

SHARED_IMAGE, STOPPED_DATABASE, NO_REDIS = "ECS-05", "MLF-01", "AUT-02"
IMAGE = "registry/mlflow:7"  # of all targets the same
_OWN = "hokusai"  # what the names of a platform's own things begin with
_REFUSED = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    f"1.dkr.ecr.us-east-1.amazonaws.com/{IMAGE}: not found"
)


class FastWorld:
    """Platforms by target: a state that was recorded, or healthy. ``hanging``: one whose run does not end by itself."""

    def __init__(self, states: dict[str, str], hanging: str) -> None:
        self._states = states
        self._hanging = hanging
        self.is_over = threading.Event()  # set by who made it: what hangs is let go

    def monitor(self, invocation: Invocation, target: Target, surroundings: Surroundings) -> Run:
        """In the place of ``registry_monitor.monitor.monitor``: one run of a target."""
        if target.name == self._hanging:
            self.is_over.wait()
        text = _recorded(self._states.get(target.name, HEALTHY), invocation.depth)
        run = Run.model_validate_json(text.replace(_OWN, target.name))
        trigger = run.trigger.model_copy(update={"reason": invocation.reason, "suites": invocation.suites})
        watched = run.target.model_copy(update={"name": target.name, "region": target.region})
        ids = {"run_id": new_run_id(EPOCH), "trigger": trigger, "target": watched}
        return run.model_copy(update=ids)


def target_text(name: str, *, is_broken: bool = False) -> str:
    """The file of one target; a broken one has a mistake in the line of its cluster."""
    text = SMALL.replace("name: small\n", f"name: {name}\n", 1).replace(
        "registry-monitor/small", f"registry-monitor/{name}"
    )
    return text.replace("cluster:", "clutser:", 1) if is_broken else text


@cache
def _recorded(state: str, depth: Depth) -> str:
    """A run of one state as a document, diagnosed."""
    run = _platform().run(Asked("fleet", depth, "schedule", 0.0, is_hourly=False), state, CALM, None)
    run = run.model_copy(update={"target": facts.TARGET, "inventory": _inventory(state), "findings": ()})
    return run.diagnosed(diagnose(run)).model_dump_json()


@cache
def _platform() -> Platform:
    return Platform(read_recordings())


def _inventory(state: str) -> Inventory:
    """What AWS says of a platform in this state."""
    changes: dict[str, Any] = {}
    if state == SHARED_IMAGE:
        deployment = facts.deployment("mlflow", running=0, rollout_state="IN_PROGRESS", failed_tasks=3)
        broken = facts.service("mlflow", running=0, deployments=(deployment,))
        changes["services"] = [facts.service("auth"), facts.service("api"), broken]
        changes["stopped_tasks"] = facts.known((facts.stopped("mlflow", _REFUSED),))
        healthy = {facts.group_of(role): facts.known((facts.registered(role),)) for role in ("auth", "api")}
        changes["target_health"] = healthy | {facts.group_of("mlflow"): facts.known(())}
    elif state == STOPPED_DATABASE:
        changes["databases"] = {f"{_OWN}-mlflow-development": facts.known(_STOPPED)}
    elif state == NO_REDIS:
        changes["caches"] = {f"{_OWN}-redis-development": facts.known(None)}
    return facts.inventory(**changes)


_STOPPED = Database(
    id=f"{_OWN}-mlflow-development", status="stopped", engine="postgres", engine_version=None, host="10.0.2.9",
    port=5432, allocated_storage_gb=None, security_groups=(), ca_identifier=None, is_encrypted=True,
)  # fmt: skip
