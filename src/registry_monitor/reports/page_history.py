"""What was known before a run: how long which suite was up, which incidents there were, and since when. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from registry_monitor.incident import IncidentState
from registry_monitor.run import Run
from registry_monitor.state.history_documents import OVERALL, HistoryDocument, PastIncident, Times
from registry_monitor.state.uptime import LONGEST_HOLD, WINDOWS, times_of, total

_CELLS = {"24h": 48, "7d": 56, "30d": 30}  # half hours, three hours, days: of the clock, as spans are
CELL_WIDTH = 10

type _Piece = tuple[datetime, dict[str, Times]]  # when it began, and how long each suite was what


class CellState(StrEnum):
    """A time in one word. ``PARTLY``: less than half of what is known of it was down."""

    UP = "up"
    PARTLY = "partly down"
    DOWN = "down"
    PLANNED = "planned"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class StripCell:
    """One piece of a strip. ``x``: its left edge, in units of the drawing."""

    x: int
    began_at: datetime
    state: CellState
    down_s: float


@dataclass(frozen=True)
class Strip:
    """How a suite was over one window. ``uptime_pct``: null without data."""

    window: str
    uptime_pct: float | None
    cells: tuple[StripCell, ...]


@dataclass(frozen=True)
class SuiteHistory:
    """One suite over all windows; ``overall`` is one too."""

    suite: str
    strips: tuple[Strip, ...]


def suite_histories(history: HistoryDocument, now: datetime) -> tuple[SuiteHistory, ...]:
    """The strips of each suite that the history knows, the whole platform first."""
    pieces = {window: tuple(_pieces(history, now, window)) for window in WINDOWS}
    names = {name for cells in pieces.values() for _, times in cells for name in times}
    ordered = sorted(names, key=lambda name: (name != OVERALL, name))
    return tuple(
        SuiteHistory(name, tuple(_strip(name, window, cells, history) for window, cells in pieces.items()))
        for name in ordered
    )


def _strip(suite: str, window: str, pieces: tuple[_Piece, ...], history: HistoryDocument) -> Strip:
    known = history.uptime.get(window, {}).get(suite)
    cells = tuple(_cell(place, begin, times.get(suite, Times())) for place, (begin, times) in enumerate(pieces))
    return Strip(window, known.uptime_pct if known else None, cells)


def _cell(place: int, began_at: datetime, times: Times) -> StripCell:
    if times.down_s:
        state = CellState.DOWN if times.down_s >= times.up_s else CellState.PARTLY
    elif times.planned_s:
        state = CellState.PLANNED
    else:
        state = CellState.UP if times.up_s else CellState.NOT_KNOWN
    return StripCell(place * CELL_WIDTH, began_at, state, times.down_s)


def _pieces(history: HistoryDocument, now: datetime, window: str) -> Iterator[_Piece]:
    """The last piece has begun, and ends now."""
    step = WINDOWS[window] / _CELLS[window]
    last = datetime.fromtimestamp(now.timestamp() // step.total_seconds() * step.total_seconds(), UTC)
    for place in range(_CELLS[window]):
        begin = last - step * (_CELLS[window] - 1 - place)
        yield begin, _times_between(history, begin, min(begin + step, now))


def _times_between(history: HistoryDocument, begin: datetime, end: datetime) -> dict[str, Times]:
    """From samples where there are any; of a span so much as its share that lies in the time."""
    since = max(begin, history.rolled_until or begin)
    near = tuple(each for each in history.samples if since - LONGEST_HOLD <= each.at < end)
    parts = [times_of(near, since, end)] if since < end else []
    for span in (*history.quarters, *history.hours):
        ends_at = span.began_at + timedelta(seconds=span.seconds)
        within_s = (min(ends_at, end) - max(span.began_at, begin)).total_seconds()
        if within_s > 0:
            parts.append({name: _share(times, within_s / span.seconds) for name, times in span.suites.items()})
    names = {name for part in parts for name in part}
    return {name: total(part[name] for part in parts if name in part) for name in names}


def _share(times: Times, share: float) -> Times:
    return Times(up_s=times.up_s * share, down_s=times.down_s * share, planned_s=times.planned_s * share)


def open_incidents(history: HistoryDocument) -> tuple[PastIncident, ...]:
    """Those of the platform that go on."""
    return tuple(each for each in history.incidents if each.state is IncidentState.OPEN and not each.is_monitors_own)


def told_incidents(history: HistoryDocument) -> tuple[PastIncident, ...]:
    """Those that stand for themselves, the newest first: one that was another's all along is told there."""
    return tuple(each for each in history.incidents if each.state is not IncidentState.MERGED)


def failing_since(run: Run, history: HistoryDocument | None) -> datetime | None:
    """When the oldest open incident of the platform was first seen; null where nothing is known or nothing fails."""
    began = [each.first_seen for each in open_incidents(history)] if history and run.symptoms else []
    return min(began, default=None)


def known_since(history: HistoryDocument | None) -> dict[tuple[str, str], datetime]:
    """Key of a cause → when its open incident was first seen."""
    incidents = history.incidents if history else ()
    return {(each.kind, each.resource): each.first_seen for each in incidents if each.state is IncidentState.OPEN}
