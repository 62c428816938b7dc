"""One run, from the invocation to the Run: collect, ask, judge. The handler and the terminal both call it."""

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from registry_monitor import __version__
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.diagnosis import diagnose
from registry_monitor.flows import CONFIRMING_S, confirmed, flows_to_confirm
from registry_monitor.inventory.aws import calls_made
from registry_monitor.inventory.baseline import BaselineReading
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import Invocation
from registry_monitor.keyring import Keyring
from registry_monitor.model import Check, Depth, Document, Observation, Result, Score, Status
from registry_monitor.redaction import Redactor
from registry_monitor.run import Cost, Run, Trigger, WatchedTarget, find_symptoms, judge
from registry_monitor.runner import Bounds, Runner
from registry_monitor.standing import StandingVerdict, light_checks
from registry_monitor.suites import SUITES
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Target

CLEANUP_RESERVE_S = 8.0
DEPTH_RESERVE_S = 3.0  # of the run's time, for what is read of AWS when a check has failed at the very end
# One light run may page: so it asks four times, the last when a moment's trouble is over. It has the time. Where one
# request in a hundred fails, each of them by itself, six checks then fail together once in 30 years.
CONFIRM_AFTER_S = {Depth.LIGHT: (0.5, 4.0, 6.0), Depth.FULL: (0.5,)}
FLOW_REPEATS = 3  # where one request in a hundred fails, a flow of eight writes fails four times once in 24,000 runs
_DEPTH_S = 12.0  # as long as an API that hangs is waited for, with its second try


@dataclass(frozen=True)
class Surroundings:
    """What a run is given from outside.

    ``time_s``: how long it may take; ``fetch_keys``, ``only_key``: see Keyring; ``reports_bucket``: where the last
    good run is kept, with which this one is compared; ``memory_mb``: of the function, null elsewhere; ``standing``: the
    last full verdict, whose failures a light run asks again; ``note``: why that is not known, where it should be.
    """

    time_s: float
    is_inside_vpc: bool
    fetch_keys: Callable[[bool], Mapping[str, str]]
    redactor: Redactor
    only_key: str | None = None
    reports_bucket: str | None = None
    standing: StandingVerdict | None = None
    note: str | None = None
    memory_mb: int | None = None
    on_plan: Callable[[tuple[Check, ...]], None] = lambda checks: None
    on_result: Callable[[Result], None] = lambda result: None


