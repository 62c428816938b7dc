"""One run, from the invocation to the Run: collect, ask, judge. The handler and the terminal both call it."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from registry_monitor import __version__
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.diagnosis import diagnose
from registry_monitor.inventory.facts import Inventory
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import Invocation
from registry_monitor.keyring import Keyring
from registry_monitor.model import Check, Depth, Observation, Result, Score
from registry_monitor.redaction import Redactor
from registry_monitor.run import Run, Trigger, WatchedTarget, find_symptoms, judge
from registry_monitor.runner import Bounds, Runner
from registry_monitor.suites import SUITES
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Target

CLEANUP_RESERVE_S = 8.0


@dataclass(frozen=True)
class Surroundings:
    """What a run is given from outside. ``time_s``: how long it may take; ``fetch_keys``, ``only_key``: see Keyring."""

    time_s: float
    is_inside_vpc: bool
    fetch_keys: Callable[[bool], Mapping[str, str]]
    redactor: Redactor
    only_key: str | None = None
    on_plan: Callable[[tuple[Check, ...]], None] = lambda checks: None
    on_result: Callable[[Result], None] = lambda result: None


def new_run_id(now: datetime) -> str:
    """Sortable by time, unique, and fit for an S3 key and a header: ``20260730T091503Z-1f2e3d4c``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def list_checks(invocation: Invocation, context: SuiteContext) -> tuple[Check, ...]:
    """The checks of an invocation: its suites, to its depth."""
    listed = [check for suite in invocation.suites for check in SUITES[suite](context)]
    if invocation.depth is Depth.LIGHT:
        listed = [check for check in listed if check.depth is Depth.LIGHT]
    return tuple(listed)


def monitor(invocation: Invocation, target: Target, surroundings: Surroundings) -> Run:
    """Make one run. Never raises for what it meets: whatever cannot be found out is UNKNOWN in the Run."""
    began = time.monotonic()
    started_at = datetime.now(UTC)
    connect_to(target.connect_to)
    inventory = InventoryReader(target)
    inventory.start()
    context = suite_context(new_run_id(started_at), target, inventory, surroundings)
    checks = list_checks(invocation, context)
    surroundings.on_plan(checks)
    bounds = Bounds(
        deadline=began + surroundings.time_s,
        cleanup_reserve_s=min(CLEANUP_RESERVE_S, surroundings.time_s / 4),
        concurrency=target.limits.concurrency,
        concurrency_per_host=target.limits.concurrency_per_host,
    )
    runner = Runner(context.run_id, bounds, surroundings.redactor, surroundings.on_result)
    results = runner.run(checks)
    context.http.close()
    verdict, score = judge(results, target.thresholds)
    run = Run(
        run_id=context.run_id,
        monitor_version=__version__,
        target=WatchedTarget.of(target),
        trigger=Trigger(
            reason=invocation.reason,
            depth=invocation.depth,
            suites=invocation.suites,
            is_complete=invocation.is_complete,
        ),
        vantage="inside the VPC" if surroundings.is_inside_vpc else "outside the VPC",
        started_at=started_at,
        duration_ms=round((time.monotonic() - began) * 1000, 1),
        key_fingerprints=context.keyring.fingerprints(),
        verdict=verdict,
        score=score,
        suite_scores={
            suite: Score.of(result for result in results if result.suite is suite) for suite in invocation.suites
        },
        symptoms=find_symptoms(results),
        results=results,
        leftovers=tuple(leftover for result in results for leftover in result.leftovers),
        observations=tuple(observation for result in results for observation in result.observations),
        inventory=Inventory.model_validate(surroundings.redactor.value(inventory.snapshot().model_dump(mode="json"))),
    )
    return _diagnosed(run)


def _diagnosed(run: Run) -> Run:
    """The run with its findings. A defect of the diagnosis loses nothing of the run, and is told in it."""
    try:
        return run.diagnosed(diagnose(run))
    except Exception as error:  # noqa: BLE001 - what was seen must reach its readers, whatever is made of it
        told = f"could not be made, by a defect of the monitor: {type(error).__name__}: {error}"
        observed = Observation(subject="The diagnosis", told=told)
        return run.model_copy(update={"observations": (*run.observations, observed)})


def suite_context(run_id: str, target: Target, inventory: InventoryReader, surroundings: Surroundings) -> SuiteContext:
    """The collaborators of one run."""
    keyring = Keyring(surroundings.fetch_keys, surroundings.redactor, surroundings.only_key)
    budget = RequestBudget(target.limits.requests_per_host)
    return SuiteContext(
        run_id=run_id,
        target=target,
        inventory=inventory,
        http=HttpClient(keyring, budget),
        keyring=keyring,
        budget=budget,
        is_inside_vpc=surroundings.is_inside_vpc,
    )
