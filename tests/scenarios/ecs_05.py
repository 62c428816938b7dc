"""ECS-05: the image that a task definition names is not in ECR: no task starts, 503 from the load balancer.

``-deleted``: a lifecycle policy has deleted it, and the task had to be replaced. ``-mistyped``: a revision names a
tag that nobody has pushed.
"""

from tests.sandbox.aws.data_stores import IMAGE_TAG, put_image
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("mlflow-deleted", "api-mistyped", "auth-mistyped")
_MISTYPED = IMAGE_TAG.replace("3f2a9c1", "3f2a9cl")


def causes(variant: str) -> tuple[Cause, ...]:
    """The repository and the tag that is not in it."""
    role, _, how = variant.partition("-")
    tag = IMAGE_TAG if how == "deleted" else _MISTYPED
    return (Cause(kind="container-image-missing", resource=f"hokusai-{role}:{tag}"),)


def break_(world: World, variant: str) -> None:
    """Delete the image and retire the running task, or deploy the wrong tag."""
    role, _, how = variant.partition("-")
    if how == "deleted":
        world.ecr.batch_delete_image(repositoryName=f"hokusai-{role}", imageIds=[{"imageTag": IMAGE_TAG}])
        world.stop_tasks(role)
    else:
        world.deploy(role, lambda container: _use(container, _MISTYPED))


def mend(world: World, variant: str) -> None:
    """Push the image again, or deploy the right tag."""
    role, _, how = variant.partition("-")
    if how == "deleted":
        put_image(world, f"hokusai-{role}", IMAGE_TAG)
    else:
        world.deploy(role, lambda container: _use(container, IMAGE_TAG))


def _use(container: Json, tag: str) -> None:
    container["image"] = f"{container['image'].rpartition(':')[0]}:{tag}"
