"""How much room is left: the worst value against its limit, and what is not known."""

import pytest

from registry_monitor.inventory.facts import Cache, Known, MetricQuery
from registry_monitor.model import Status, SuiteName
from registry_monitor.suites.headroom import headroom_checks
from registry_monitor.target import Service
from tests.unit.suites.known_facts import KnownFacts, context_of, packaged, run_checks

GIB = 1024**3
CACHE = Cache(
    id="cache", status="available", host="cache.test", port=6379, has_tls=True, has_auth_token=True,
    member_clusters=("cache-001", "cache-002"),
)  # fmt: skip


class Metrics(KnownFacts):
    """CloudWatch: values by resource and metric, and null where it has none."""

    def __init__(self, values: dict[tuple[str, str], float], cache: Cache | None = CACHE) -> None:
        super().__init__(cache=cache)
        self.values = values

    def metric_extremes(self, queries: tuple[MetricQuery, ...], _: float) -> object:
        found = {query.id: self.values.get((query.dimensions[-1][1], query.metric)) for query in queries}
        return Known(value=found, source="cloudwatch:GetMetricData")


def judged(metrics: Metrics, **changes: object) -> dict[str, tuple[Status, str]]:
    context = context_of(packaged(**changes), facts=metrics)
    results = run_checks(headroom_checks(context, SuiteName.INFRASTRUCTURE_HEALTH))
    return {name.split(".headroom.")[1]: (result.status, result.seen) for name, result in results.items()}


DATABASE = "hokusai-mlflow-development"


@pytest.mark.parametrize(
    ("resource", "metric", "value", "check", "expected"),
    [
        ("hokusai-api-development", "MemoryUtilization", 90.0, "api.memory", (Status.PASS, "was 90 % at worst")),
        ("hokusai-api-development", "MemoryUtilization", 90.6, "api.memory", (Status.FAIL, "was 91 % at worst")),
        (DATABASE, "FreeStorageSpace", 1.0 * GIB, "database.storage", (Status.PASS, "was 1.0 GB at worst")),
        (DATABASE, "FreeStorageSpace", 0.2 * GIB, "database.storage", (Status.FAIL, "was 0.2 GB at worst")),
        (DATABASE, "FreeStorageSpace", 0.0, "database.storage", (Status.FAIL, "was 0.0 GB at worst")),
        (DATABASE, "DatabaseConnections", 70.0, "database.connections", (Status.PASS, "was 70 at worst")),
        (DATABASE, "DatabaseConnections", 71.0, "database.connections", (Status.FAIL, "was 71 at worst")),
        ("cache-002", "DatabaseMemoryUsagePercentage", 95.0, "redis.memory", (Status.FAIL, "was 95 % at worst")),
    ],
)
def test_room__is_judged_by_the_worst_value(
    resource: str, metric: str, value: float, check: str, expected: tuple[Status, str]
) -> None:
    """At the limit it is right, beyond it is not; storage is a floor, all else a ceiling."""
    values = {(cluster, "DatabaseMemoryUsagePercentage"): 20.0 for cluster in CACHE.member_clusters}
    assert judged(Metrics(values | {(resource, metric): value}))[check] == expected


def test_room__without_data_is_skipped_not_passed() -> None:
    """Nothing is known, so nothing is claimed; what is known of another resource stays."""
    seen = judged(Metrics({("hokusai-api-development", "MemoryUtilization"): 10.0}))
    assert seen.pop("api.memory") == (Status.PASS, "was 10 % at worst")
    assert set(seen.values()) == {(Status.SKIPPED, "is not known to CloudWatch")}


def test_memory_of_each_service__is_its_own_however_many_there_are() -> None:
    """The twelfth service's memory is not the second one's."""
    services = tuple(Service(role=f"s{number}", name=f"service-{number}", container_port=80) for number in range(12))
    values = {(f"service-{number}", "MemoryUtilization"): 10.0 + number for number in range(12)}
    seen = judged(Metrics(values), services=services)
    assert [seen[f"s{number}.memory"][1] for number in range(12)] == [
        f"was {10 + number} % at worst" for number in range(12)
    ]


@pytest.mark.parametrize(
    ("cache", "expected", "told"),
    [
        (None, Status.SKIPPED, "there is no replication group hokusai-redis-development"),
        (
            CACHE.model_copy(update={"member_clusters": ()}),
            Status.UNKNOWN,
            "told no cluster of replication group hokusai-redis-development",
        ),
    ],
    ids=["no group", "no cluster"],
)
def test_redis__without_clusters_cannot_be_asked_for(cache: Cache | None, expected: Status, told: str) -> None:
    """That the group is missing is told by its own check; without the clusters' names CloudWatch cannot be asked."""
    status, seen = judged(Metrics({}, cache=cache))["redis.memory"]
    assert status is expected
    assert told in seen
