"""Reads the inventory while the probes run: few calls, side by side, each fact a value or Unknown.

What a light run needs is begun by ``start``; everything else is read when a check first asks for it, and what only the
diagnosis needs by ``begin_depth``. Checks wait for the fact that they need, in their own threads.
"""

import time
from collections import Counter
from collections.abc import Collection
from operator import not_

from registry_monitor.inventory import (
    data_stores,
    discovery,
    ecs,
    load_balancing,
    metrics,
    network_depth,
    task_depth,
)
from registry_monitor.inventory.aws import ClientOf, Region
from registry_monitor.inventory.facts import (
    Bucket,
    Cache,
    Database,
    EcsServices,
    Fact,
    Inventory,
    Known,
    Listener,
    LoadBalancer,
    MetricQuery,
    RegisteredInstance,
    RegisteredTarget,
    TargetGroup,
    Task,
    TaskDefinition,
    Unknown,
)
from registry_monitor.inventory.once import ReadOnce, by_key
from registry_monitor.inventory.platform_account import ASSUME_ROLE, clients_of
from registry_monitor.inventory.terraform_map import GET_OBJECT, TerraformMapReading
from registry_monitor.target import Target
from registry_monitor.terraform import TerraformMap

_READ_BY_FULL_RUNS = (
    ecs.LIST_TASKS,
    ecs.DESCRIBE_TASKS,
    ecs.DESCRIBE_TASK_DEFINITION,
    load_balancing.DESCRIBE_LISTENERS,
    load_balancing.DESCRIBE_RULES,
    data_stores.DESCRIBE_DATABASES,
    data_stores.DESCRIBE_CACHES,
    data_stores.DESCRIBE_CLUSTERS,
    data_stores.GET_ENCRYPTION,
    discovery.LIST_INSTANCES,
    metrics.GET_METRIC_DATA,
)