def new_run_id(now: datetime) -> str:
    """Sortable by time, unique, and fit for an S3 key and a header: ``20260730T091503Z-1f2e3d4c``."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def list_checks(
    invocation: Invocation, context: SuiteContext, standing: StandingVerdict | None = None
) -> tuple[Check, ...]:
    """The checks of an invocation: its suites, to its depth; of a light run also what failed in the last full one."""
    listed = [check for suite in invocation.suites for check in SUITES[suite](context)]
    return light_checks(listed, standing) if invocation.depth is Depth.LIGHT else tuple(listed)


def monitor(invocation: Invocation, target: Target, surroundings: Surroundings) -> Run:
    """Make one run. Never raises for what it meets: whatever cannot be found out is UNKNOWN in the Run."""
    began, calls_before = time.monotonic(), calls_made()
    started_at = datetime.now(UTC)
    connect_to(target.connect_to)
    inventory = InventoryReader(target)
    inventory.start()
    context = suite_context(new_run_id(started_at), target, inventory, surroundings)
    checks = list_checks(invocation, context, surroundings.standing)
    surroundings.on_plan(checks)
    ends_at = began + surroundings.time_s
    bounds = Bounds(
        deadline=ends_at - min(DEPTH_RESERVE_S, surroundings.time_s / 10),
        cleanup_reserve_s=min(CLEANUP_RESERVE_S, surroundings.time_s / 4),
        concurrency=target.limits.concurrency,
        concurrency_per_host=target.limits.concurrency_per_host,
        confirm_after_s=CONFIRM_AFTER_S[invocation.depth],
    )
    baseline = BaselineReading(target, surroundings.reports_bucket)
    depth = _Depth(target, inventory, baseline, surroundings.on_result)
    if invocation.depth is Depth.FULL:
        depth.begin()  # it also tells what is wrong and not felt yet
    runner = Runner(context.run_id, bounds, surroundings.redactor, depth.on_result)
    results = _with_flows_confirmed(runner.run(checks), context, bounds, surroundings.redactor)
    context.http.close()
    depth.read(ends_at)
    verdict, score = judge(results, target.thresholds)
    facts = _without_keys(inventory.snapshot(), surroundings.redactor)
    run = Run(
        run_id=context.run_id,
        monitor_version=__version__,
        target=_without_keys(WatchedTarget.of(target), surroundings.redactor),
        trigger=Trigger(
            reason=surroundings.redactor.text(invocation.reason),
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
        observations=(*_noted(surroundings.note), *(each for result in results for each in result.observations)),
        inventory=facts,
        cost=Cost(
            requests=context.budget.made,
            memory_mb=surroundings.memory_mb,
            aws_calls=dict(sorted((calls_made() - calls_before).items())),
        ),
        baseline=baseline.compared_with(facts, timeout_s=max(0.0, ends_at - time.monotonic())),
    )
    return _diagnosed(run)


def _with_flows_confirmed(
    results: tuple[Result, ...], context: SuiteContext, bounds: Bounds, redactor: Redactor
) -> tuple[Result, ...]:
    """The results, after each flow that failed was made again while there was time, until it went well."""
    for number in range(2, 2 + FLOW_REPEATS):
        again = replace(context, run_id=f"{context.run_id}-{number}")
        for suite in flows_to_confirm(results):
            if time.monotonic() + CONFIRMING_S < bounds.deadline:
                after_ms = max((each.started_ms or 0.0) + each.duration_ms for each in results)
                results = confirmed(results, Runner(again.run_id, bounds, redactor).run(SUITES[suite](again)), after_ms)
    return results


def _without_keys[D: Document](document: D, redactor: Redactor) -> D:
    """What AWS tells, and what people have written into the target file, may hold a key."""
    return type(document).model_validate(redactor.value(document.model_dump(mode="json")))


def _noted(note: str | None) -> tuple[Observation, ...]:
    return (Observation(subject="The last full verdict", told=note),) if note else ()


class _Depth:
    """Reads in depth from when a full run begins, or a check fails: so it is there when the last one ends."""

    def __init__(
        self,
        target: Target,
        inventory: InventoryReader,
        baseline: BaselineReading,
        on_result: Callable[[Result], None],
    ) -> None:
        self._target = target
        self._inventory = inventory
        self._baseline = baseline
        self._on_result = on_result
        self._has_begun = False

    def begin(self, services: Collection[str] = ()) -> None:
        """Begin, or add the log tails of these services."""
        self._has_begun = True
        self._inventory.begin_depth(services)
        self._baseline.begin()

    def on_result(self, result: Result) -> None:
        """Look at a result, and pass it on."""
        if result.status is Status.FAIL:
            asked = [call.callee for call in self._target.calls if call.caller == result.service]
            self.begin([*asked, *([result.service] if result.service else [])])
        self._on_result(result)

    def read(self, ends_at: float) -> None:
        """Wait for what was begun."""
        if self._has_begun:
            self._inventory.depth(max(0.0, min(_DEPTH_S, ends_at - time.monotonic())))


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
    budget = RequestBudget(target.limits.requests_per_host, target.limits.megabytes_per_host)
    return SuiteContext(
        run_id=run_id,
        target=target,
        inventory=inventory,
        http=HttpClient(keyring, budget, target.keys.form_of),
        keyring=keyring,
        budget=budget,
        is_inside_vpc=surroundings.is_inside_vpc,
    )
