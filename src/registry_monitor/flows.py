"""Flows are confirmed as a whole: one that failed is made again from its start, with objects of other names.

Its writes are never repeated, and each stage rests on what the one before has made: the runner can confirm none of them
alone. A flow that failed by silence is not made again: who waited so long has asked long enough. Pure.
"""

from collections.abc import Mapping, Sequence

from registry_monitor.model import FLOWS, Depth, Result, Status, SuiteName

CONFIRMING_S = 30.0  # what must be left of the run's time, for another flow and its clean-up
_SILENCE_S = 5.0  # an answer that took longer was waited for


def flows_to_confirm(results: Sequence[Result]) -> tuple[SuiteName, ...]:
    """The flows that failed, and are to be made again; none against a rate limit."""
    return tuple(suite for suite in SuiteName if suite in FLOWS and _is_to_confirm(_of(suite, results)))


def confirmed(first: Sequence[Result], second: Sequence[Result], after_ms: float) -> tuple[Result, ...]:
    """What a flow and another one after it say together, in the place of the first.

    Where all that failed at first is right in the second, and nothing else fails, it is FLAKY; else the first stands:
    what could not be found out proves nothing. What either left behind is told.
    ``after_ms``: milliseconds from the start of the run to that of the second flow.
    """
    by_id = {result.check_id: result for result in second}
    failed = [by_id[result.check_id] for result in first if _is_failed(result) and result.check_id in by_id]
    is_well = all(result.status.is_passed for result in failed) and not any(map(_is_failed, second))
    return tuple(_together(each, by_id.get(each.check_id), after_ms, is_well=is_well) for each in first)


def _together(first: Result, second: Result | None, after_ms: float, *, is_well: bool) -> Result:
    if second is None:
        return first
    both: Mapping[str, object] = {"leftovers": (*first.leftovers, *second.leftovers)}
    if not is_well:
        return first.model_copy(update=both)
    started_ms = None if second.started_ms is None else second.started_ms + after_ms
    told: dict[str, object] = {**both, "started_ms": started_ms, "attempts": (*first.attempts, *second.attempts)}
    if _is_failed(first):
        told |= {"status": Status.FLAKY, "seen": f"{second.seen} in another flow; in the first it {first.seen}"}
    return second.model_copy(update=told)


def _is_to_confirm(flow: Sequence[Result]) -> bool:
    failed = [result for result in flow if _is_failed(result)]
    is_whole = any(result.depth is Depth.FULL for result in flow)
    return is_whole and bool(failed) and not any(each.is_final or _was_silent(each) for each in failed)


def _is_failed(result: Result) -> bool:
    return result.status is Status.FAIL


def _was_silent(result: Result) -> bool:
    return any(attempt.duration_ms > _SILENCE_S * 1000 for attempt in result.attempts)


def _of(suite: SuiteName, results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.suite is suite]
