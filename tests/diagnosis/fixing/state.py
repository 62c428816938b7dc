"""What the platform's Terraform has already: the real thing behind an address, looked up in AWS by its name.

Its code calls what belongs to one service by the service's role, and everything else by its own name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from registry_monitor.terraform.hcl import identifier
from tests.diagnosis.fixing.outcomes import NotApplicableError
from tests.diagnosis.fixing.resources import Attributes
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.world import Json, World

type Named = Iterator[tuple[str, str]]  # names in Terraform, and what AWS knows the things by


@dataclass(frozen=True)
class State:
    """``arn``: of what the finding is about: it decides where several things have the name."""

    world: World
    arn: str | None

    def attributes(self, address: str) -> Attributes:
        """What others may refer to, of something that is there; NotApplicableError where nothing is known of it."""
        kind, _, name = address.partition(".")
        subject = self.subject(kind, name)
        if subject is None:
            raise NotApplicableError(f"it leaves {address} open")
        return {"arn": subject, "id": subject}

    def subject(self, kind: str, name: str) -> str | None:
        """The ARN, id or name of the resource with this address; null where there is none."""
        listed = _LISTED[kind](self.world) if kind in _LISTED else ()
        found = [subject for known, subject in listed if identifier(known) == name]
        if self.arn in found:
            return self.arn
        if len(found) > 1:
            raise NotApplicableError(f"{kind}.{name} may be any of {len(found)}")
        return found[0] if found else None


def _services(world: World) -> Named:
    for service in world.platform.services:
        try:
            found = world.ecs.describe_services(cluster=CLUSTER, services=[service.name])["services"]
        except world.ecs.exceptions.ClusterNotFoundException:
            return
        yield from ((service.role, each["serviceName"]) for each in found if each["status"] == "ACTIVE")


def _definitions(world: World) -> Named:
    for service in world.platform.services:
        listed = world.ecs.list_task_definitions(familyPrefix=service.name)["taskDefinitionArns"]
        revisions = sorted(listed, key=lambda arn: int(arn.rpartition(":")[2]))
        yield from ((service.role, arn) for arn in revisions[-1:])


def _discovered(world: World) -> Named:
    return ((each["Name"], each["Arn"]) for each in world.servicediscovery.list_services()["Services"])


def _target_groups(world: World) -> Named:
    groups = world.elbv2.describe_target_groups()["TargetGroups"]
    arns = {each["TargetGroupName"]: each["TargetGroupArn"] for each in groups}
    names = {service.role: service.target_group for service in world.platform.services}
    return ((role, arns[name]) for role, name in names.items() if name in arns)


def _load_balancers(world: World) -> Named:
    described = world.elbv2.describe_load_balancers()["LoadBalancers"]
    return ((each["LoadBalancerName"], each["LoadBalancerArn"]) for each in described)


def _described_listeners(world: World) -> Iterator[tuple[str, Json]]:
    for name, arn in _load_balancers(world):
        for listener in world.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            yield name, listener


def _listeners(world: World) -> Named:
    return ((f"{name} {each['Port']}", each["ListenerArn"]) for name, each in _described_listeners(world))


def _rules(world: World) -> Named:
    for _, listener in _described_listeners(world):
        for rule in world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
            yield f"rule {rule['Priority']}", rule["RuleArn"]


def _databases(world: World) -> Named:
    names = (each["DBInstanceIdentifier"] for each in world.rds.describe_db_instances()["DBInstances"])
    return ((name, name) for name in names)


def _security_groups(world: World) -> Named:
    described = world.ec2.describe_security_groups()["SecurityGroups"]
    return ((each["GroupName"], each["GroupId"]) for each in described)


_LISTED: dict[str, Callable[[World], Named]] = {
    "aws_db_instance": _databases,
    "aws_ecs_service": _services,
    "aws_ecs_task_definition": _definitions,
    "aws_lb": _load_balancers,
    "aws_lb_listener": _listeners,
    "aws_lb_listener_rule": _rules,
    "aws_lb_target_group": _target_groups,
    "aws_security_group": _security_groups,
    "aws_service_discovery_service": _discovered,
}
