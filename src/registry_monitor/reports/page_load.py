"""What a performance run measured: how long things took under load, as a distribution, and what was got through. Pure.

A run makes one wave, so it has one number of registrations at once: there is no curve of throughput to draw.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry_monitor.model import Result, SuiteName
from registry_monitor.run import Run

SCALE = 600  # units of a drawing
_PERCENTILES = ("p50_ms", "p95_ms", "p99_ms")
_WHOLE = "registration"
_TIME, _THROUGHPUT = (f"{SuiteName.PERFORMANCE}.{name}" for name in ("registration-time", "throughput"))
_HEALTH = f"{SuiteName.PERFORMANCE}.health."


@dataclass(frozen=True)
class Distribution:
    """How long one thing took: 50, 95 and 99 of 100 times at most so long. ``budget_ms``: null where it has none."""

    name: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    budget_ms: float | None

    @property
    def highest_ms(self) -> float:
        """What its drawing has to reach."""
        return max(self.p99_ms, self.budget_ms or 0.0)


@dataclass(frozen=True)
class LoadPlot:
    """Distributions on one axis, which ends at ``top_ms``."""

    title: str
    rows: tuple[Distribution, ...]

    @property
    def top_ms(self) -> float:
        """The end of the axis."""
        return max(row.highest_ms for row in self.rows)

    def x(self, value_ms: float) -> int:
        """Where a value stands in the drawing."""
        return round(SCALE * value_ms / self.top_ms) if self.top_ms else 0


@dataclass(frozen=True)
class LoadFigures:
    """The performance suite of a run. ``throughput``: as one sentence; null where it was not measured."""

    plots: tuple[LoadPlot, ...]
    throughput: str | None


def load_figures(run: Run) -> LoadFigures | None:
    """What a run measured under load; null where it measured nothing."""
    results = {result.check_id: result for result in run.results if result.suite is SuiteName.PERFORMANCE}
    stages = tuple(_stages(results[_TIME])) if _TIME in results else ()
    health = tuple(_health(results))
    plots = (LoadPlot("Registering, stage by stage", stages), LoadPlot("Health endpoints afterwards", health))
    if not stages and not health:
        return None
    throughput = results.get(_THROUGHPUT)
    is_measured = throughput is not None and "per_minute" in throughput.evidence
    return LoadFigures(
        plots=tuple(plot for plot in plots if plot.rows),
        throughput=throughput.sentence if throughput is not None and is_measured else None,
    )


def _stages(result: Result) -> Iterator[Distribution]:
    for name, figures in result.evidence.items():
        if isinstance(figures, Mapping):
            made = _distribution(name, figures, result.budget_ms if name == _WHOLE else None)
            yield from (made,) if made else ()


def _health(results: Mapping[str, Result]) -> Iterator[Distribution]:
    for check_id, result in results.items():
        if check_id.startswith(_HEALTH):
            made = _distribution(check_id.removeprefix(_HEALTH), result.evidence, result.budget_ms)
            yield from (made,) if made else ()


def _distribution(name: str, figures: Mapping[str, object], budget_ms: float | None) -> Distribution | None:
    known = [figures.get(percentile) for percentile in _PERCENTILES]
    p50_ms, p95_ms, p99_ms = (float(each) if isinstance(each, int | float) else None for each in known)
    if p50_ms is None or p95_ms is None or p99_ms is None:
        return None
    return Distribution(name, p50_ms, p95_ms, p99_ms, budget_ms)
