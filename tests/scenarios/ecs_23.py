"""ECS-23: a container's own health check fails though its application answers: ECS replaces the task, over and over.

``api``: its command is ``curl``, which the image does not have. ``auth``: it asks a path that is not there.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("api", "auth")
_COMMANDS = {
    "api": "curl -f http://localhost:8001/health || exit 1",
    "auth": "python -c \"import urllib.request as r; r.urlopen('http://localhost:8000/healthz')\"",
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose container it is."""
    return (Cause(kind="container-health-check-failing", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy the health check."""
    check = {"command": ["CMD-SHELL", _COMMANDS[variant]], "interval": 30, "timeout": 5, "retries": 3}
    world.deploy(variant, lambda container: container.update(healthCheck=check))


def mend(world: World, variant: str) -> None:
    """Deploy without it."""
    world.deploy(variant, lambda container: container.pop("healthCheck"))
