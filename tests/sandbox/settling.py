"""How the sandbox comes to rest after an edit: from the world in AWS to processes, traffic and reports."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.sandbox.alb.configuration import (
    Configuration,
    Listener,
    Target,
    describe_listeners,
    forwarded_groups,
    newer_protocols,
)
from tests.sandbox.alb.front_end import FrontEnd
from tests.sandbox.aws.control_plane import TargetHealth
from tests.sandbox.aws.listener_states import attach_target_groups
from tests.sandbox.aws.network_acls import PacketFilters
from tests.sandbox.aws.scheduler import Scheduler
from tests.sandbox.aws.security_groups import Interface, SecurityGroups
from tests.sandbox.aws.target_health import check_targets
from tests.sandbox.aws.target_states import WITHOUT_REQUESTS, TargetStates
from tests.sandbox.data_stores import DataStores
from tests.sandbox.mlflow_backend import MlflowBackend
from tests.sandbox.monitor_view import MonitorView
from tests.sandbox.names import Directory, Names
from tests.sandbox.s3_gate import S3Gate

if TYPE_CHECKING:
    from tests.sandbox.world import World


@dataclass
class Settling:
    """The parts whose states follow from the world."""

    world: "World"
    data_stores: DataStores
    scheduler: Scheduler
    front_end: FrontEnd
    names: Names
    mlflow: MlflowBackend
    monitor_view: MonitorView
    s3_gate: S3Gate
    target_states: TargetStates = field(default_factory=TargetStates)
    connect_to: dict[str, str] = field(default_factory=dict)  # what the monitor found when it settled last

    def settle(self, now: dt.datetime) -> None:
        """Bring every part into the state that the world implies; new events carry the time ``now``."""
        groups = PacketFilters.of(self.world)
        self.s3_gate.follow()
        self.data_stores.follow(self.world)
        self.names.directory = Directory(self._interfaces(), groups)
        if self.world.account.database:
            self.mlflow.has_database = self.data_stores.is_database_available and self._tasks_reach_database(groups)
        listeners = describe_listeners(self.world)
        attach_target_groups(self.world, listeners)
        health: dict[tuple[str, str], TargetHealth] = {}
        is_at_rest = False
        while not is_at_rest:  # a rolling deployment goes on by the health of the tasks that it has started
            self.scheduler.place(now, health)
            self.names.directory = Directory(self._interfaces(), groups)
            interfaces = {task.interface.address: task.interface for task in self.scheduler.tasks}
            apart = self.target_states.apart(self.world, listeners, self.scheduler, now)
            health = check_targets(self.world, listeners, interfaces, groups, apart)
            is_at_rest = self.scheduler.conclude(now, health)
        self.front_end.configure(self._configuration(listeners, interfaces, groups, health))
        self.connect_to = self.monitor_view.connect_to(self.names.directory, self.scheduler.interfaces())
        self.world.metrics.report()

    def _interfaces(self) -> dict[str, tuple[Interface, ...]]:
        """Return what the VPC's resolver knows: the data stores, and the tasks that Cloud Map lists."""
        stores = self.data_stores.interfaces(self.world)
        found: dict[str, tuple[Interface, ...]] = {host: (interface,) for host, interface in stores.items()}
        discovery = self.world.servicediscovery
        for registry in discovery.list_services()["Services"]:
            namespace_id = discovery.get_service(Id=registry["Id"])["Service"]["NamespaceId"]
            namespace = discovery.get_namespace(Id=namespace_id)["Namespace"]["Name"]
            listed = {instance["Id"] for instance in discovery.list_instances(ServiceId=registry["Id"])["Instances"]}
            leads_to = tuple(task.interface for task in self.scheduler.tasks if task.id in listed)
            if leads_to:
                found[f"{registry['Name']}.{namespace}"] = leads_to
        return found

    def _tasks_reach_database(self, groups: SecurityGroups) -> bool:
        source = Interface(self.world.addresses.task("mlflow", 0), frozenset({self.world.security_groups["tasks"]}))
        databases = [item for host, item in self.data_stores.interfaces(self.world).items() if ".rds." in host]
        return any(groups.allow(source, database, 5432) for database in databases)

    def _configuration(
        self,
        listeners: tuple[Listener, ...],
        interfaces: dict[str, Interface],
        groups: SecurityGroups,
        health: dict[tuple[str, str], TargetHealth],
    ) -> Configuration:
        described = self.world.elbv2.describe_load_balancers()["LoadBalancers"]
        own_groups = {item["LoadBalancerName"]: frozenset(item.get("SecurityGroups", [])) for item in described}
        targets: dict[str, tuple[Target, ...]] = {}
        for listener in listeners:
            source = Interface(listener.address, own_groups[listener.load_balancer])
            for arn in {arn for rule in listener.rules for arn in forwarded_groups(rule)}:
                listed = self.world.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
                targets[arn] = tuple(
                    Target(
                        address=item["Target"]["Id"],
                        port=item["Target"]["Port"],
                        is_healthy=health[arn, item["Target"]["Id"]][0] == "healthy",
                        is_open=groups.allow(
                            source,
                            interfaces.get(item["Target"]["Id"], Interface(item["Target"]["Id"], frozenset())),
                            item["Target"]["Port"],
                        ),
                    )
                    for item in listed
                    if health[arn, item["Target"]["Id"]][0] not in WITHOUT_REQUESTS
                )
        return Configuration(listeners, targets, newer_protocols(self.world))
