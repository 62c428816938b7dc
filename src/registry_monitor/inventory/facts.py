"""What AWS says, as typed facts: every fact is a value or Unknown with the reason, and tells its source.

Only a service that ECS reports as MISSING, a ...NotFound error or a successful empty list proves absence.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from registry_monitor.inventory.deep_facts import (
    Certificate,
    ContainerDefinition,
    HostRecords,
    LogTail,
    Network,
    Role,
    SecretState,
    SecurityGroup,
    Statement,
    StoppedTask,
)
from registry_monitor.model import CannotTellError, Document
from registry_monitor.terraform import TerraformMap


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
    security_groups: tuple[str, ...] = ()  # of its tasks' network interfaces (awsvpc)
    subnets: tuple[str, ...] = ()
    registry_arns: tuple[str, ...] = ()  # its services in Cloud Map


class EcsServices(Document):
    """The services of the target: those found, and the names that ECS itself reports as MISSING."""

    found: tuple[EcsService, ...]
    missing: tuple[str, ...]
    cluster_exists: bool = True  # false where ECS says ClusterNotFoundException: then all are missing

    def named(self, name: str) -> EcsService | None:
        """The service of this name; None where it is proved absent. Raises CannotTellError where nothing proves it."""
        there = next((each for each in self.found if each.name == name), None)
        if there is None and name not in self.missing:
            raise CannotTellError(f"ecs:DescribeServices told neither that {name} exists nor that it is MISSING")
        return there


class Task(Document):
    """One task that ECS means to keep running. ``address``: of its own network interface; null before it has one."""

    id: str
    arn: str
    service: str | None  # null where no service started it
    address: str | None
    last_status: str  # PROVISIONING, PENDING, RUNNING, STOPPING and others (ECS developer guide, "Task lifecycle")
    health_status: str | None  # of its containers' own health checks: HEALTHY, UNHEALTHY or UNKNOWN
    task_definition: str
    images: dict[str, str]  # by container
    zone: str | None
    started_at: datetime | None


class TaskDefinition(Document):
    """One revision of a task definition. ``cpu``: units, 1024 to a vCPU; roles by ARN."""

    arn: str
    family: str
    revision: int
    cpu: int | None
    memory_mb: int | None  # MiB
    containers: tuple[ContainerDefinition, ...]
    task_role: str | None = None
    execution_role: str | None = None

    @property
    def images(self) -> dict[str, str]:
        """The image of each container."""
        return {container.name: container.image for container in self.containers}

    @property
    def ports(self) -> dict[str, tuple[int, ...]]:
        """The ports of each container."""
        return {container.name: container.ports for container in self.containers}


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
    health_check_timeout_s: int | None = None
    protocol_version: str | None = None


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
    vpc: str | None = None
    security_groups: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()


class Condition(Document):
    """One condition of a listener rule; one of its values is enough (ELBv2 API Reference, RuleCondition).

    ``query``: pairs of key (null: any) and value, of a query-string condition alone.
    """

    field: str  # host-header, path-pattern, http-header, http-request-method, query-string, source-ip
    values: tuple[str, ...] = ()
    regex_values: tuple[str, ...] = ()
    query: tuple[tuple[str | None, str], ...] = ()
    http_header_name: str | None = None


class FixedResponse(Document):
    """What a load balancer answers itself."""

    status: int
    content_type: str | None
    body: str | None


class Redirect(Document):
    """Where a load balancer sends a client; the parts may hold ``#{host}`` and other marks of the request."""

    status: int
    protocol: str | None
    host: str | None
    port: str | None
    path: str | None
    query: str | None


class Action(Document):
    """One action of a listener rule. ``kind``: forward, redirect, fixed-response, or one that authenticates."""

    kind: str
    target_groups: dict[str, int] = Field(default_factory=dict)  # ARN -> weight
    fixed_response: FixedResponse | None = None
    redirect: Redirect | None = None


class ListenerRule(Document):
    """One rule of a listener: all conditions must hold. ``priority``: null for the default, which has none."""

    arn: str
    priority: int | None
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]  # in their order; the last one answers
    transforms: tuple[dict[str, JsonValue], ...] = ()  # as AWS tells them; they do not change which rule matches


