"""NET-08: MLflow's subnet has no way to S3: artifacts hang until a time-out, and all else works."""

from tests.sandbox.aws.routes import PRIVATE_TABLE, create_s3_endpoint, delete_s3_endpoint, lead_to_s3
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("association", "deleted")  # the endpoint has lost its route table; there is no endpoint


def causes(variant: str) -> tuple[Cause, ...]:
    """The route table, by its Name tag, and where it does not lead: the same in both."""
    return (Cause(kind="route-missing", resource=f"{PRIVATE_TABLE} s3"),)


def break_(world: World, variant: str) -> None:
    """Take the route away."""
    if variant == "deleted":
        delete_s3_endpoint(world)
    else:
        lead_to_s3(world, is_led=False)


def mend(world: World, variant: str) -> None:
    """Lead there again."""
    if variant == "deleted":
        create_s3_endpoint(world)
    else:
        lead_to_s3(world, is_led=True)
