"""ECS-03: an ECS service is being destroyed: it is DRAINING, and its target gets no new requests: 503."""

from tests.sandbox.aws.load_balancers import set_deregistration_delay
from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth")  # the service
_DELAY_S = 300  # the default of AWS


def causes(variant: str) -> tuple[Cause, ...]:
    """The service itself."""
    return (Cause(kind="ecs-service-draining", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Scale to zero and delete, as Terraform destroys a service; connections are drained first."""
    set_deregistration_delay(world, world.target_groups[variant], _DELAY_S)
    world.ecs.update_service(cluster=CLUSTER, service=service_name(variant), desiredCount=0)
    world.ecs.delete_service(cluster=CLUSTER, service=service_name(variant), force=True)


def mend(world: World, variant: str) -> None:
    """Create the service again; drain at once, as the sandbox does otherwise."""
    set_deregistration_delay(world, world.target_groups[variant], 0)
    world.create_service(variant)
