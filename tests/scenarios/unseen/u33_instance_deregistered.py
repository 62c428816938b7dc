"""Somebody tidied Cloud Map, and took auth's running task out of it: the service has its registry, the name nobody.

Keys are 503 at the registry, while auth's own host answers. Source: Cloud Map developer guide, "Deregistering a
service instance", and ECS developer guide, "Use service discovery to connect Amazon ECS services".
"""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_ROLE = "auth"
CAUSES = (Cause(kind="discovery-registration-missing", resource=service_name(_ROLE)),)


def break_(world: World) -> None:
    """Deregister the instance."""
    registry = _registry(world)
    for instance in world.servicediscovery.list_instances(ServiceId=registry)["Instances"]:
        world.servicediscovery.deregister_instance(ServiceId=registry, InstanceId=instance["Id"])


def mend(world: World) -> None:
    """Register the task that runs."""
    arns = world.ecs.list_tasks(cluster=CLUSTER, serviceName=service_name(_ROLE))["taskArns"]
    for task in world.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]:
        details = {pair["name"]: pair["value"] for pair in task["attachments"][0]["details"]}
        world.servicediscovery.register_instance(
            ServiceId=_registry(world),
            InstanceId=task["taskArn"].rpartition("/")[2],
            Attributes={"AWS_INSTANCE_IPV4": details["privateIPv4Address"]},
        )


def _registry(world: World) -> str:
    return world.registries[_ROLE].rpartition("/")[2]
