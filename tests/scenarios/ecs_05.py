"""ECS-05: the image tag that MLflow's task definition names is gone from ECR, and its task had to be replaced."""

from tests.sandbox.aws.data_stores import IMAGE_TAG, put_image
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_REPOSITORY = "hokusai-mlflow"
CAUSES = (Cause(kind="container-image-missing", resource=f"{_REPOSITORY}:{IMAGE_TAG}"),)


def break_(world: World) -> None:
    """Delete the image, as a lifecycle policy would, and retire the running task."""
    world.ecr.batch_delete_image(repositoryName=_REPOSITORY, imageIds=[{"imageTag": IMAGE_TAG}])
    world.stop_tasks("mlflow")


def mend(world: World) -> None:
    """Push the image again."""
    put_image(world, _REPOSITORY, IMAGE_TAG)
