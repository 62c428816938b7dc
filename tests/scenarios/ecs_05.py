"""ECS-05: the image that a task definition names is not in ECR: no task starts, 503 from the load balancer.

``-deleted``: a lifecycle policy has deleted it, and the task had to be replaced. ``-mistyped``: a revision names a
tag that nobody has pushed. ``-expired``: a lifecycle policy has deleted it, and the task still runs: nobody notices
before the next one starts.
"""

from tests.sandbox.aws.data_stores import IMAGE_TAG, put_image
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("mlflow-deleted", "api-mistyped", "auth-mistyped", "api-expired")
_MISTYPED = IMAGE_TAG.replace("3f2a9c1", "3f2a9cl")


def causes(variant: str) -> tuple[Cause, ...]:
    """The repository and the tag that is not in it."""
    role, _, how = variant.partition("-")
    tag = _MISTYPED if how == "mistyped" else IMAGE_TAG
    return (Cause(kind="container-image-missing", resource=f"hokusai-{role}:{tag}"),)


def break_(world: World, variant: str) -> None:
    """Delete the image, and retire the running task or leave it; or deploy the wrong tag."""
    role, _, how = variant.partition("-")
    if how == "mistyped":
        world.deploy(role, lambda container: _use(container, _MISTYPED))
        return
    world.ecr.batch_delete_image(repositoryName=f"hokusai-{role}", imageIds=[{"imageTag": IMAGE_TAG}])
    if how == "deleted":
        world.stop_tasks(role)


def mend(world: World, variant: str) -> None:
    """Push the image again, or deploy the right tag."""
    role, _, how = variant.partition("-")
    if how == "mistyped":
        world.deploy(role, lambda container: _use(container, IMAGE_TAG))
    else:
        put_image(world, f"hokusai-{role}", IMAGE_TAG)


def _use(container: Json, tag: str) -> None:
    container["image"] = f"{container['image'].rpartition(':')[0]}:{tag}"
