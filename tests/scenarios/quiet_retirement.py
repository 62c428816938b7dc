"""Nothing is wrong (ECS-33): AWS has retired the task of MLflow, and ECS has replaced it."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES: tuple[Cause, ...] = ()


def break_(world: World) -> None:
    """Retire the task."""
    world.stop_tasks("mlflow", stop_code="TerminationNotice")


def mend(world: World) -> None:
    """Leave the world as it is: the replacement runs."""
