"""Every fact that is read when first asked for, as data: how it is asked for, and what AWS answers in trouble."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry_monitor.inventory.facts import Fact, MetricQuery
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import json_error, s3_error, xml_error

TIME_S = 10.0  # far more than moto needs
QUERY = MetricQuery(
    id="memory",
    namespace="AWS/ECS",
    metric="MemoryUtilization",
    dimensions=(("ClusterName", "registry"), ("ServiceName", "registry-auth")),
    statistic="Maximum",
)
DEFINITION = "any:1"
REGISTRY = "arn:aws:servicediscovery:eu-west-3:123456789012:service/srv-any"


@dataclass(frozen=True)
class OnDemand:
    """One API call of a fact. ``nothing``: the answer of AWS that has no content at all."""

    call: str  # as IAM names it
    service: str
    operation: str
    ask: Callable[[InventoryReader], Fact[Any]]
    error: Callable[[str], str]
    throttle: str
    nothing: str

    def __str__(self) -> str:
        return self.call


def _xml(operation: str) -> str:
    return f"<{operation}Response><{operation}Result/></{operation}Response>"


def _json(service: str, operation: str, ask: Callable[[InventoryReader], Fact[Any]]) -> OnDemand:
    return OnDemand(f"{service}:{operation}", service, operation, ask, json_error, "ThrottlingException", "{}")


def _query(iam: str, service: str, operation: str, ask: Callable[[InventoryReader], Fact[Any]]) -> OnDemand:
    return OnDemand(f"{iam}:{operation}", service, operation, ask, xml_error, "Throttling", _xml(operation))


ON_DEMAND = (
    _json("ecs", "ListTasks", lambda reader: reader.tasks("registry-auth", TIME_S)),
    _json("ecs", "DescribeTasks", lambda reader: reader.tasks("registry-auth", TIME_S)),
    _json("ecs", "DescribeTaskDefinition", lambda reader: reader.task_definition(DEFINITION, TIME_S)),
    _query(
        "elasticloadbalancing", "elbv2", "DescribeListeners", lambda reader: reader.listeners("registry-alb", TIME_S)
    ),
    _query("elasticloadbalancing", "elbv2", "DescribeRules", lambda reader: reader.listeners("registry-alb", TIME_S)),
    _query("rds", "rds", "DescribeDBInstances", lambda reader: reader.database("registry-db", TIME_S)),
    _query(
        "elasticache", "elasticache", "DescribeReplicationGroups", lambda reader: reader.cache("registry-rg", TIME_S)
    ),
    OnDemand(
        "s3:GetEncryptionConfiguration",
        "s3",
        "GetBucketEncryption",
        lambda reader: reader.bucket("registry-artifacts", TIME_S),
        s3_error,
        "SlowDown",
        "<ServerSideEncryptionConfiguration/>",
    ),
    _json("servicediscovery", "ListInstances", lambda reader: reader.registered_instances(REGISTRY, TIME_S)),
    _json("cloudwatch", "GetMetricData", lambda reader: reader.metric_extremes((QUERY,), TIME_S)),
)
