"""Answers of CloudWatch."""

from collections.abc import Callable, Iterable, Mapping
from statistics import fmean
from typing import Any

from registry_monitor.inventory.facts import MetricQuery

_EXTREMES: dict[str, Callable[[list[float]], float]] = {"Maximum": max, "Minimum": min, "Average": fmean}
_READ = ("Complete", "PartialData")  # partial: the rest is on the next page


def metric_extremes(pages: Iterable[Mapping[str, Any]], queries: Iterable[MetricQuery]) -> dict[str, float | None]:
    """GetMetricData, all pages: for each query's id, its extreme over the window, or null where there is no data.

    A metric that CloudWatch could not read, or tells nothing of, raises ValueError.
    """
    values: dict[str, list[float]] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            if result.get("StatusCode", "Complete") not in _READ:
                raise ValueError(f"metric {result['Id']}: {result['StatusCode']}")
            values.setdefault(result["Id"], []).extend(result["Values"])
    return {query.id: _extreme(query, values) for query in queries}


def _extreme(query: MetricQuery, values: Mapping[str, list[float]]) -> float | None:
    if query.id not in values:
        raise ValueError(f"metric {query.id} is not in the answer")
    seen = values[query.id]
    return _EXTREMES[query.statistic](seen) if seen else None
