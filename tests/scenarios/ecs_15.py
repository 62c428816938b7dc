"""ECS-15: a container has less memory than its process needs, and is killed again and again: 503 between the starts."""

from tests.sandbox.aws.compute import SIZES
from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "mlflow", "auth")  # the service
_TOO_LITTLE_MB = {"api": 256, "mlflow": 512, "auth": 128}


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose container it is."""
    return (Cause(kind="container-out-of-memory", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy a lower limit."""
    _limit(world, variant, _TOO_LITTLE_MB[variant])


def mend(world: World, variant: str) -> None:
    """Deploy the limit that it had."""
    _limit(world, variant, int(SIZES[variant][1]))


def _limit(world: World, role: str, memory_mb: int) -> None:
    world.deploy(role, lambda container: container.update(memory=memory_mb))
