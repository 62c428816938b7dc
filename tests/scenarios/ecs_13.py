"""ECS-13: the log group of a container does not exist: no task starts, 503 from the load balancer.

``-mistyped``: a revision names a group that was never there; else the group was deleted, and the task replaced.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("api", "auth", "mlflow-mistyped")


def causes(variant: str) -> tuple[Cause, ...]:
    """The group that the container definition names."""
    return (Cause(kind="log-group-missing", resource=_group(variant)),)


def break_(world: World, variant: str) -> None:
    """Delete the group and retire the running task, or deploy the wrong name."""
    role, _, how = variant.partition("-")
    if how:
        world.deploy(role, lambda container: _log_to(container, _group(variant)))
    else:
        world.logs.delete_log_group(logGroupName=_group(variant))
        world.stop_tasks(role)


def mend(world: World, variant: str) -> None:
    """Create the group again, or deploy the right name."""
    role, _, how = variant.partition("-")
    if how:
        world.deploy(role, lambda container: _log_to(container, _group(role)))
    else:
        world.logs.create_log_group(logGroupName=_group(variant))


def _group(variant: str) -> str:
    role, _, how = variant.partition("-")
    return f"/ecs/{service_name(role)}{'-logs' if how else ''}"


def _log_to(container: Json, group: str) -> None:
    container["logConfiguration"]["options"]["awslogs-group"] = group
