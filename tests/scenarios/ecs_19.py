"""ECS-19: a container listens on its own loopback alone: 502 from the load balancer.

``auth``: by its command, and no key is known. ``api``: by its variable.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("auth", "api")
_VARIABLE = "API_HOST"


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose container it is."""
    return (Cause(kind="container-loopback-only", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy it so that it binds 127.0.0.1."""
    _bind(world, variant, "127.0.0.1")


def mend(world: World, variant: str) -> None:
    """Deploy it on all its addresses."""
    _bind(world, variant, "0.0.0.0")


def _bind(world: World, role: str, host: str) -> None:
    def change(container: Json) -> None:
        container["command"][container["command"].index("--host") + 1] = host

    if role == "api":
        world.set_variable("api", _VARIABLE, host)
    else:
        world.deploy(role, change)
