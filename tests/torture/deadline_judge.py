"""Judges a run that met hanging servers, and the one after it in the same environment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry_monitor.model import Result, Status
from registry_monitor.run import Run
from tests.artifact.emulator import Emulator, Json
from tests.torture.canaries import leaks
from tests.torture.hanging import Stage
from tests.torture.outcome import Outcome
from tests.torture.reports_bucket import ReportsBucket

_KILLED = "timed out after"
_DOCUMENTS = 7
_CALL_OF_AWS = re.compile(r"[a-z0-9]+:[A-Z]\w+$")
_CAUSES = frozenset({"monitor-out-of-time"})
# What is true of a platform all of whose hosts hang. Where packets are dropped to each of them alike, the monitor holds
# its own way out for closed, as a suspicion; but not where one connection came into a server's queue and hangs there.
# Where a host says 200 without an end, it says so also to a key of nobody.
_CAUSES_AT: Mapping[Stage, frozenset[str]] = {
    "connect": frozenset({"monitor-egress-missing", "service-unreachable"}),
    "handshake": frozenset({"service-unreachable"}),
    "headers": frozenset({"service-unreachable"}),
    "a body byte a second": frozenset({"service-unreachable"}),  # its answers never end: out for its users
    "endless body": frozenset({"auth-fails-open"}),
}
_SILENT_API = "monitor-api-unreachable"
_UNFINISHED = ("did not end within", "the run's time was over", "the time for this check was over")


@dataclass(frozen=True)
class Told:
    """What came of an invocation: its answer, or how it failed; and its lines of metrics."""

    answer: Json | None
    error: str | None
    metrics: tuple[Json, ...]

    @property
    def run_id(self) -> str | None:
        """The run that it made, by its metrics: they come also where nothing else does."""
        return str(self.metrics[0]["run_id"]) if self.metrics else None


def judged(
    first: Told,
    second: Told,
    *,
    objects_after_first: Mapping[str, str],
    bucket: ReportsBucket,
    emulator: Emulator,
    healthy_results: int,
    stragglers: Sequence[str],
    hosts_hang_at: Stage | None,
    hanging_apis: frozenset[str],
    canaries: Sequence[str],
) -> Outcome:
    """Whether the first told in its time and truly, and the second as if there had been no first."""
    s3_hangs = "s3" in hanging_apis
    problems = list(_own_problems(first, s3_hangs=s3_hangs))
    run = bucket.run(first.run_id or "")
    lost = [] if s3_hangs else list(_lost(first, objects_after_first))
    untrue = list(_untrue(run, hosts_hang_at, hanging_apis)) if run else []
    after = bucket.run(second.run_id or "")
    problems += _after_problems(second, after, healthy_results)
    problems += [f"after its end, the first run asked {request}" for request in stragglers]
    outputs = bucket.texts() | {"log": emulator.output, "errors": f"{first.error} {second.error}"}
    return Outcome(
        survived=not problems,
        right=not untrue,
        lost=tuple(lost),
        leaked=leaks(outputs, canaries),
        told="; ".join([*problems, *untrue, _in_short(first, run)]),
        figures={"peak_memory_bytes": float(emulator.peak_memory_bytes)},
    )


def _own_problems(first: Told, *, s3_hangs: bool) -> Sequence[str]:
    found = []
    if len(first.metrics) != 1:
        found.append(f"{len(first.metrics)} lines of metrics; expected one")
    if first.error and _KILLED in first.error:
        found.append("killed by Lambda")
    elif first.error and not s3_hangs:
        found.append(f"failed: {first.error[:300]}")
    elif s3_hangs and not first.error:
        found.append("did not fail, although its report could not be written")
    return found


def _lost(first: Told, objects: Mapping[str, str]) -> Sequence[str]:
    if first.answer is None:
        return ["the answer with the report's place"]
    folder = str(first.answer["report"]).split("/", 3)[3].rpartition("/")[0]
    there = [key for key in objects if key.startswith(f"{folder}/")]
    is_kept = folder.endswith(str(first.run_id))  # a healthy light run leaves its status alone
    if is_kept and len(there) < _DOCUMENTS:
        return [f"{_DOCUMENTS - len(there)} of {_DOCUMENTS} documents in {folder}"]
    return [] if any(key.endswith("/status.json") for key in objects) else ["status.json"]


def _untrue(run: Run, hosts_hang_at: Stage | None, hanging_apis: frozenset[str]) -> Sequence[str]:
    """Which results and causes say of the platform what is not so, and which do not say what was waited for."""
    found = []
    for result in run.results:
        is_wrong = result.status in (Status.FAIL, Status.FLAKY) or _is_slow_in_words_alone(result)
        if is_wrong and not (hosts_hang_at and _asks_a_host(result)):
            found.append(f"{result.check_id} is {result.status}: {result.seen}")
        if result.status is Status.UNKNOWN and not result.seen:
            found.append(f"{result.check_id} is UNKNOWN and does not say why")
        is_unfinished = any(words in result.seen for words in _UNFINISHED)
        if result.status is not Status.UNKNOWN and is_unfinished and result.status is not Status.FAIL:
            found.append(f"{result.check_id} did not end and is {result.status}")
    there = _CAUSES | (_CAUSES_AT.get(hosts_hang_at, frozenset()) if hosts_hang_at else frozenset())
    found += [
        f"a cause that is not there: {each.kind} {each.resource}"
        for each in run.causes
        if each.kind not in there and not (each.kind == _SILENT_API and each.resource in hanging_apis)
    ]
    return found


def _is_slow_in_words_alone(result: Result) -> bool:
    """Whether SLOW is not what was measured: on two cores that several runs share, an answer may truly take so long."""
    measured_ms, budget_ms = result.latency_ms, result.budget_ms
    return result.status is Status.SLOW and (measured_ms is None or budget_ms is None or measured_ms <= budget_ms)


def _asks_a_host(result: Result) -> bool:
    return not all(_CALL_OF_AWS.match(asked) for asked in result.asked)


def _after_problems(second: Told, run: Run | None, healthy_results: int) -> Sequence[str]:
    if second.answer is None or run is None:
        return [f"the next invocation failed: {(second.error or 'no report')[:300]}"]
    found = []
    if second.answer["status"] != "HEALTHY":
        wrong = [f"{each.check_id} {each.status}: {each.seen}" for each in run.results if not each.status.is_passed]
        found.append(f"the next invocation is {second.answer['status']}: {'; '.join(wrong[:5])}")
    if len(run.results) != healthy_results:
        found.append(f"the next invocation has {len(run.results)} results; expected {healthy_results}")
    if [each["run_id"] for each in second.metrics] != [run.run_id]:
        found.append("the next invocation's metrics are not one line of its own")
    return found


def _in_short(first: Told, run: Run | None) -> str:
    if run is None:
        return f"failed by itself, its metrics are out: {(first.error or '')[:120]}"
    causes = ", ".join(f"{each.kind} {each.resource}" for each in run.causes) or "no cause"
    counts = {status: len(run.of_status(status)) for status in Status}
    return f"{run.verdict}: {', '.join(f'{count} {status}' for status, count in counts.items() if count)}; {causes}"
