"""A catalogue of what can go wrong on the ways to MLflow, and which checks of mlflow_routing see it."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.catalogue import Fault, assert_healthy, judge_fault, run_outside, statuses, target_edited
from tests.system.conftest import monitor_here
from tests.system.world_edits import REGISTRY_BALANCER, closed_to_monitor, forwarded, scenario

SUITE = "mlflow_routing"
EVENT = {"suites": [SUITE], "depth": "full"}


def ids(*names: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in names}


PROXY = ids("proxy.tracking", "proxy.registry", "proxy.metrics", "proxy.artifacts")
DIRECT = ids("direct.tracking", "direct.registry", "direct.metrics", "direct.artifacts")
TRAPS = ids("proxied-ajax.refused", "unproxied-api.refused", "bare-host.refused")
SAME, HOST_CHECK = ids("proxy.same-as-direct"), ids("host-check")
ARTIFACTS = ids("proxy.artifacts", "direct.artifacts")

CATALOGUE = [
    Fault(
        "a page of a maintenance that is over",
        scenario("ALB-11"),
        PROXY | DIRECT | TRAPS | SAME,
        HOST_CHECK,
        whole=True,
    ),
    Fault("a key that was revoked", scenario("AUT-08"), PROXY | DIRECT | TRAPS | SAME | HOST_CHECK, whole=True),
    Fault(
        "a rule before the proxy's that leads to MLflow",
        scenario("ALB-05"),
        PROXY | SAME | ids("proxied-ajax.refused", "bare-host.refused"),
        DIRECT | HOST_CHECK | ids("unproxied-api.refused"),
        whole=True,
    ),
    Fault(
        "a direct route that leads to the API",
        forwarded(REGISTRY_BALANCER, 50, "api", "mlflow"),
        DIRECT | SAME | ids("unproxied-api.refused"),
        PROXY | HOST_CHECK | ids("proxied-ajax.refused", "bare-host.refused"),
        whole=True,
    ),
    Fault(
        "a proxy whose target group is empty",
        scenario("ALB-07"),
        PROXY | SAME | ids("proxied-ajax.refused"),
        DIRECT | HOST_CHECK | ids("unproxied-api.refused", "bare-host.refused"),
        whole=True,
    ),
    Fault(
        "a database that is stopped: of MLflow's own dependencies one",
        scenario("MLF-01"),
        (PROXY | DIRECT | SAME) - ARTIFACTS,
        ARTIFACTS | TRAPS | HOST_CHECK,
        whole=True,
    ),
    Fault(
        "a bucket that MLflow may not read: the other one",
        scenario("MLF-07"),
        ARTIFACTS,
        (PROXY | DIRECT) - ARTIFACTS | TRAPS | SAME | HOST_CHECK,
        whole=True,
    ),
    Fault(
        "a bucket that is gone",
        scenario("MLF-08"),
        ARTIFACTS,
        (PROXY | DIRECT) - ARTIFACTS | TRAPS | SAME | HOST_CHECK,
        whole=True,
    ),
    Fault(
        "an API that serves no artifacts",
        scenario("MLF-10"),
        ids("proxy.artifacts"),
        DIRECT | SAME | ids("proxy.tracking"),
        whole=True,
    ),
    Fault(
        "an API that MLflow does not take for one of its hosts",
        scenario("MLF-14"),
        PROXY | SAME,
        DIRECT | ids("unproxied-api.refused") | HOST_CHECK,
    ),
]


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_healthy_platform__passes_every_check(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every prefix that works, and every one that should not."""
    assert_healthy(monitor_here(sandbox_of(platform), monkeypatch, EVENT), {})


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_fault__is_seen_where_it_is(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """The checks of the row fail, and those that have nothing to do with it pass."""
    judge_fault(sandbox, monkeypatch, fault, SUITE)


def test_catalogue__turns_every_check_red(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that nothing can turn red does not count."""
    listed = statuses(monitor_here(sandbox, monkeypatch, EVENT)).keys()
    assert listed == set().union(*(fault.fails for fault in CATALOGUE))


def test_host_check__is_unknown_or_skipped_where_mlflows_port_cannot_be_reached(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks MLflow's own port; all else goes through the load balancer."""
    check = f"{SUITE}.host-check"
    with closed_to_monitor("tasks", 5000)(sandbox):
        run = monitor_here(sandbox, monkeypatch, EVENT)
        with target_edited(sandbox, closed_to_monitor="[mlflow]"):
            skipping = monitor_here(sandbox, monkeypatch, EVENT)
    assert {each.check_id for each in run.of_status(Status.UNKNOWN)} == {check}
    assert run.of_status(Status.FAIL, Status.BLOCKED) == ()
    assert_healthy(skipping, {check: "the target says that mlflow is not open to the monitor"})
    assert_healthy(run_outside(sandbox, monkeypatch, SUITE), {check: "only from inside the VPC"})
