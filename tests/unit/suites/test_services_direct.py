"""Each task by its own address: small servers that are right, wrong, silent or gone; and tables of targets."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.inventory.facts import RegisteredTarget, ServiceTarget, Task
from registry_monitor.model import Result, Status
from registry_monitor.suites import services_direct
from registry_monitor.target import DirectProbe, Expectation
from tests.unit.clients.conftest import Server, reply
from tests.unit.clients.probes.servers import closed_port, full_backlog
from tests.unit.suites.known_facts import (
    API,
    KnownFacts,
    context_of,
    deployment,
    ecs_service,
    packaged,
    run_checks,
    services_found,
    task,
)

HERE, SECOND, THIRD = "127.0.0.1", "127.0.9.2", "127.0.9.3"
PROBE = DirectProbe(path="/works", key="admin", expect=Expectation.model_validate({"json": {"experiments": []}}))
STATE = ServiceTarget(target_group_arn="group", container_name="api", container_port=8001)


def results(
    port: int, *addresses: str, deployments: tuple[Any, ...] = (), is_inside_vpc: bool = True, **changes: Any
) -> dict[str, Result]:
    """The suite's checks of one service with tasks at these addresses, by aspect."""
    service = API.model_copy(update={"container_port": port, "probe": PROBE})
    targets = tuple(
        RegisteredTarget(id=address, port=port, zone=None, state="healthy", reason=None, description=None)
        for address in addresses
    )
    facts = KnownFacts(
        ecs_services=services_found(ecs_service(targets=(STATE,), deployments=deployments)),
        tasks=tuple(task(address) for address in addresses),
        target_health=targets,
    )
    context = context_of(packaged(services=(service,), **changes), facts=facts, is_inside_vpc=is_inside_vpc)
    found = run_checks(services_direct.checks(context))
    return {name.removeprefix("services_direct.api."): result for name, result in found.items()}


def statuses(found: dict[str, Result]) -> dict[str, Status]:
    return {name: result.status for name, result in found.items()}


