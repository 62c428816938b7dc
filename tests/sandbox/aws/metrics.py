"""What CloudWatch shows of a healthy platform: the load of tasks, database and cache, a data point each minute.

Namespaces, metrics, dimensions and units: the CloudWatch pages of the ECS, RDS and ElastiCache user guides.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.world import World

_GIB = 2**30
_HISTORY = dt.timedelta(minutes=15)
_INTERVAL = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Metric:
    """One metric of one resource; ``dimensions`` are pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str

    def datum(self, at: dt.datetime, value: float) -> dict[str, Any]:
        """Return one data point, as put_metric_data takes it."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        shown = {"MetricName": self.name, "Dimensions": dimensions, "Unit": self.unit}
        return shown | {"Timestamp": at, "Value": value}


class Metrics:
    """The current value of each metric; ``report`` tells CloudWatch, as the services do by themselves."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._values = _healthy(world)
        self._reported = dt.datetime.now(dt.UTC) - _HISTORY

    def report(self) -> None:
        """Put a data point for each minute since the last one, at most for the last 15 minutes."""
        now = dt.datetime.now(dt.UTC)
        at = max(self._reported, now - _HISTORY)
        times = []
        while (at := at + _INTERVAL) <= now:
            times.append(at)
        if times:
            self._reported = times[-1]
            self._put(self._values, times)

    def set(self, name: str, resource: str, value: float) -> None:
        """Let a metric have had ``value`` for the last 15 minutes, and from now on.

        ``resource`` is a service, the database or the cache cluster.

        Raises:
            KeyError: there is no such metric.

        """
        known = {(metric.name, metric.dimensions[-1][1]): metric for metric in self._values}
        metric = known[name, resource]
        self._values[metric] = value
        cloudwatch = self._world.control_plane.backend("cloudwatch")
        cloudwatch.metric_data = [datum for datum in cloudwatch.metric_data if not _is_of(metric, datum)]
        times = [self._reported - index * _INTERVAL for index in range(_HISTORY // _INTERVAL)]
        self._put({metric: value}, times)

    def _put(self, values: dict[Metric, float], times: list[dt.datetime]) -> None:
        for namespace, metrics in groupby(values, key=lambda metric: metric.namespace):
            data = [metric.datum(at, values[metric]) for metric in metrics for at in times]
            self._world.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def _healthy(world: "World") -> dict[Metric, float]:
    values: dict[Metric, float] = {}
    for service in world.platform.services:
        dimensions = (("ClusterName", world.account.cluster), ("ServiceName", service.name))
        values[Metric("AWS/ECS", "MemoryUtilization", dimensions, "Percent")] = 35.0
        values[Metric("AWS/ECS", "CPUUtilization", dimensions, "Percent")] = 35.0
    if name := world.account.database:
        database = (("DBInstanceIdentifier", name),)
        values[Metric("AWS/RDS", "FreeStorageSpace", database, "Bytes")] = 12.0 * _GIB
        values[Metric("AWS/RDS", "DatabaseConnections", database, "Count")] = 8.0
        values[Metric("AWS/RDS", "CPUUtilization", database, "Percent")] = 12.0
    if name := world.account.redis:
        groups = world.elasticache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        cache = (("CacheClusterId", groups[0]["MemberClusters"][0]),)
        values[Metric("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", cache, "Percent")] = 20.0
    return values


def _is_of(metric: Metric, datum: Any) -> bool:
    dimensions = tuple((dimension.name, dimension.value) for dimension in datum.dimensions)
    return (datum.namespace, datum.name, dimensions) == (metric.namespace, metric.name, metric.dimensions)
