"""ECS-25: the account's Fargate vCPUs are used up by others: a task that had to be replaced is not placed again."""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("mlflow", "api")  # whose task is replaced
_VCPUS_OF_OTHERS = 5.0  # of the account's 6


def causes(variant: str) -> tuple[Cause, ...]:
    """The service that gets no task."""
    return (Cause(kind="fargate-quota-reached", resource=service_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Let others run many tasks, and retire the running one."""
    world.fargate.vcpus_of_others = _VCPUS_OF_OTHERS
    world.stop_tasks(variant)


def mend(world: World, variant: str) -> None:
    """Let others end theirs."""
    world.fargate.vcpus_of_others = 0
