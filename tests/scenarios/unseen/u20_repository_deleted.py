"""The repository of MLflow's images was deleted with all in it, and then its task had to be replaced.

Source: ECS developer guide, "CannotPullContainer task errors" ("repository does not exist").
"""

from tests.sandbox.aws.data_stores import IMAGE_TAG, put_image
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_REPOSITORY = "hokusai-mlflow"
CAUSES = (Cause(kind="container-image-missing", resource=f"{_REPOSITORY}:{IMAGE_TAG}"),)


def break_(world: World) -> None:
    """Delete the repository, and retire the task."""
    world.ecr.delete_repository(repositoryName=_REPOSITORY, force=True)
    world.stop_tasks("mlflow")


def mend(world: World) -> None:
    """Create it again, and push the image."""
    world.ecr.create_repository(repositoryName=_REPOSITORY)
    put_image(world, _REPOSITORY, IMAGE_TAG)
