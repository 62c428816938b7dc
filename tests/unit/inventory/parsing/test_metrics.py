"""Answers of CloudWatch become one figure a metric."""

from typing import Any

import pytest

from registry_monitor.inventory.facts import MetricQuery
from registry_monitor.inventory.parsing.metrics import metric_extremes


def query(identity: str, statistic: Any = "Maximum") -> MetricQuery:
    """A query of any metric."""
    return MetricQuery(id=identity, namespace="n", metric="m", dimensions=(), statistic=statistic)


def result(identity: str, *values: float, status: str = "Complete") -> dict[str, Any]:
    """One result of GetMetricData."""
    return {"Id": identity, "Values": list(values), "StatusCode": status}


@pytest.mark.parametrize(("statistic", "extreme"), [("Maximum", 30.0), ("Minimum", 5.0), ("Average", 15.0)])
def test_metric_extremes__by_the_statistic(statistic: str, extreme: float) -> None:
    """The extreme over the window is that of the statistic: the highest maximum, the lowest minimum, the mean."""
    pages = [
        {"MetricDataResults": [result("a", 10, status="PartialData")]},
        {"MetricDataResults": [result("a", 30, 5)]},
    ]
    assert metric_extremes(pages, [query("a", statistic)]) == {"a": extreme}


def test_metric_extremes__without_data() -> None:
    """No data is null, never zero; zero is zero."""
    pages = [{"MetricDataResults": [result("a"), result("b", 0.0)]}]
    assert metric_extremes(pages, [query("a"), query("b")]) == {"a": None, "b": 0.0}


@pytest.mark.parametrize(
    ("results", "told"),
    [([result("a", status="Forbidden")], "metric a: Forbidden"), ([], "metric a is not in the answer")],
)
def test_metric_extremes__not_told(results: list[dict[str, Any]], told: str) -> None:
    """What CloudWatch could not read, or tells nothing of, is not "no data"."""
    with pytest.raises(ValueError, match=told):
        metric_extremes([{"MetricDataResults": results}], [query("a")])
