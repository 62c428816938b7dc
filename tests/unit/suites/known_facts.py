"""What the tests of the suites share: facts as AWS would tell them, a context of them, and one asking of checks."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from registry_monitor.clients.http import Answer, HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import Deployment, EcsService, EcsServices, Known, Task, TaskDefinition, Unknown
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, Check, Result
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Service, Target, load_target

KEYS = {"admin": "fake-admin-key"}
API = Service(role="api", name="api-service", container_port=8001, public_host="registry.test")


class KnownFacts:
    """An inventory that has read the facts given by name; all others could not be read."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in self._values:
            return lambda *_: Known(value=self._values[name], source=name)
        return lambda *_: Unknown(reason=f"{name} could not be read", source=name)


def context_of(
    target: Target | None = None, *, is_inside_vpc: bool = True, facts: KnownFacts | None = None
) -> SuiteContext:
    """A run's collaborators, with one key and these facts."""
    keyring, budget = Keyring(lambda force: KEYS, Redactor()), RequestBudget(1000)
    target = target or packaged()
    return SuiteContext(
        run_id="run-1",
        target=target,
        inventory=facts or KnownFacts(),  # type: ignore[arg-type]  # what is asked of it is there
        http=HttpClient(keyring, budget, target.keys.form_of),
        keyring=keyring,
        budget=budget,
        is_inside_vpc=is_inside_vpc,
    )


def packaged(**changes: Any) -> Target:
    """The packaged target, changed."""
    return load_target("hokusai-development").model_copy(update=changes)


def attempt(remaining_s: float = 10.0, number: int = 1) -> Attempt:
    return Attempt("run-1", "suite.check", number, time.monotonic() + remaining_s)


def run_checks(checks: Sequence[Check]) -> dict[str, Result]:
    """Ask checks as a run does; results by id."""
    bounds = Bounds(deadline=time.monotonic() + 60, confirm_after_s=(0.0,))
    return {result.check_id: result for result in Runner("run-1", bounds, Redactor()).run(checks)}


def answer(status: int = 200, body: str = "{}", *, is_truncated: bool = False, **headers: str) -> Answer:
    """An application's answer in JSON, if nothing else is said."""
    told = {"Server": "uvicorn", "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Answer("https://registry.test/", status, told, body.encode(), is_truncated, 12.0)


def ecs_service(**changes: Any) -> EcsService:
    fields: dict[str, Any] = {
        "name": API.name, "arn": "arn", "status": "ACTIVE", "desired": 1, "running": 1, "pending": 0,
        "task_definition": "arn/api:7", "deployments": (), "events": (), "targets": (), "security_groups": ("sg-1",),
    }  # fmt: skip
    return EcsService(**{**fields, **changes})


def services_found(*found: EcsService) -> EcsServices:
    return EcsServices(found=found, missing=())


def deployment(state: str | None, status: str = "PRIMARY", failed_tasks: int = 0) -> Deployment:
    return Deployment(
        id="ecs-svc/1", status=status, rollout_state=state, rollout_reason=None, task_definition="arn/api:7",
        desired=1, running=1, pending=0, failed_tasks=failed_tasks, created_at=None,
    )  # fmt: skip


def task(address: str | None = "10.0.1.12", **changes: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"task-{address}", "arn": "arn", "service": API.name, "address": address, "last_status": "RUNNING",
        "health_status": None, "task_definition": "arn/api:7", "images": {"api": "repository/api:1"}, "zone": None,
        "started_at": None,
    }  # fmt: skip
    return Task(**{**fields, **changes})


def container(image: str) -> ContainerDefinition:
    return ContainerDefinition(
        name="api", image=image, is_essential=True, ports=(), command=(), environment={}, secrets={},
        health_check=None, log_group=None, log_prefix=None,
    )  # fmt: skip


DEFINITION = TaskDefinition(
    arn="arn/api:7", family="api", revision=7, cpu=None, memory_mb=None, containers=(container("repository/api:1"),)
)
