"""ECS-06: tasks have no way to an AWS service that they need to start, and one had to be replaced: 503.

``unfelt``: none had to be replaced yet, so that nothing fails, and the next deployment will.
"""

from tests.sandbox.aws.endpoints import create_endpoint, delete_endpoint
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("registry", "images", "secrets", "logs", "unfelt")  # what cannot be reached
_ENDPOINTS = {
    "registry": "ecr.api",
    "images": "ecr.dkr",
    "secrets": "secretsmanager",
    "logs": "logs",
    "unfelt": "ecr.api",
}
_SERVICES = {"registry": "api", "images": "mlflow", "secrets": "auth", "logs": "api"}  # whose task was replaced


def causes(variant: str) -> tuple[Cause, ...]:
    """The AWS service."""
    return (Cause(kind="egress-missing", resource=_ENDPOINTS[variant].partition(".")[0]),)


def break_(world: World, variant: str) -> None:
    """Delete the endpoint, and let ECS replace a task."""
    delete_endpoint(world, _ENDPOINTS[variant])
    if variant in _SERVICES:
        world.stop_tasks(_SERVICES[variant])


def mend(world: World, variant: str) -> None:
    """Create it again."""
    create_endpoint(world, _ENDPOINTS[variant])
