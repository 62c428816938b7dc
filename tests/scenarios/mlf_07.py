"""MLF-07: the tasks' role may not use the artifacts in S3: writes fail with 500, reads with 403."""

import json

from tests.sandbox.aws.compute import ARTIFACTS_POLICY, TASK_ROLE, allow_artifacts
from tests.sandbox.platforms import ARTIFACTS_BUCKET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("role-policy-missing", "bucket-policy-denies")
_BUCKET = f"arn:aws:s3:::{ARTIFACTS_BUCKET}"
_DENIAL = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [_BUCKET, f"{_BUCKET}/*"]}


def causes(variant: str) -> tuple[Cause, ...]:
    """The role, and what it may not use."""
    return (Cause(kind="task-role-permission-missing", resource=f"{TASK_ROLE} s3"),)


def break_(world: World, variant: str) -> None:
    """Delete the role's inline policy, or deny it in the bucket's; it holds from the next request on."""
    if variant == "role-policy-missing":
        world.iam.delete_role_policy(RoleName=TASK_ROLE, PolicyName=ARTIFACTS_POLICY)
    else:
        document = {"Version": "2012-10-17", "Statement": [_DENIAL]}
        world.s3.put_bucket_policy(Bucket=ARTIFACTS_BUCKET, Policy=json.dumps(document))


def mend(world: World, variant: str) -> None:
    """Put the policy back, or take the bucket's away."""
    if variant == "role-policy-missing":
        allow_artifacts(world)
    else:
        world.s3.delete_bucket_policy(Bucket=ARTIFACTS_BUCKET)