class InventoryReader:
    """One snapshot of AWS. Nothing is asked before ``start``, ``begin_depth`` or a fact is.

    No error leaves it but as Unknown. Each method waits for its fact for at most ``timeout_s`` seconds, and reads
    nothing that was read before.
    """

    def __init__(self, target: Target, client_of: ClientOf | None = None) -> None:
        self._target = target
        client_of = client_of or clients_of(target)
        self._region = Region(target.region, client_of)
        here = self._region.reading
        # Of the whole target, by the name of its cluster or region; begun by start().
        self._services = ReadOnce(ecs.DESCRIBE_SERVICES, self._read_services, self._lacks_services)
        self._groups = ReadOnce(load_balancing.DESCRIBE_GROUPS, self._read_groups, self._lacks_groups)
        self._balancers = ReadOnce(load_balancing.DESCRIBE_BALANCERS, self._read_balancers, self._lacks_balancers)
        self._health = ReadOnce(load_balancing.DESCRIBE_HEALTH, here("elbv2", load_balancing.read_health), not_)
        # By what a check names; read when it asks.
        self._tasks_of_cluster = ReadOnce(ecs.DESCRIBE_TASKS, here("ecs", ecs.read_tasks), self._lacks_tasks)
        self._tasks = ReadOnce(ecs.DESCRIBE_TASKS, self._read_tasks)
        self._definitions = ReadOnce(ecs.DESCRIBE_TASK_DEFINITION, here("ecs", ecs.read_task_definition))
        self._listeners = ReadOnce(load_balancing.DESCRIBE_LISTENERS, self._read_listeners, not_)
        self._databases = ReadOnce(data_stores.DESCRIBE_DATABASES, here("rds", data_stores.read_database), not_)
        self._caches = ReadOnce(data_stores.DESCRIBE_CACHES, here("elasticache", data_stores.read_cache), not_)
        self._buckets = ReadOnce(data_stores.GET_ENCRYPTION, here("s3", data_stores.read_bucket), not_)
        self._instances = ReadOnce(
            discovery.LIST_INSTANCES, here("servicediscovery", discovery.read_registered_instances), not_
        )
        self._metrics = ReadOnce(metrics.GET_METRIC_DATA, here("cloudwatch", metrics.read_metric_extremes))
        # In depth; begun by begin_depth().
        self._of_tasks = task_depth.TaskDepth(target, self._region, self._services, self._definitions)
        reached = network_depth.Reached(self._services, self._balancers, self._listeners, self._databases, self._caches)
        self._of_network = network_depth.NetworkDepth(target, self._region, reached)

        self._of_terraform = TerraformMapReading(target, client_of)

    @property
    def calls(self) -> tuple[str, ...]:
        """The API calls of a run in which each service has one target group, for ``plan``."""
        services = len(self._target.services)
        groups = -(-services // load_balancing.GROUPS_PER_CALL)
        balancers = (f"{load_balancing.DESCRIBE_BALANCERS} × 1 or more (pages)",) if self._target.load_balancers else ()
        return (
            *([f"{ASSUME_ROLE} × 0 or 1 (the platform's role, once an hour)"] if self._target.account else ()),
            f"{ecs.DESCRIBE_SERVICES} × {-(-services // ecs.SERVICES_PER_CALL)}",
            f"{load_balancing.DESCRIBE_GROUPS} × {groups} or more (the groups that the services name)",
            f"{load_balancing.DESCRIBE_HEALTH} × {services} or more (one a target group)",
            *balancers,
            *(f"{call} × 0 or more (read by full runs)" for call in _READ_BY_FULL_RUNS),
            *([f"{GET_OBJECT} × 0 or 1 (the map of Terraform addresses)"] if self._of_terraform.is_in_s3 else ()),
            *(f"{call} × 0 or more (read in depth)" for call in (*task_depth.CALLS, *network_depth.CALLS)),
        )

    def start(self) -> None:
        """Begin to read what every run needs, in daemon threads."""
        self._services.begin(self._target.cluster)
        self._groups.begin(self._target.cluster)
        self._balancers.begin(self._target.region)

    def ecs_services(self, timeout_s: float) -> Fact[EcsServices]:
        """The target's services as ECS has them."""
        return self._services.fact(self._target.cluster, timeout_s)

    def target_groups(self, timeout_s: float) -> Fact[tuple[TargetGroup, ...]]:
        """The target groups in which the services register their tasks."""
        return self._groups.fact(self._target.cluster, timeout_s)

    def target_health(self, arn: str, timeout_s: float) -> Fact[tuple[RegisteredTarget, ...]]:
        """The registered targets of one group of the services; none where the group does not exist."""
        deadline = time.monotonic() + timeout_s
        services = self.ecs_services(timeout_s)
        if isinstance(services, Unknown):
            return Unknown(reason=services.reason, source=load_balancing.DESCRIBE_HEALTH)
        if arn not in _target_group_arns(services.value):
            reason = f"{arn} is no target group of the target's services"
            return Unknown(reason=reason, source=load_balancing.DESCRIBE_HEALTH)
        return self._health.fact(arn, deadline - time.monotonic())

    def load_balancers(self, timeout_s: float) -> Fact[tuple[LoadBalancer, ...]]:
        """Those of the target's load balancers that AWS has."""
        return self._balancers.fact(self._target.region, timeout_s)

    def tasks(self, service_name: str, timeout_s: float) -> Fact[tuple[Task, ...]]:
        """The tasks of an ECS service that are meant to run; none where there is no such service."""
        return self._tasks.fact(service_name, timeout_s)

    def task_definition(self, arn: str, timeout_s: float) -> Fact[TaskDefinition]:
        """One revision of a task definition."""
        return self._definitions.fact(arn, timeout_s)

    def listeners(self, load_balancer_name: str, timeout_s: float) -> Fact[tuple[Listener, ...]]:
        """The listeners of one of the target's load balancers, with their rules; none where AWS does not have it."""
        if load_balancer_name not in [balancer.name for balancer in self._target.load_balancers]:
            reason = f"{load_balancer_name} is no load balancer of the target"
            return Unknown(reason=reason, source=load_balancing.DESCRIBE_LISTENERS)
        return self._listeners.fact(load_balancer_name, timeout_s)

    def database(self, identifier: str, timeout_s: float) -> Fact[Database | None]:
        """One RDS instance; None: there is none of this identifier."""
        return self._databases.fact(identifier, timeout_s)

    def cache(self, replication_group_id: str, timeout_s: float) -> Fact[Cache | None]:
        """One replication group of ElastiCache; None: there is none of this id."""
        return self._caches.fact(replication_group_id, timeout_s)

    def bucket(self, name: str, timeout_s: float) -> Fact[Bucket | None]:
        """One bucket and how it encrypts; None: there is none of this name."""
        return self._buckets.fact(name, timeout_s)

    def registered_instances(self, registry_arn: str, timeout_s: float) -> Fact[tuple[RegisteredInstance, ...]]:
        """What is registered in one service of Cloud Map; nothing where there is no such service."""
        return self._instances.fact(registry_arn, timeout_s)

    def metric_extremes(self, queries: tuple[MetricQuery, ...], timeout_s: float) -> Fact[dict[str, float | None]]:
        """By each query's id, its extreme over the last 15 minutes; null where CloudWatch has no data."""
        return self._metrics.fact(queries, timeout_s)

    def terraform_map(self, timeout_s: float) -> Fact[TerraformMap] | None:
        """The map of Terraform addresses; None where the target names none."""
        return self._of_terraform.fact(timeout_s)

    def begin_depth(self, failing_services: Collection[str] = ()) -> None:
        """Begin to read everything that the diagnosis needs, side by side in daemon threads.

        ``failing_services``, by role or by name: those whose log tails are read. Later calls add only log tails.
        """
        if self._target.artifacts_bucket:
            self._buckets.begin(self._target.artifacts_bucket)
        self._of_tasks.begin(failing_services)
        self._of_network.begin()
        self._of_terraform.begin()

    def depth(self, timeout_s: float) -> None:
        """Wait until what was begun in depth is there, for at most so long; ``snapshot`` has it.

        Logs are read only now: what a failing check has brought about is in them a moment later.
        """
        deadline = time.monotonic() + timeout_s
        self._of_tasks.begin_logs()
        for read in (self._buckets, *self._of_tasks.reads, *self._of_network.reads):
            read.wait(deadline - time.monotonic())
        self.terraform_map(deadline - time.monotonic())

    def snapshot(self) -> Inventory:
        """What has been read by now; what was begun and is not there is Unknown."""
        return Inventory(
            ecs_services=self._services.by_now(self._target.cluster),
            target_groups=self._groups.by_now(self._target.cluster),
            target_health=by_key(self._health),
            load_balancers=self._balancers.by_now(self._target.region),
            tasks=by_key(self._tasks),
            task_definitions=by_key(self._definitions),
            listeners=by_key(self._listeners),
            databases=by_key(self._databases),
            caches=by_key(self._caches),
            buckets=by_key(self._buckets),
            registered_instances=by_key(self._instances),
            metrics=_by_label(self._metrics.all_by_now()),
            terraform_map=self._of_terraform.by_now(),
            **self._of_tasks.by_now(),
            **self._of_network.by_now(),
        )

    def _read_services(self, cluster: str) -> EcsServices:
        """Read the services, and begin to read the health of the target groups that they name."""
        names = [service.name for service in self._target.services]
        services = ecs.read_services(self._region.client("ecs"), cluster, names)
        for arn in _target_group_arns(services):
            self._health.begin(arn)
        return services

    def _lacks_services(self, services: EcsServices) -> bool:
        return {each.name for each in self._target.services} != {each.name for each in services.found}

    def _lacks_groups(self, groups: tuple[TargetGroup, ...]) -> bool:
        """Whether a group is absent that a service registers its tasks in."""
        named = _target_group_arns(self._services.value(self._target.cluster))
        return bool(set(named) - {group.arn for group in groups})

    def _lacks_balancers(self, balancers: tuple[LoadBalancer, ...]) -> bool:
        return {each.name for each in self._target.load_balancers} != {each.name for each in balancers}

    def _lacks_tasks(self, tasks: tuple[Task, ...]) -> bool:
        """Whether ECS lists fewer tasks of a service than it says are running."""
        listed = Counter(task.service for task in tasks)
        services = self._services.value(self._target.cluster)
        return any(listed[service.name] < service.running for service in services.found)

    def _read_groups(self, cluster: str) -> tuple[TargetGroup, ...]:
        """Those of the services; where one of these is absent, all of the load balancers: one may be its own."""
        services, client = self._services.value(cluster), self._region.client("elbv2")
        arns = _target_group_arns(services)
        found = load_balancing.read_groups(client, arns) if arns else ()
        if services.missing:
            balancers = self._balancers.value(self._target.region)
            others = (group for each in balancers for group in load_balancing.read_groups_of(client, each.arn))
            found += tuple(group for group in others if group.arn not in arns)
        return found

    def _read_balancers(self, region: str) -> tuple[LoadBalancer, ...]:
        wanted = [balancer.name for balancer in self._target.load_balancers]
        return load_balancing.read_balancers(self._region.client("elbv2"), wanted) if wanted else ()

    def _read_tasks(self, service_name: str) -> tuple[Task, ...]:
        tasks = self._tasks_of_cluster.value(self._target.cluster)
        return tuple(task for task in tasks if task.service == service_name)

    def _read_listeners(self, load_balancer_name: str) -> tuple[Listener, ...]:
        balancers = self._balancers.value(self._target.region)
        arns = [balancer.arn for balancer in balancers if balancer.name == load_balancer_name]
        client = self._region.client("elbv2")
        return tuple(listener for arn in arns for listener in load_balancing.read_listeners(client, arn))


def _target_group_arns(services: EcsServices) -> list[str]:
    return sorted({target.target_group_arn for service in services.found for target in service.targets})


def _by_label(
    facts: dict[tuple[MetricQuery, ...], Fact[dict[str, float | None]]],
) -> dict[str, Fact[float | None]]:
    """Each metric with its own fact, whatever call it was asked in."""
    labelled: dict[str, Fact[float | None]] = {}
    for queries, fact in facts.items():
        for query in queries:
            labelled[query.label] = (
                Known(value=fact.value[query.id], source=fact.source) if isinstance(fact, Known) else fact
            )
    return dict(sorted(labelled.items()))
