"""Extremes of the last quarter of an hour, as moto's CloudWatch answers for them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from registry_monitor.inventory.facts import MetricQuery, known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import Account, target_of

TIME_S = 10.0
DIMENSIONS = (("ClusterName", "registry"), ("ServiceName", "registry-auth"))


def put(account: Account, metric: str, values: dict[int, float]) -> None:
    """Put values of a metric, by their age in minutes."""
    now = datetime.now(UTC)
    dimensions = [{"Name": name, "Value": value} for name, value in DIMENSIONS]
    data = [
        {"MetricName": metric, "Dimensions": dimensions, "Value": value, "Timestamp": now - timedelta(minutes=age)}
        for age, value in values.items()
    ]
    account.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)


def query(metric: str, statistic: str = "Maximum") -> MetricQuery:
    """A query whose id is the metric's name and statistic."""
    fields = {"id": f"{metric}_{statistic}".lower(), "namespace": "Test", "metric": metric, "statistic": statistic}
    return MetricQuery.model_validate({**fields, "dimensions": DIMENSIONS})


def test_metric_extremes__of_the_last_15_minutes(account: Account, calls_made: Counter[str]) -> None:
    """Each query has its own extreme, of the window alone; what has no data is null; all take one call."""
    put(account, "Memory", {2: 10.0, 6: 40.0, 10: 20.0, 40: 99.0})
    put(account, "Space", {3: 7.0, 9: 3.0, 40: 1.0})
    queries = (query("Memory"), query("Space", "Minimum"), query("Nothing"), query("Space", "Average"))
    told = known(InventoryReader(target_of("auth")).metric_extremes(queries, TIME_S))
    assert told == {"memory_maximum": 40.0, "space_minimum": 3.0, "nothing_maximum": None, "space_average": 5.0}
    assert calls_made["cloudwatch:GetMetricData"] == 1


def test_metric_extremes__of_no_queries(account: Account, calls_made: Counter[str]) -> None:
    """Nothing is asked for nothing."""
    assert known(InventoryReader(target_of("auth")).metric_extremes((), TIME_S)) == {}
    assert not calls_made


def test_snapshot__metrics_of_several_calls(account: Account) -> None:
    """The snapshot tells each metric by its name, whatever call it was asked in and whatever its id there."""
    put(account, "Load", {2: 1.0})
    reader = InventoryReader(target_of("auth"))
    again = query("Load").model_copy(update={"id": "other", "statistic": "Minimum"})
    reader.metric_extremes((query("Load"),), TIME_S)
    reader.metric_extremes((again, query("Nothing")), TIME_S)
    where = "(ClusterName=registry, ServiceName=registry-auth)"
    assert {name: known(fact) for name, fact in reader.snapshot().metrics.items()} == {
        f"Test Load {where} Maximum of 60 s": 1.0,
        f"Test Load {where} Minimum of 60 s": 1.0,
        f"Test Nothing {where} Maximum of 60 s": None,
    }
