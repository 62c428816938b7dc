"""MLF-07: the tasks' role has lost its right to the artifacts in S3: writes fail with 500, reads with 403."""

from tests.sandbox.aws.compute import ARTIFACTS_POLICY, TASK_ROLE, allow_artifacts
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="task-role-permission-missing", resource=f"{TASK_ROLE} s3"),)


def break_(world: World) -> None:
    """Delete the inline policy; it holds from the next request on."""
    world.iam.delete_role_policy(RoleName=TASK_ROLE, PolicyName=ARTIFACTS_POLICY)


def mend(world: World) -> None:
    """Put the policy back."""
    allow_artifacts(world)
