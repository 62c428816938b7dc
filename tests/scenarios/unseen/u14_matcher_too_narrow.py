"""A target group takes 200 alone for healthy, and the path that it asks answers with a redirect; traffic still flows.

No kind of cause is of the codes: path and codes are one setting, and the path is not one that answers 200. Source:
ELB user guide, "The target did not return a successful response code".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "2025-08"  # MLflow's health was asked at /mlflow, which redirects
_GROUP = "hokusai-mlflow-tg-development"
CAUSES = (Cause(kind="health-check-path-wrong", resource=_GROUP),)


def break_(world: World) -> None:
    """Take 200 alone."""
    _take(world, "200")


def mend(world: World) -> None:
    """Take the redirect, too."""
    _take(world, world.platform.service("mlflow").matcher)


def _take(world: World, codes: str) -> None:
    world.elbv2.modify_target_group(TargetGroupArn=world.target_groups["mlflow"], Matcher={"HttpCode": codes})
