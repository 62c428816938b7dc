"""ECS-16: a container ends as it starts: no task stays, 503 from the load balancer.

``api``: for want of a variable. ``auth``: its command names a module that the image does not have.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("api", "auth")
_VARIABLE = "MLFLOW_SERVER_URL"


def causes(variant: str) -> tuple[Cause, ...]:
    """The service whose container it is."""
    return (Cause(kind="container-exits", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Deploy an API that is not told where MLflow is, or auth with a mistyped module."""
    if variant == "api":
        world.unset_variable("api", _VARIABLE)
    else:
        world.deploy("auth", lambda container: _run(container, "app.mian:app"))


def mend(world: World, variant: str) -> None:
    """Deploy what was there before."""
    if variant == "api":
        world.set_variable("api", _VARIABLE, world.platform.service("api").environment[_VARIABLE])
    else:
        world.deploy("auth", lambda container: _run(container, "app.main:app"))


def _run(container: Json, module: str) -> None:
    container["command"][1] = module
