"""Edits of the world that several of these faults share."""

from typing import Any

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.aws.network import ingress
from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.world import Json, World

REGISTRY_BALANCER, AUTH_BALANCER = "hokusai-registry-development", "hokusai-auth-development"


def host_is(host: str) -> Json:
    """Return the condition for a host."""
    return {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}


def path_is(*patterns: str) -> Json:
    """Return the condition for paths."""
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(patterns)}}


def forward(world: World, role: str) -> Json:
    """Return the action that leads to a service."""
    return {"Type": "forward", "TargetGroupArn": world.target_groups[role]}


def add_rule(world: World, load_balancer: str, priority: int, conditions: list[Json], action: Json) -> None:
    """Create a rule on a load balancer's HTTPS listener."""
    listener = world.listener(load_balancer)["ListenerArn"]
    world.elbv2.create_rule(ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=[action])


def change_rule(world: World, load_balancer: str, priority: int, **changes: Any) -> None:
    """Give a rule other ``Conditions`` or ``Actions``."""
    world.elbv2.modify_rule(RuleArn=world.rules(load_balancer)[str(priority)]["RuleArn"], **changes)


def renew_rule(world: World, load_balancer: str, priority: int) -> None:
    """Put a rule of the healthy platform in the place of the one with its number."""
    world.delete_rule(load_balancer, priority)
    world.create_rule(load_balancer, priority)


def create_group(world: World, name: str, port: int) -> str:
    """Create a target group without targets; return its ARN."""
    created = world.elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=port, VpcId=world.vpc, TargetType="ip", HealthCheckPath="/health"
    )
    arn: str = created["TargetGroups"][0]["TargetGroupArn"]
    return arn


def delete_group(world: World, name: str) -> None:
    """Delete a target group that no rule forwards to any more."""
    (group,) = world.elbv2.describe_target_groups(Names=[name])["TargetGroups"]
    world.elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def recreate_service(world: World, role: str, **changes: Any) -> None:
    """Create a service anew, as it must be where UpdateService cannot change what ``changes`` has."""
    name = service_name(role)
    described = world.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
    kept = ("desiredCount", "launchType", "networkConfiguration", "loadBalancers", "serviceRegistries")
    world.forget_service(role)
    world.ecs.create_service(
        cluster=CLUSTER, serviceName=name, taskDefinition=name, **({key: described[key] for key in kept} | changes)
    )
    world.ecs.update_service(cluster=CLUSTER, service=name, healthCheckGracePeriodSeconds=60)
    set_rollout(world, role)


def security_group(world: World, name: str, *permissions: Json) -> str:
    """Create a security group with these ingress rules; return its id."""
    group: str = world.ec2.create_security_group(GroupName=name, Description=name, VpcId=world.vpc)["GroupId"]
    if permissions:
        world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(permissions))
    return group


def delete_security_group(world: World, name: str) -> None:
    """Delete a security group that nothing uses any more."""
    (group,) = world.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    world.ec2.delete_security_group(GroupId=group["GroupId"])


def replace_ingress(world: World, group: str, old: Json, new: Json) -> None:
    """Put one ingress rule in the place of another."""
    identity = world.security_groups[group]
    world.ec2.revoke_security_group_ingress(GroupId=identity, IpPermissions=[old])
    world.ec2.authorize_security_group_ingress(GroupId=identity, IpPermissions=[new])


def ports(world: World, first: int, last: int, source: str) -> Json:
    """Return the permission for a range of TCP ports."""
    return ingress(world, first, source) | {"ToPort": last}
