"""The monitor as a user starts it: a process of its own, with the sandbox's environment."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from registry_monitor import check_list
from registry_monitor import monitor as monitoring
from registry_monitor.clients import http, mlflow_transport
from registry_monitor.inventory import aws, once
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.invocation import parse_event
from registry_monitor.model import Check, Depth, Result, Status
from registry_monitor.monitor import CONFIRM_AFTER_S, Surroundings, monitor
from registry_monitor.redaction import Redactor
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from registry_monitor.suites import ecs_services
from registry_monitor.target import load_target
from tests.diagnosis.history import forget_history
from tests.sandbox.alb.front_end import LoggedRequest
from tests.sandbox.sandbox import Sandbox
from tests.system.deployed_function import forget_reports

_CONSISTENT_AFTER_S = 0.05  # instead of 1: moto has at once what was written
_FREEZES_FROM_MS = 4000.0  # instead of 1000: a busy machine is slow, and no platform in trouble
_CONNECT_TIMEOUT_S = 2.0  # instead of 5: on loopback a port that does not answer at once never does


@dataclass(frozen=True)
class Ended:
    """A run from the terminal, as a pipeline sees it."""

    exit_code: int
    run: Run
    stderr: str

    def ids(self, *statuses: Status) -> set[str]:
        """Ids of the checks of these statuses."""
        return {result.check_id for result in self.run.of_status(*statuses)}

    def result(self, check_id: str) -> Result:
        """One check's result."""
        return next(result for result in self.run.results if result.check_id == check_id)


def command(sandbox: Sandbox, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m registry_monitor`` with the sandbox's environment."""
    environment = {**os.environ, **sandbox.environment, **variables}
    return subprocess.run(
        [sys.executable, "-m", "registry_monitor", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def run_monitor(sandbox: Sandbox, *arguments: str, **variables: str) -> Ended:
    """Make one run, and read the document that it prints."""
    ended = command(sandbox, "run", "--json", *arguments, **variables)
    assert ended.stdout.startswith("{"), ended.stderr
    return Ended(ended.returncode, Run.model_validate_json(ended.stdout), ended.stderr)


def requests_since(sandbox: Sandbox, before: int) -> list[LoggedRequest]:
    """What the load balancers have logged; they log a request just after its answer has gone out."""
    time.sleep(0.1)
    return sandbox.request_log[before:]


@contextmanager
def broken(sandbox: Sandbox, scenario: str) -> Iterator[Sandbox]:
    """Break the platform for a while, as if nothing had been before: no cached keys, stopped tasks or old revisions."""
    forget_history(sandbox)
    sandbox.break_(scenario)
    try:
        yield sandbox
    finally:
        sandbox.mend(scenario)


def monitor_here(
    sandbox: Sandbox,
    patch: pytest.MonkeyPatch,
    event: object = None,
    time_s: float = 60.0,
    *,
    on_plan: Callable[[tuple[Check, ...]], None] = lambda checks: None,
    flow_repeats: int = 0,
    standing: StandingVerdict | None = None,
    reports_bucket: str | None = None,
) -> Run:
    """Make one run in this process: its imports are paid once, so many runs are quick."""
    for name, value in sandbox.environment.items():
        patch.setenv(name, value)
    patch.setattr(ecs_services, "_SETTLES_S", 0)  # the sandbox's tasks are registered at once
    patch.setitem(CONFIRM_AFTER_S, Depth.LIGHT, (0.5,))  # no trouble here is over by itself
    patch.setattr(monitoring, "FLOW_REPEATS", flow_repeats)
    patch.setattr(check_list, "_FREEZES_FROM_MS", _FREEZES_FROM_MS)
    patch.setattr(once, "CONSISTENT_AFTER_S", _CONSISTENT_AFTER_S)
    for module in (http, mlflow_transport):
        patch.setattr(module, "CONNECT_TIMEOUT_S", _CONNECT_TIMEOUT_S)
    aws.forget_clients()
    target = load_target(str(sandbox.target_path))
    surroundings = Surroundings(
        time_s=sandbox.world.monitor_time_s or time_s,
        is_inside_vpc=True,
        fetch_keys=lambda force: read_keys(target, force_fetch=force),
        redactor=Redactor(),
        standing=standing,
        on_plan=on_plan,
        reports_bucket=reports_bucket,
    )
    return monitor(parse_event(event), target, surroundings)


@pytest.fixture
def deployed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox with an empty reports bucket, and this process as the function's environment."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(CONFIRM_AFTER_S, Depth.LIGHT, (0.5,))  # no trouble here is over by itself
    monkeypatch.setattr(once, "CONSISTENT_AFTER_S", _CONSISTENT_AFTER_S)
    aws.forget_clients()
    forget_reports(sandbox)
    yield sandbox
    aws.forget_clients()
