"""What CloudWatch knows of the last quarter of an hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

from registry_monitor.inventory.facts import MetricQuery
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import metrics as parsing

GET_METRIC_DATA = "cloudwatch:GetMetricData"
WINDOW = timedelta(minutes=15)  # as far apart as full runs are


def read_metric_extremes(client: Any, queries: tuple[MetricQuery, ...]) -> dict[str, float | None]:
    """Each query's extreme over the window, by its id; null where CloudWatch has no data. One call takes 500."""
    if not queries:
        return {}
    until = datetime.now(UTC)
    pages = pages_of(
        client,
        "get_metric_data",
        MetricDataQueries=[_asked(query) for query in queries],
        StartTime=until - WINDOW,
        EndTime=until,
    )
    return parsing.metric_extremes(pages, queries)


def _asked(query: MetricQuery) -> dict[str, Any]:
    return {
        "Id": query.id,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
            },
            "Period": query.period_s,
            "Stat": query.statistic,
        },
    }
