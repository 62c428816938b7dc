"""ECS-29: the first deployment of a service failed, so the circuit breaker has nothing to roll back to: 503.

That the breaker has tripped is no cause where it is known what keeps the tasks from starting. ``api``: an image that
was never pushed. ``auth``: a container that ends as it starts. ``mlflow``: an entry point that is not in the image, of
which the catalogue has no row: then the deployment is at fault, with what ECS says of its tasks.
"""

from tests.sandbox.aws.compute import set_rollout
from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios import ecs_05, ecs_16

VARIANTS = ("api", "auth", "mlflow")  # the service


def causes(variant: str) -> tuple[Cause, ...]:
    """What is wrong with the revision, as far as anything tells it."""
    if variant == "mlflow":
        return (Cause(kind="deployment-stuck", resource=service_name(variant)),)
    return ecs_05.causes("api-mistyped") if variant == "api" else ecs_16.causes("auth")


def break_(world: World, variant: str) -> None:
    """Create the service anew, from a bad revision and with a circuit breaker."""
    world.forget_service(variant)
    world.settle()
    world.create_service(variant)
    set_rollout(world, variant, has_breaker=True)
    match variant:
        case "api":
            ecs_05.break_(world, "api-mistyped")
        case "auth":
            ecs_16.break_(world, "auth")
        case _:
            world.deploy(variant, lambda container: container.update(entryPoint=["/opt/mlflow/entrypoint.sh"]))


def mend(world: World, variant: str) -> None:
    """Deploy a good revision, without the breaker."""
    set_rollout(world, variant)
    match variant:
        case "api":
            ecs_05.mend(world, "api-mistyped")
        case "auth":
            ecs_16.mend(world, "auth")
        case _:
            world.deploy(variant, lambda container: container.pop("entryPoint"))
