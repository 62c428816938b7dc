"""How long checks took, against their budgets and against what is usual. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from registry_monitor.model import Result
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.latencies import Usual, usual_latencies

_MOST_ROWS = 20  # outside the appendix
_MUCH_SLOWER = 1.5  # times the 95th percentile; it is right to 7 %, and one check in twenty is above it in any case


@dataclass(frozen=True)
class Row:
    """One check. ``share_pct``: of its budget, null where it has none; ``usual``: null where that is not known."""

    result: Result
    share_pct: float | None
    usual: Usual | None

    @property
    def is_much_slower(self) -> bool:
        """Whether it took much longer than it usually does."""
        took_ms = self.result.latency_ms
        return self.usual is not None and took_ms is not None and took_ms > _MUCH_SLOWER * self.usual.p95_ms


@dataclass(frozen=True)
class LatencyTable:
    """The worst by their budgets, of so many; and those of all that were much slower than usual.

    ``has_usual``: whether that is known of any; null where there is no history to know it from.
    """

    rows: tuple[Row, ...]
    measured: int
    has_usual: bool | None
    slower: tuple[Row, ...]


def latency_table(run: Run, history: HistoryDocument | None) -> LatencyTable:
    """The table of a run. ``history``: null where nothing is known of earlier ones."""
    usual = usual_latencies(history.latencies) if history else {}
    rows = sorted(_rows(run, usual), key=lambda row: -1.0 if row.share_pct is None else row.share_pct, reverse=True)
    return LatencyTable(
        rows=tuple(rows[:_MOST_ROWS]),
        measured=len(rows),
        has_usual=any(row.usual for row in rows) if history else None,
        slower=tuple(row for row in rows if row.is_much_slower),
    )


def _rows(run: Run, usual: Mapping[str, Usual]) -> list[Row]:
    return [
        Row(
            result=result,
            share_pct=100 * result.latency_ms / result.budget_ms if result.budget_ms else None,
            usual=usual.get(result.check_id),
        )
        for result in run.results
        if result.latency_ms is not None
    ]
