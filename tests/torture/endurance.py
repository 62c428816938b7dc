"""Endurance: 900 light and 100 full runs in one warm environment, with faults, and nothing of it grows.

The built artifact under Lambda's emulator. Of its process are read after each run: resident memory, threads, sockets
and file descriptors. One fault run, since an environment cannot be taken up again where it was left.

Before the first run that counts, each fault comes once: the C library keeps most of what the largest run took, and a
fault that came late for the first time would look like growth.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from tests.artifact.emulator import ARTIFACT, Emulator, FunctionError
from tests.sandbox.sandbox import Sandbox
from tests.template.stack import literal_variables, resource
from tests.torture.canaries import leaks
from tests.torture.hanging import STAGES, HangingServer
from tests.torture.outcome import Attempt, Outcome
from tests.torture.reports_bucket import CREDENTIALS, ReportsBucket
from tests.torture.station import FULL, LIGHT, PUBLISHED, Event

SIDE_BY_SIDE = 1
_TIME_SCALE, _PAUSE_SCALE = 0.1, 0.02
_SEED = 7
_FULL_EACH = 10  # runs
_WHOLE_EACH = 40  # runs: the hourly suite too
_FAULT_EACH = 40  # runs; it lasts for one
_SCENARIOS = ("MLF-01", "AUT-02", "NET-01", "ALB-22", "TLS-01", "DNS-01")
_FAULTS = (*_SCENARIOS, *STAGES)
_MEMORY_GROWTH = 1.05
_TOLD_EACH = 50


@dataclass(frozen=True)
class Plan:
    """How many runs; flat is measured from run ``settled`` on: the first ``sample`` of them against the last ones."""

    runs: int
    settled: int
    sample: int
    has_faults: bool = True
    has_full: bool = True


_PLANS = {
    "900 light and 100 full runs in one environment, with faults": Plan(1000, settled=100, sample=100),
    "20 light runs in one environment": Plan(20, settled=6, sample=7, has_faults=False, has_full=False),
}


@dataclass
class _Seen:
    """What came of the runs so far."""

    usage: list[dict[str, int]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)


def fault_runs() -> Sequence[str]:
    """The long one last."""
    return list(reversed(_PLANS))


@contextmanager
def ready() -> Iterator[Attempt]:
    """One sandbox."""
    with Sandbox("head", time_scale=_TIME_SCALE, pause_scale=_PAUSE_SCALE) as sandbox:
        yield attempts_on(sandbox)


def attempts_on(sandbox: Sandbox) -> Attempt:
    """Make fault runs on this sandbox, which is healthy between its faults."""
    return lambda name: _endure(sandbox, _PLANS[name])


def _endure(sandbox: Sandbox, plan: Plan) -> Outcome:
    seen = _Seen()
    with ExitStack() as stack:
        bucket = ReportsBucket.new(sandbox)
        stack.callback(bucket.delete)
        target = sandbox.target_path.with_name(f"{bucket.name}.yaml")
        own = {"MONITOR_TARGET": str(target), "MONITOR_REPORTS_BUCKET": bucket.name}
        variables = literal_variables() | sandbox.environment | CREDENTIALS | own
        declared = resource("MonitorFunction")
        emulator = stack.enter_context(
            Emulator(ARTIFACT, variables, declared["Timeout"], declared["MemorySize"], declared["Handler"])
        )
        for number, (event, fault) in enumerate(_runs_of(plan), 1):
            with _broken(sandbox, target, fault) if fault else _healthy(sandbox, target):
                _make(emulator, seen, number, event, is_healthy=not fault)
            if number % _TOLD_EACH == 0:
                print(f"endurance: run {number}: {seen.usage[-1]}", file=sys.stderr)
                _forget_reports(bucket)
        outputs = bucket.texts() | {"log": emulator.output}
        lines = len(emulator.metrics)
    return _judged(plan, seen, lines, leaks(outputs, sandbox.world.secrets.monitor_keys.values()))


def _runs_of(plan: Plan) -> Iterator[tuple[Event, str | None]]:
    """The event of each run, and the fault that it meets: those that do not count first."""
    if plan.has_faults:
        yield from ((PUBLISHED, fault) for fault in _FAULTS)
    chance = random.Random(_SEED)
    for number in range(1, plan.runs + 1):
        is_faulty = plan.has_faults and number % _FAULT_EACH == _FAULT_EACH // 2
        yield _event_of(number, plan), chance.choice(_FAULTS) if is_faulty else None


def _event_of(number: int, plan: Plan) -> Event:
    if not plan.has_full or number % _FULL_EACH:
        return LIGHT
    return FULL if number % _WHOLE_EACH == 0 else PUBLISHED


def _make(emulator: Emulator, seen: _Seen, number: int, event: Event, *, is_healthy: bool) -> None:
    try:
        answer: Mapping[str, Any] = emulator.invoke(dict(event))
    except FunctionError as error:
        seen.failed.append(f"run {number}: {str(error)[:200]}")
        return
    seen.usage.append(_usage(emulator))
    verdict = str(answer["status"])
    seen.verdicts[verdict] = seen.verdicts.get(verdict, 0) + 1
    if is_healthy and verdict == "FAILING":
        causes = [f"{each['kind']} {each['resource']}" for each in answer["causes"]]
        seen.untrue.append(f"run {number} of a healthy platform: {causes or answer['unexplained']}")


@contextmanager
def _healthy(sandbox: Sandbox, target: Path) -> Iterator[None]:
    target.write_text(sandbox.target_path.read_text(encoding="utf-8"), encoding="utf-8")
    yield


@contextmanager
def _broken(sandbox: Sandbox, target: Path, fault: str) -> Iterator[None]:
    """Break the platform, or let all its hosts hang at some stage."""
    if fault in _SCENARIOS:
        sandbox.break_(fault)
        try:
            with _healthy(sandbox, target):
                yield
        finally:
            sandbox.mend(fault)
        return
    with HangingServer(next(stage for stage in STAGES if stage == fault)) as server:
        document = yaml.safe_load(sandbox.target_path.read_text(encoding="utf-8"))
        document["connect_to"] = dict.fromkeys(document["connect_to"], server.address)
        target.write_text(yaml.safe_dump(document), encoding="utf-8")
        yield


def _usage(emulator: Emulator) -> dict[str, int]:
    """What the function's process holds (proc(5))."""
    process = Path(f"/proc/{emulator.runtime_pid()}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text(encoding="ascii").splitlines())
    links = [_link(path) for path in (process / "fd").iterdir()]
    return {
        "memory_kb": int(status["VmRSS"].split()[0]),
        "threads": int(status["Threads"]),
        "descriptors": len(links),
        "sockets": sum(link.startswith("socket:") for link in links),
    }


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def _forget_reports(bucket: ReportsBucket) -> None:
    """Else they would fill the memory of the sandbox, which holds its S3 in it."""
    for key in bucket.names():
        if "/runs/" in key:
            bucket.s3.delete_object(Bucket=bucket.name, Key=key)


def _judged(plan: Plan, seen: _Seen, lines: int, leaked: tuple[str, ...]) -> Outcome:
    wanted = sum(1 for _ in _runs_of(plan))
    counted = seen.usage[-plan.runs :]
    first = counted[plan.settled : plan.settled + plan.sample]
    last = counted[-plan.sample :]
    figures, grown = {"runs": float(len(counted))}, []
    for name in counted[0]:
        before, after = median(each[name] for each in first), median(each[name] for each in last)
        figures |= {f"{name}_first": float(before), f"{name}_last": float(after)}
        if after > before * (_MEMORY_GROWTH if name == "memory_kb" else 1.0):
            grown.append(f"{name} grew from {before:g} to {after:g}")
    return Outcome(
        survived=not seen.failed and len(seen.usage) == wanted,
        right=not seen.untrue,
        lost=(f"{wanted - lines} lines of metrics",) if lines != wanted else (),
        left=tuple(grown),
        leaked=leaked,
        told="; ".join([*seen.failed[:5], *seen.untrue[:5], str(seen.verdicts)]),
        figures=figures,
    )
