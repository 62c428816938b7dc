"""Where ECS makes a task known: the target groups and the Cloud Map registries of its service."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_GONE = ("InvalidTarget", "TargetGroupNotFound", "InstanceNotFound", "ServiceNotFound")


def register(world: "World", service: Json, task_id: str, address: str) -> list[str]:
    """Register a task of ``service`` (as describe_services shows it); return the ARNs of its target groups."""
    for balancer in service["loadBalancers"]:
        world.elbv2.register_targets(
            TargetGroupArn=balancer["targetGroupArn"],
            Targets=[{"Id": address, "Port": balancer["containerPort"]}],
        )
    for registry in service["serviceRegistries"]:
        world.servicediscovery.register_instance(
            ServiceId=registry["registryArn"].rpartition("/")[2],
            InstanceId=task_id,
            Attributes={"AWS_INSTANCE_IPV4": address},
        )
    return [balancer["targetGroupArn"] for balancer in service["loadBalancers"]]


def deregister(world: "World", service: Json, task_id: str, address: str) -> None:
    """Take a task out of everything that it was registered in; what a scenario has taken out already stays out."""
    for balancer in service["loadBalancers"]:
        _unless_gone(
            world.elbv2.deregister_targets, TargetGroupArn=balancer["targetGroupArn"], Targets=[{"Id": address}]
        )
    deregister_name(world, service, task_id)


def deregister_name(world: "World", service: Json, task_id: str) -> None:
    """Take a task out of Cloud Map alone, so that nobody finds it by its service's name."""
    for registry in service["serviceRegistries"]:
        identity = registry["registryArn"].rpartition("/")[2]
        _unless_gone(world.servicediscovery.deregister_instance, ServiceId=identity, InstanceId=task_id)


def _unless_gone(call: Any, **arguments: Any) -> None:
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
