"""The API was deployed by the digest of an image that a lifecycle policy has expired: no task starts.

The tag of the same repository is there. Source: ECR user guide, "Lifecycle policies", and ECS developer guide,
"CannotPullContainer task errors".
"""

from tests.sandbox.aws.data_stores import IMAGE_TAG
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

_DIGEST = "sha256:4f1d5b1e0cc94f3a8a6de8f0a4f7c3f2d9be6a7c1e0b5d83927f6a1cb20d4e59"
CAUSES = (Cause(kind="container-image-missing", resource=f"hokusai-api@{_DIGEST}"),)


def break_(world: World) -> None:
    """Deploy it by the digest."""
    world.deploy("api", lambda container: _name_image(container, f"@{_DIGEST}"))


def mend(world: World) -> None:
    """Deploy it by the tag."""
    world.deploy("api", lambda container: _name_image(container, f":{IMAGE_TAG}"))


def _name_image(container: Json, reference: str) -> None:
    registry = container["image"].partition("/")[0]
    container["image"] = f"{registry}/hokusai-api{reference}"
