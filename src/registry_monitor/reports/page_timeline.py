"""When each check of a run was asked, how long it took and which check it had waited for, suite by suite. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from registry_monitor.model import Result, Score, Status, SuiteName
from registry_monitor.reports.summary import suite_status
from registry_monitor.run import Run

SCALE = 1000  # the run's duration in units of the drawing
_NARROWEST = 3  # units: what took no time is still seen
_TICKS = 5
_MOST_ROWS = 150  # of a suite; its table in the test report has all
_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.BLOCKED)


@dataclass(frozen=True)
class Bar:
    """One check in the drawing. ``left``, ``width``: in units of it, null where the check was never asked.

    ``after``: the prerequisite that ended last, ``wait_left`` and ``wait_width``: from its end to this one's start.
    """

    result: Result
    left: int | None
    width: int
    after: str | None
    wait_left: int
    wait_width: int


@dataclass(frozen=True)
class Lane:
    """One suite. ``left_out``: checks that passed, of more than a page shows."""

    suite: SuiteName
    status: Status
    score: Score
    checks_ms: float
    bars: tuple[Bar, ...]
    left_out: int

    @property
    def worst_last(self) -> tuple[Bar, ...]:
        """Its bars in the order in which to draw them over one another."""
        return tuple(sorted(self.bars, key=lambda bar: -_weight(bar.result)))


@dataclass(frozen=True)
class Timeline:
    """The run as a waterfall. ``ticks_s``: the labels of its axis, evenly spaced from its start to its end."""

    lanes: tuple[Lane, ...]
    ticks_s: tuple[float, ...]


def timeline(run: Run) -> Timeline:
    """The waterfall of a run."""
    last_ms = max((_end_ms(result) for result in run.results), default=0.0)
    whole_ms = max(last_ms, 1.0)
    results = {result.check_id: result for result in run.results}
    return Timeline(
        lanes=tuple(_lane(run, suite, score, results, whole_ms) for suite, score in run.suite_scores.items()),
        ticks_s=tuple(whole_ms / 1000 * tick / (_TICKS - 1) for tick in range(_TICKS)),
    )


def _lane(run: Run, suite: SuiteName, score: Score, results: Mapping[str, Result], whole_ms: float) -> Lane:
    own = [result for result in run.results if result.suite is suite]
    shown = own
    if len(own) > _MOST_ROWS:  # what went wrong is never left out for what went right
        first = sorted(own, key=_weight)[:_MOST_ROWS]
        kept = {result.check_id for result in first}
        shown = [result for result in own if result.check_id in kept]
    return Lane(
        suite=suite,
        status=suite_status(score),
        score=score,
        checks_ms=sum(result.duration_ms for result in own),
        bars=tuple(_bar(result, results, whole_ms) for result in shown),
        left_out=len(own) - len(shown),
    )


def _bar(result: Result, results: Mapping[str, Result], whole_ms: float) -> Bar:
    waited = [results[check] for check in result.waited_for if check in results]
    last = max(waited, key=_end_ms, default=None)
    after = last.check_id if last else None
    if result.started_ms is None:
        return Bar(result, None, 0, result.blocked_by or after, 0, 0)
    unit = SCALE / whole_ms
    left = min(round(result.started_ms * unit), SCALE - _NARROWEST)
    width = min(max(round(result.duration_ms * unit), _NARROWEST), SCALE - left)
    wait_left = min(round(_end_ms(last) * unit), left) if last else left
    return Bar(result, left, width, after, wait_left, left - wait_left)


def _end_ms(result: Result) -> float:
    return 0.0 if result.started_ms is None else result.started_ms + result.duration_ms


def _weight(result: Result) -> int:
    return _WORST_FIRST.index(result.status) if result.status in _WORST_FIRST else len(_WORST_FIRST)
