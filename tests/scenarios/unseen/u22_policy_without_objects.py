"""The task role's policy names the bucket, and forgets ``/*``: it may list, and neither read nor write an object.

Source: S3 user guide, "Troubleshoot access denied (403 Forbidden) errors", and IAM user guide, "Amazon S3 actions".
"""

import json

from tests.sandbox.aws.compute import ARTIFACTS_POLICY, TASK_ROLE, allow_artifacts
from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="task-role-permission-missing", resource=f"{TASK_ROLE} s3"),)


def break_(world: World) -> None:
    """Write the policy anew, for the bucket alone."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{ARTIFACTS_BUCKET}"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.put_role_policy(RoleName=TASK_ROLE, PolicyName=ARTIFACTS_POLICY, PolicyDocument=document)


def mend(world: World) -> None:
    """Write it for its objects, too."""
    allow_artifacts(world)
