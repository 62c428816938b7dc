"""How much room is left, where CloudWatch knows: over the last 15 minutes, in full runs alone."""

from collections.abc import Callable
from dataclasses import dataclass

from registry_monitor.inventory.facts import MetricQuery, known
from registry_monitor.model import Attempt, CannotTellError, Check, NotAskedError, Outcome, Status, SuiteName
from registry_monitor.suites.context import SuiteContext

_BYTES_PER_GB = 1024**3
_METRICS = ("cloudwatch:GetMetricData",)


@dataclass(frozen=True)
class _Room:
    """Metrics whose ids begin with ``metric``, their limit, and how a value is told.

    ``is_floor``: less than the limit is wrong, not more.
    """

    id: str
    subject: str
    metric: str
    limit: float
    told: Callable[[float], str]
    is_floor: bool = False
    service: str | None = None


def headroom_checks(context: SuiteContext, suite: SuiteName) -> list[Check]:
    """Task memory of each service, storage and connections of the database, memory of Redis."""
    rooms = {**_services(context), **_database(context)}
    queries = tuple(rooms.values())
    listed = [_check(context, suite, room, lambda attempt: queries) for room in rooms]
    redis = context.target.redis
    if redis is not None:
        group = redis.replication_group

        def queries_of_redis(attempt: Attempt) -> tuple[MetricQuery, ...]:
            cache = known(context.inventory.cache(group, attempt.remaining_s))
            if cache is None:
                raise NotAskedError(f"there is no replication group {group}")
            if not cache.member_clusters:
                raise CannotTellError(f"AWS told no cluster of replication group {group}")
            return tuple(
                _query(
                    f"redis{number}", "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", ("CacheClusterId", cluster)
                )
                for number, cluster in enumerate(cache.member_clusters)
            )

        limit_pct = context.target.headroom.redis_memory_pct
        room = _Room("redis.memory", f"The memory of Redis {group}", "redis", limit_pct, _percent)
        listed.append(_check(context, suite, room, queries_of_redis))
    return listed


def _services(context: SuiteContext) -> dict[_Room, MetricQuery]:
    target = context.target
    cluster = ("ClusterName", target.cluster)
    return {
        _Room(
            id=f"{service.role}.memory",
            subject=f"The memory of the tasks of {service.name}",
            metric=f"memory{number:03}",
            limit=target.headroom.task_memory_pct,
            told=_percent,
            service=service.role,
        ): _query(f"memory{number:03}", "AWS/ECS", "MemoryUtilization", cluster, ("ServiceName", service.name))
        for number, service in enumerate(target.services)
    }


def _database(context: SuiteContext) -> dict[_Room, MetricQuery]:
    database, limits = context.target.database, context.target.headroom
    if database is None:
        return {}
    instance = ("DBInstanceIdentifier", database.instance)
    storage = _Room(
        id="database.storage",
        subject=f"The free storage of {database.instance}",
        metric="storage",
        limit=limits.database_free_storage_gb * _BYTES_PER_GB,
        told=_gigabytes,
        is_floor=True,
    )
    connections = _Room(
        id="database.connections",
        subject=f"The connections to {database.instance}",
        metric="connections",
        limit=limits.database_connections,
        told=_count,
    )
    return {
        storage: _query("storage", "AWS/RDS", "FreeStorageSpace", instance, statistic="Minimum"),
        connections: _query("connections", "AWS/RDS", "DatabaseConnections", instance),
    }


def _query(name: str, namespace: str, metric: str, *where: tuple[str, str], statistic: str = "Maximum") -> MetricQuery:
    return MetricQuery.model_validate(
        {"id": name, "namespace": namespace, "metric": metric, "dimensions": where, "statistic": statistic}
    )


def _percent(value: float) -> str:
    return f"{value:.0f} %"


def _gigabytes(value: float) -> str:
    return f"{value / _BYTES_PER_GB:.1f} GB"


def _count(value: float) -> str:
    return f"{value:.0f}"


def _check(
    context: SuiteContext, suite: SuiteName, room: _Room, queries_of: Callable[[Attempt], tuple[MetricQuery, ...]]
) -> Check:
    def run(attempt: Attempt) -> Outcome:
        queries = queries_of(attempt)
        extremes = known(context.inventory.metric_extremes(queries, attempt.remaining_s))
        values = [value for name, value in extremes.items() if name.startswith(room.metric) and value is not None]
        return judge_room(room, values)

    name = f"{suite}.headroom.{room.id}"
    return Check(name, suite, room.subject, run, service=room.service, requests=_METRICS)


def judge_room(room: _Room, values: list[float]) -> Outcome:
    """The worst value against the limit; without data it is SKIPPED: nothing is known, and nothing was asked."""
    bound = "at least" if room.is_floor else "at most"
    expected = f"{bound} {room.told(room.limit)} over the last 15 minutes"
    if not values:
        return Outcome(status=Status.SKIPPED, expected=expected, seen="is not known to CloudWatch")
    worst = min(values) if room.is_floor else max(values)
    is_right = worst >= room.limit if room.is_floor else worst <= room.limit
    return Outcome.judge(is_right, expected=expected, seen=f"was {room.told(worst)} at worst")
