"""A catalogue of what can go wrong with tasks, asked past the load balancers, and which checks of the suite see it."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.catalogue import (
    Fault,
    assert_healthy,
    each_role,
    judge_fault,
    result_of,
    run_outside,
    statuses,
    target_edited,
)
from tests.system.conftest import monitor_here
from tests.system.world_edits import (
    ROLES,
    closed_to_monitor,
    loopback_only,
    scaled_to_zero,
    scenario,
    target_missing,
    together,
    variable,
)

SUITE = "services_direct"
EVENT = {"suites": [SUITE], "depth": "full"}
ASKING = ("accepts", "by-address", "by-host", "works")
# The services' own health paths are static, and two of the probes need nobody else: what turns them red is a task that
# answers wrongly, in tests/unit/suites/test_services_direct.py.
IN_UNIT_TESTS = {f"{SUITE}.{name}" for name in each_role("{}.by-address", "{}.by-host")}
IN_UNIT_TESTS |= {"services_direct.auth.works", "services_direct.api.works"}


def ids(*names: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in names}


def every(*aspects: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in each_role(*(f"{{}}.{aspect}" for aspect in aspects))}


CATALOGUE = [
    Fault(
        "containers that listen on their own loopback alone",
        together(
            loopback_only("auth"), loopback_only("mlflow"), variable("api", "API_HOST", "127.0.0.1", healthy="0.0.0.0")
        ),
        every("accepts"),
        every("registered"),
        whole=True,
    ),
    Fault(
        "an API at another port than the one that is registered",
        scenario("ECS-18"),
        ids("api.accepts"),
        every("registered") | ids("auth.works", "mlflow.works"),
        whole=True,
    ),
    Fault(
        "tasks that are no targets of their load balancers",
        together(*(target_missing(role) for role in ROLES)),
        every("registered"),
        every(*ASKING),
        whole=True,
    ),
    Fault(
        "load balancers that may not reach the API: the way is broken, not the service",
        scenario("NET-01"),
        set(),
        every(*ASKING, "registered"),
        whole=True,
    ),
    Fault(
        "a database that is stopped: the service is broken, not the way",
        scenario("MLF-01"),
        ids("mlflow.works"),
        every("accepts", "by-address", "by-host", "registered") | ids("auth.works", "api.works"),
        whole=True,
    ),
    Fault(
        "services that ask for no task",
        scaled_to_zero(*ROLES),
        every("accepts", "registered"),
        whole=True,
    ),
]


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_healthy_platform__passes_every_check(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is skipped where the ports are open to the monitor."""
    assert_healthy(monitor_here(sandbox_of(platform), monkeypatch, EVENT), {})


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_fault__is_seen_where_it_is(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """The checks of the row fail, and those that have nothing to do with it pass: service and way part."""
    judge_fault(sandbox, monkeypatch, fault, SUITE)


def test_catalogue__turns_every_check_red(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that nothing can turn red does not count."""
    listed = statuses(monitor_here(sandbox, monkeypatch, EVENT)).keys()
    assert listed - set().union(*(fault.fails for fault in CATALOGUE)) == IN_UNIT_TESTS


def test_port_that_is_closed_to_the_monitor__is_unknown_with_the_rule_or_skipped(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never FAIL: the platform has no edge from the monitor until it opens one."""
    with closed_to_monitor("tasks", 8001)(sandbox):
        run = monitor_here(sandbox, monkeypatch, EVENT)
        with target_edited(sandbox, closed_to_monitor="[api]"):
            skipping = monitor_here(sandbox, monkeypatch, EVENT)
    closed = ids(*(f"api.{aspect}" for aspect in ASKING))
    assert {each.check_id for each in run.of_status(Status.UNKNOWN)} == closed
    assert run.of_status(Status.FAIL, Status.BLOCKED) == ()
    group = sandbox.world.security_groups["tasks"]
    expected = f"add an ingress rule (aws_vpc_security_group_ingress_rule) for TCP 8001 to security group {group}, from"
    assert expected in result_of(run, f"{SUITE}.api.accepts").seen
    assert_healthy(skipping, dict.fromkeys(closed, "the target says that api is not open to the monitor"))


def test_outside_the_vpc__only_what_aws_tells_is_judged(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's address leads nowhere from there."""
    assert_healthy(run_outside(sandbox, monkeypatch, SUITE), dict.fromkeys(every(*ASKING), "only from inside the VPC"))
