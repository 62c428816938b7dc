"""ECS-27: AWS has taken back the Spot capacity of a service's only task, and has no other at present: 503."""

from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth")  # the service
_SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]


def causes(variant: str) -> tuple[Cause, ...]:
    """The service that runs on Spot."""
    return (Cause(kind="spot-interruption", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Let the service run on Spot, and Spot be short."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), capacityProviderStrategy=_SPOT)
    world.fargate.has_spot_capacity = False


def mend(world: World, variant: str) -> None:
    """Let it run on Fargate without Spot, as it did."""
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), capacityProviderStrategy=[])
    world.fargate.has_spot_capacity = True