def by_path(**statuses_by_path: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer 200 with what the probe expects, but another status for the paths that are named."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status = statuses_by_path.get(handler.path.strip("/"), 200)
        reply(handler, status, b'{"experiments": []}', Content_Type="application/json", Server="uvicorn")

    return answer


ALL = ("accepts", "registered", "by-address", "by-host", "works")


@pytest.mark.parametrize(
    ("wrong", "failing"),
    [
        ({}, ()),
        ({"health": 302}, ()),
        ({"health": 404}, ("by-address", "by-host")),
        ({"health": 500}, ("by-address", "by-host")),
        ({"works": 401}, ("works",)),
        ({"works": 404}, ("works",)),
        ({"works": 302}, ("works",)),
    ],
)
def test_task__answers_by_its_address_by_the_public_host_and_does_its_work(
    server: Server, wrong: dict[str, int], failing: tuple[str, ...]
) -> None:
    """A health path that answers proves no work, and work that fails makes no health path wrong."""
    server.answer = by_path(**wrong)
    expected = dict.fromkeys(ALL, Status.PASS) | dict.fromkeys(failing, Status.FAIL)
    assert statuses(results(server.port, HERE)) == expected


def test_task__is_asked_with_the_public_host_and_with_its_address(server: Server) -> None:
    """Only the work is asked with a key."""
    server.answer = by_path()
    results(server.port, HERE)
    asked = {(path, headers["Host"], headers.get("Authorization")) for path, headers in server.requests}
    assert asked == {
        ("/health", f"{HERE}:{server.port}", None),
        ("/health", "registry.test", None),
        ("/works", "registry.test", "Bearer fake-admin-key"),
    }


def test_task__that_refuses_fails_and_blocks_what_follows() -> None:
    """The machine was reached, and nothing listens at the container's port."""
    found = results(closed_port(), HERE)
    assert found["accepts"].seen == "is right in 0 of 1: 127.0.0.1 refused the connection"
    assert statuses(found) == dict.fromkeys(ALL, Status.BLOCKED) | {
        "accepts": Status.FAIL,
        "registered": Status.PASS,
    }


def test_one_of_several_tasks_that_is_wrong__is_enough_and_is_named(server: Server) -> None:
    """Behind the load balancer every second request would fail."""
    server.answer = by_path()
    found = results(server.port, HERE, SECOND)  # at SECOND nobody listens
    assert found["accepts"].status is Status.FAIL
    assert found["accepts"].seen == "is right in 1 of 2: 127.0.9.2 refused the connection"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("silent", [1, 2, 3])
def test_port_that_is_closed_to_the_monitor__is_unknown_with_the_rule(silent: int) -> None:
    """However many tasks there are: never FAIL, and the security group of the tasks is named."""
    addresses = (SECOND, THIRD, "127.0.9.4")[:silent]
    with full_backlog() as port:
        connect_to({f"{address}:8001": f"127.0.0.1:{port}" for address in addresses})
        found = results(8001, *addresses)
    assert statuses(found) == dict.fromkeys(ALL, Status.UNKNOWN) | {"registered": Status.PASS}
    assert "for TCP 8001 to security group sg-1, from the monitor's security group" in found["accepts"].seen


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("order", [(HERE, SECOND), (SECOND, HERE)], ids=["silent last", "silent first"])
def test_task_that_is_silent_beside_one_that_answers__is_wrong(server: Server, order: tuple[str, str]) -> None:
    """They share their security groups: the port is open, so the silence is the task's own."""
    server.answer = by_path()
    with full_backlog() as port:
        connect_to({f"{SECOND}:{server.port}": f"127.0.0.1:{port}"})
        accepts = results(server.port, *order)["accepts"]
    assert accepts.status is Status.FAIL
    assert accepts.seen == "is right in 1 of 2: 127.0.9.2 did not accept a connection in time"


@pytest.mark.parametrize(
    ("is_inside", "closed", "reason"),
    [(False, (), "only from inside the VPC"), (True, ("api",), "api is not open to the monitor")],
)
def test_what_cannot_be_asked__is_skipped_with_its_reason(
    is_inside: bool, closed: tuple[str, ...], reason: str
) -> None:
    """What AWS tells is judged all the same."""
    found = results(8001, HERE, is_inside_vpc=is_inside, closed_to_monitor=closed)
    assert statuses(found) == dict.fromkeys(ALL, Status.SKIPPED) | {"registered": Status.PASS}
    assert reason in found["accepts"].seen


UNDER_WAY = (deployment("IN_PROGRESS"), deployment("COMPLETED", status="ACTIVE"))


def registered(
    tasks: tuple[Task, ...], targets: dict[str, str], deployments: tuple[Any, ...] = ()
) -> tuple[Status, str]:
    facts = KnownFacts(
        ecs_services=services_found(ecs_service(targets=(STATE,), deployments=deployments)),
        tasks=tasks,
        target_health=tuple(
            RegisteredTarget(id=address, port=8001, zone=None, state=state, reason=None, description=None)
            for address, state in targets.items()
        ),
    )
    context = context_of(packaged(services=(API,)), facts=facts)
    check = next(each for each in services_direct.checks(context) if each.id.endswith(".registered"))
    result = run_checks([check])[check.id]
    return result.status, result.seen


A, B = "10.0.1.12", "10.0.1.13"


@pytest.mark.parametrize(
    ("tasks", "targets", "deployments", "status", "seen"),
    [
        ((task(A),), {A: "healthy"}, (), Status.PASS, "are its 1 running tasks"),
        ((task(A),), {A: "unhealthy"}, (), Status.PASS, "are its 1 running tasks"),
        ((task(A),), {A: "healthy", B: "draining"}, (), Status.PASS, "are its 1 running tasks"),
        ((task(A),), {}, (), Status.FAIL, f"{A} runs and is no target"),
        ((task(A),), {A: "draining"}, (), Status.FAIL, f"{A} runs and is no target"),
        ((task(A),), {A: "healthy", B: "healthy"}, (), Status.FAIL, f"{B} is a target and no running task"),
        ((task(A), task(B)), {A: "healthy"}, (), Status.FAIL, f"{B} runs and is no target"),
        ((task(A), task(B)), {A: "healthy"}, UNDER_WAY, Status.PASS, f"{B} runs and is no target"),
        ((task(A),), {B: "healthy"}, UNDER_WAY, Status.FAIL, f"{A} runs and is no target; {B} is a target and no"),
        ((task(A), task(B, last_status="PENDING")), {A: "healthy"}, (), Status.PASS, "are its 1 running tasks"),
        ((task(A), task(None)), {A: "healthy"}, (), Status.PASS, "are its 1 running tasks"),
        ((), {}, (), Status.FAIL, "are none, and no task runs"),
    ],
)
def test_targets__are_the_running_tasks_and_nothing_else(
    tasks: tuple[Task, ...], targets: dict[str, str], deployments: tuple[Any, ...], status: Status, seen: str
) -> None:
    """Their health is another check's; while a deployment is under way, one side may be ahead."""
    found, told = registered(tasks, targets, deployments)
    assert (found, told[: len(seen)]) == (status, seen)


def test_service_of_which_no_task_runs__cannot_be_asked_and_that_is_a_failure() -> None:
    """It is told as what it is, not as a closed port."""
    found = results(8001)
    assert (found["accepts"].status, found["accepts"].seen) == (Status.FAIL, "cannot be asked: no task runs")
