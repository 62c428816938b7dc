"""A catalogue of what can go wrong with the services and between them, and which checks of the suite see it."""

from collections.abc import Callable
from typing import Any

import pytest

from registry_monitor.model import Status
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.sandbox.world import World
from tests.system.catalogue import Fault, assert_healthy, each_role, judge_fault, result_of, run_outside, statuses
from tests.system.conftest import monitor_here
from tests.system.world_edits import (
    REGISTRY_BALANCER,
    ROLES,
    forwarded,
    image,
    scaled_to_zero,
    scenario,
    task_record,
    together,
)

SUITE = "services"
EVENT = {"suites": [SUITE], "depth": "full"}
# At HEAD all three services answer a request without a key alike, so no rule of the load balancers can turn this red;
# tests/unit/suites/test_services.py does, with a server that is another service.
IN_UNIT_TESTS = {"services.auth.identity"}


def ids(*names: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in names}


def every(aspect: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in each_role(f"{{}}.{aspect}")}


def older_revision(world: World, task: Any) -> Callable[[], None]:
    """ECS tells that a task has the revision before the service's."""
    right = task.task_definition_arn
    task.task_definition_arn = f"{right.rpartition(':')[0]}:0"
    return lambda: setattr(task, "task_definition_arn", right)


def another_image(world: World, task: Any) -> Callable[[], None]:
    """ECS tells that a task runs an image that its task definition does not name."""
    container = task.containers[0]
    right, container.image = container.image, f"{container.image}-patched"
    return lambda: setattr(container, "image", right)


def everywhere(change: Callable[[World, Any], Callable[[], None]]) -> Any:
    return together(*(task_record(role, change) for role in ROLES))


CALLS = ids("call.api-to-auth", "call.api-to-mlflow", "call.api-to-mlflow-with-its-own-token", "call.mlflow-to-auth")
CATALOGUE = [
    Fault(
        "services that ask for no task",
        scaled_to_zero(*ROLES),
        every("reachable") | every("deployed") | CALLS,
        whole=True,
    ),
    Fault(
        "an API at another port than the one that is registered",
        scenario("ECS-18"),
        ids("api.reachable", "call.api-to-auth", "call.api-to-mlflow"),
        ids("auth.reachable", "auth.identity", "mlflow.reachable", "api.deployed", "call.mlflow-to-auth"),
    ),
    Fault(
        "rules that lead to another service",
        together(forwarded(REGISTRY_BALANCER, 50, "api", "mlflow"), forwarded(REGISTRY_BALANCER, 120, "auth", "api")),
        ids("api.identity", "mlflow.identity"),
        every("reachable") | every("deployed") | ids("auth.identity", "call.api-to-mlflow"),
        whole=True,
    ),
    Fault(
        "tasks of another revision, without a deployment",
        everywhere(older_revision),
        every("deployed"),
        every("reachable") | CALLS,
        whole=True,
    ),
    Fault(
        "tasks with another image",
        everywhere(another_image),
        every("deployed"),
        every("reachable") | CALLS,
        whole=True,
    ),
    Fault(
        "a deployment whose image is not there",
        image("api", "no-such-tag"),
        ids("api.deployed", "api.reachable"),
        ids("auth.deployed", "mlflow.deployed", "mlflow.identity"),
    ),
    Fault(
        "an API that does not find the auth service",
        scenario("AUT-16"),
        ids("call.api-to-auth", "call.api-to-mlflow"),
        every("reachable") | every("deployed") | ids("api.identity", "mlflow.identity", "call.mlflow-to-auth"),
        whole=True,
    ),
    Fault(
        "an API without a token for MLflow",
        scenario("MLF-17"),
        ids("call.api-to-mlflow-with-its-own-token"),
        every("reachable") | ids("call.api-to-mlflow", "call.api-to-auth", "call.mlflow-to-auth"),
        whole=True,
    ),
    Fault(
        "a database that is stopped",
        scenario("MLF-01"),
        ids("mlflow.identity", "call.api-to-mlflow", "call.api-to-mlflow-with-its-own-token"),
        every("reachable") | every("deployed") | ids("call.api-to-auth", "call.mlflow-to-auth"),
        whole=True,
    ),
]


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_healthy_platform__passes_every_check(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the VPC or not: all that it asks is public, or told by AWS."""
    assert_healthy(monitor_here(sandbox_of(platform), monkeypatch, EVENT), {})
    assert_healthy(run_outside(sandbox_of(platform), monkeypatch, SUITE), {})


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_fault__is_seen_where_it_is(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """The checks of the row fail, and those that have nothing to do with it pass."""
    judge_fault(sandbox, monkeypatch, fault, SUITE)


def test_catalogue__turns_every_check_red(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that nothing can turn red does not count."""
    listed = statuses(monitor_here(sandbox, monkeypatch, EVENT)).keys()
    assert listed - set().union(*(fault.fails for fault in CATALOGUE)) == IN_UNIT_TESTS


def test_auth_service_that_lets_everybody_in__is_a_security_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad key that is taken is worse than an outage: a class of its own, and not asked again."""
    with scenario("AUT-15")(sandbox):
        run = monitor_here(sandbox, monkeypatch, EVENT)
    failed = {each.check_id: (each.is_security_failure, len(each.attempts)) for each in run.of_status(Status.FAIL)}
    assert failed == dict.fromkeys(ids("call.api-to-auth", "call.mlflow-to-auth"), (True, 1))
    assert "lets in a key that nobody has been given" in result_of(run, "services.call.api-to-auth").seen


def test_deployment_under_way__is_no_fault(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old connections are draining; nobody notices."""
    with scenario("quiet-deployment")(sandbox):
        assert_healthy(monitor_here(sandbox, monkeypatch, EVENT), {})