class Listener(Document):
    """One listener of a load balancer with its rules in the order in which they are tried, the default last."""

    arn: str
    port: int
    protocol: str
    ssl_policy: str | None
    certificate_arns: tuple[str, ...]  # the default one; others for SNI are listed by another call
    client_certificates: str | None = None  # mode of mutual TLS: off, passthrough or verify
    rules: tuple[ListenerRule, ...]


class Database(Document):
    """One RDS instance. ``host`` and ``port``: null while it is being created."""

    id: str
    status: str
    host: str | None
    port: int | None
    engine: str
    engine_version: str | None
    allocated_storage_gb: int | None  # GiB
    security_groups: tuple[str, ...]
    ca_identifier: str | None
    is_encrypted: bool | None


class Cache(Document):
    """One ElastiCache replication group. ``host`` and ``port``: the endpoint for writes; null while it is created."""

    id: str
    status: str
    host: str | None
    port: int | None
    has_tls: bool | None
    has_auth_token: bool | None
    member_clusters: tuple[str, ...]
    security_groups: tuple[str, ...] = ()  # of its first member


class Bucket(Document):
    """One S3 bucket. ``encryption``: by default, such as AES256 or aws:kms; null where it has none."""

    name: str
    encryption: str | None


class RegisteredInstance(Document):
    """One instance registered in a service of Cloud Map; of a task of ECS, ``id`` is the task's."""

    id: str
    address: str | None
    port: int | None


class MetricQuery(Document):
    """One metric of CloudWatch. ``id``: unique in its call, a lower-case letter first (CloudWatch API Reference)."""

    id: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: Literal["Maximum", "Minimum", "Average"]
    period_s: int = 60

    @property
    def label(self) -> str:
        """The metric's name for people and for the stored inventory, whatever its id."""
        where = ", ".join(f"{name}={value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.metric} ({where}) {self.statistic} of {self.period_s} s"


type ByName[T] = dict[str, Fact[T]]


class Inventory(Document):
    """One read-only snapshot of AWS per run. Facts by name are there where a check asked; null: AWS has none."""

    ecs_services: Fact[EcsServices]
    target_groups: Fact[tuple[TargetGroup, ...]]  # of the services found
    target_health: ByName[tuple[RegisteredTarget, ...]]  # by target group ARN
    load_balancers: Fact[tuple[LoadBalancer, ...]]  # those the target names and AWS has
    tasks: ByName[tuple[Task, ...]] = Field(default_factory=dict)  # by ECS service
    task_definitions: ByName[TaskDefinition] = Field(default_factory=dict)  # by ARN
    listeners: ByName[tuple[Listener, ...]] = Field(default_factory=dict)  # by load balancer
    databases: ByName[Database | None] = Field(default_factory=dict)  # by identifier
    caches: ByName[Cache | None] = Field(default_factory=dict)  # by replication group id
    buckets: ByName[Bucket | None] = Field(default_factory=dict)
    registered_instances: ByName[tuple[RegisteredInstance, ...]] = Field(default_factory=dict)  # by ARN of the registry
    metrics: ByName[float | None] = Field(default_factory=dict)  # by MetricQuery.label; null: CloudWatch has no data
    # Read in depth: when something fails, and by full runs.
    previous_definitions: ByName[TaskDefinition] = Field(default_factory=dict)  # by ARN of the one that followed
    stopped_tasks: Fact[tuple[StoppedTask, ...]] | None = None  # of the target's services, the newest first
    security_groups: Fact[tuple[SecurityGroup, ...]] | None = None  # of tasks, load balancers, stores and their sources
    network: Fact[Network] | None = None
    host_records: ByName[HostRecords] = Field(default_factory=dict)  # by public host
    certificates: ByName[Certificate | None] = Field(default_factory=dict)  # by ARN; null: there is none
    images: ByName[bool] = Field(default_factory=dict)  # by image of ECR: whether it exists
    secrets: ByName[SecretState | None] = Field(default_factory=dict)  # by ARN or name, without key; null: none
    roles: ByName[Role | None] = Field(default_factory=dict)  # by ARN
    bucket_policies: ByName[tuple[Statement, ...]] = Field(default_factory=dict)  # by bucket
    firewalls: ByName[str | None] = Field(default_factory=dict)  # by load balancer: the web ACL; null: none
    log_tails: ByName[LogTail] = Field(default_factory=dict)  # by ECS service
    terraform_map: Fact[TerraformMap] | None = None  # only of types that findings name; null: not asked, or none named
