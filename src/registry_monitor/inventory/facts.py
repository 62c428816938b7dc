"""What AWS says, as typed facts: every fact is a value or Unknown with the reason, and tells its source.

Only a service that ECS reports as MISSING, a ...NotFound error or a successful empty list proves absence.
"""

from datetime import datetime

from registry_monitor.model import CannotTellError, Document


class Known[T](Document):
    """A fact that was read. ``source``: the API call that said so, such as ``ecs:DescribeServices``."""

    value: T
    source: str


class Unknown(Document):
    """A fact that could not be read, and why, in a sentence that names the API, the error and the remedy."""

    reason: str
    source: str


type Fact[T] = Known[T] | Unknown


def known[T](fact: Fact[T]) -> T:
    """The value of a fact. Raises CannotTellError where it is Unknown, so that a check becomes UNKNOWN."""
    if isinstance(fact, Unknown):
        raise CannotTellError(fact.reason)
    return fact.value


class Deployment(Document):
    """One deployment of an ECS service (ECS API Reference, Deployment)."""

    id: str
    status: str  # PRIMARY, ACTIVE or INACTIVE
    rollout_state: str | None  # COMPLETED, IN_PROGRESS or FAILED; null without the rolling update controller
    rollout_reason: str | None
    task_definition: str
    desired: int
    running: int
    pending: int
    failed_tasks: int
    created_at: datetime | None


class ServiceEvent(Document):
    """One line of an ECS service's event log, newest first in its service."""

    at: datetime
    message: str


class ServiceTarget(Document):
    """Where an ECS service registers its tasks."""

    target_group_arn: str
    container_name: str
    container_port: int


class EcsService(Document):
    """One ECS service as DescribeServices tells it. ``status``: ACTIVE, DRAINING or INACTIVE."""

    name: str
    arn: str
    status: str
    desired: int
    running: int
    pending: int
    task_definition: str
    deployments: tuple[Deployment, ...]
    events: tuple[ServiceEvent, ...]  # at most the ten newest
    targets: tuple[ServiceTarget, ...]


class EcsServices(Document):
    """The services of the target: those found, and the names that ECS itself reports as MISSING."""

    found: tuple[EcsService, ...]
    missing: tuple[str, ...]
    cluster_exists: bool = True  # false where ECS says ClusterNotFoundException: then all are missing


class TargetGroup(Document):
    """One target group with its health check settings."""

    arn: str
    name: str
    port: int | None
    protocol: str | None
    health_check_path: str | None
    health_check_port: str | None
    matcher: str | None
    load_balancer_arns: tuple[str, ...]


class RegisteredTarget(Document):
    """One registered target and its health (ELBv2 API Reference, TargetHealth). ``reason`` only when not healthy."""

    id: str
    port: int | None
    zone: str | None
    state: str
    reason: str | None
    description: str | None


class LoadBalancer(Document):
    """One Application Load Balancer. ``state``: active, provisioning, active_impaired or failed."""

    arn: str
    name: str
    dns_name: str
    scheme: str | None
    state: str | None
    state_reason: str | None


class Inventory(Document):
    """One read-only snapshot of AWS per run."""

    ecs_services: Fact[EcsServices]
    target_groups: Fact[tuple[TargetGroup, ...]]  # of the services found
    target_health: dict[str, Fact[tuple[RegisteredTarget, ...]]]  # by target group ARN
    load_balancers: Fact[tuple[LoadBalancer, ...]]  # those the target names and AWS has
