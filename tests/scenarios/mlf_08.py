"""MLF-08: there is no bucket where MLflow keeps its artifacts: writes fail with 500, reads with 404; tracking works."""

from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("deleted", "renamed")
_RENAMED = "hokusai-mlflow-artifacts-dev"
_VARIABLE = "DEFAULT_ARTIFACT_ROOT"


def causes(variant: str) -> tuple[Cause, ...]:
    """The bucket, or the variable that names another."""
    if variant == "deleted":
        return (Cause(kind="bucket-missing", resource=ARTIFACTS_BUCKET),)
    return (Cause(kind="container-variable-wrong", resource=f"hokusai-mlflow-development {_VARIABLE}"),)


def break_(world: World, variant: str) -> None:
    """Delete the bucket with all that is in it, or deploy an MLflow with a name that no bucket has."""
    if variant == "deleted":
        world.control_plane.delete_bucket(ARTIFACTS_BUCKET)
    else:
        world.set_variable("mlflow", _VARIABLE, f"s3://{_RENAMED}/artifacts")


def mend(world: World, variant: str) -> None:
    """Bring it back with all that was in it, or deploy the right name."""
    if variant == "deleted":
        world.control_plane.undelete_bucket(ARTIFACTS_BUCKET)
    else:
        world.set_variable("mlflow", _VARIABLE, world.platform.service("mlflow").environment[_VARIABLE])
