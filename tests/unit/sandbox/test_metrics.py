"""CloudWatch has healthy data points of the last quarter of an hour, and shows an edit of them."""

import datetime as dt
from itertools import pairwise

import pytest

from tests.sandbox.aws.metrics import Metrics
from tests.sandbox.platforms import DATABASE
from tests.sandbox.sandbox import Sandbox

GIB = 2**30
SERVICE = (("ClusterName", "hokusai-development"), ("ServiceName", "hokusai-mlflow-development"))
INSTANCE = (("DBInstanceIdentifier", DATABASE),)
CACHE = (("CacheClusterId", "hokusai-redis-development-001"),)
Dimensions = tuple[tuple[str, str], ...]


def values(sandbox: Sandbox, namespace: str, name: str, dimensions: Dimensions, statistic: str) -> list[float]:
    """Return a metric's values of the last 15 minutes, one for each five."""
    now = dt.datetime.now(dt.UTC)
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
    }
    answer = sandbox.world.cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "asked", "MetricStat": {"Metric": metric, "Period": 300, "Stat": statistic}}],
        StartTime=now - dt.timedelta(minutes=15),
        EndTime=now,
    )
    found: list[float] = answer["MetricDataResults"][0]["Values"]
    return found


@pytest.mark.parametrize("statistic", ["Average", "Maximum", "Minimum"])
@pytest.mark.parametrize(
    ("namespace", "name", "dimensions", "value"),
    [
        ("AWS/ECS", "MemoryUtilization", SERVICE, 35.0),
        ("AWS/ECS", "CPUUtilization", SERVICE, 35.0),
        ("AWS/RDS", "FreeStorageSpace", INSTANCE, 12.0 * GIB),
        ("AWS/RDS", "DatabaseConnections", INSTANCE, 8.0),
        ("AWS/RDS", "CPUUtilization", INSTANCE, 12.0),
        ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", CACHE, 20.0),
    ],
)
def test_metric__healthy(
    sandbox: Sandbox, statistic: str, namespace: str, name: str, dimensions: Dimensions, value: float
) -> None:
    """Each metric is there under AWS's names, with every statistic, for the whole quarter of an hour."""
    sandbox.settle()
    found = values(sandbox, namespace, name, dimensions, statistic)
    assert len(found) >= 3
    assert set(found) == {value}


def test_metric__edited(sandbox: Sandbox) -> None:
    """An edited metric shows nothing of its old value, goes on so, and heals without a trace; others are untouched."""
    world = sandbox.world
    world.set_metric("FreeStorageSpace", DATABASE, 0.0)
    try:
        sandbox.settle()
        for statistic in ("Average", "Maximum", "Minimum"):
            assert set(values(sandbox, "AWS/RDS", "FreeStorageSpace", INSTANCE, statistic)) == {0.0}
        assert set(values(sandbox, "AWS/RDS", "DatabaseConnections", INSTANCE, "Maximum")) == {8.0}
    finally:
        world.set_metric("FreeStorageSpace", DATABASE, 12.0 * GIB)
    assert set(values(sandbox, "AWS/RDS", "FreeStorageSpace", INSTANCE, "Minimum")) == {12.0 * GIB}


def test_metric__unknown(sandbox: Sandbox) -> None:
    """A metric that nobody reports cannot be edited."""
    with pytest.raises(KeyError):
        sandbox.world.set_metric("FreeStorageSpace", "fake-database", 0.0)


def test_metrics__a_point_each_minute(sandbox: Sandbox) -> None:
    """A new report tells of each whole minute since the one before, and of the last 15 minutes at most."""
    put: list[dt.datetime] = []
    metrics = Metrics(sandbox.world)
    metrics._put = lambda values, times: put.extend(times)  # type: ignore[method-assign]
    metrics.report()
    assert len(put) == 15
    assert {later - earlier for earlier, later in pairwise(put)} == {dt.timedelta(minutes=1)}
    metrics.report()
    assert len(put) == 15
    metrics._reported -= dt.timedelta(hours=2)
    metrics.report()
    assert len(put) == 30
