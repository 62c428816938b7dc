"""ALB-09: a service registers its tasks in no target group: it runs, and its load balancer answers 503."""

from tests.sandbox.aws.compute import create_service
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("api", "auth", "mlflow")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """The service itself."""
    return (Cause(kind="service-not-registered", resource=f"hokusai-{variant}-development"),)


def break_(world: World, variant: str) -> None:
    """Create the service anew without its load_balancer block."""
    world.forget_service(variant)
    create_service(world, world.platform.service(variant), is_registered=False)


def mend(world: World, variant: str) -> None:
    """Create it anew with the block."""
    world.forget_service(variant)
    world.create_service(variant)
