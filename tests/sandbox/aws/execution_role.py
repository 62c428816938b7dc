"""The tasks' execution role: what it may do in the healthy world, and what IAM says of it when a task starts."""

import json
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import iam_backends

from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.platforms import HOKUSAI

if TYPE_CHECKING:
    from tests.sandbox.world import World

EXECUTION_ROLE = HOKUSAI.execution_role  # as scenarios know it
PULL_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
SECRETS_POLICY = "secrets"
SECRETS = tuple(HOKUSAI.task_secrets)
# What AWS keeps in the managed policy; moto loads all thousand of them or none.
_PULL_STATEMENT = {
    "Effect": "Allow",
    "Action": [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
    "Resource": "*",
}


def equip_execution_role(world: "World") -> None:
    """Let the role pull images, write logs, and read the secrets that task definitions name."""
    world.control_plane.add_managed_policy(PULL_POLICY, policy_document(_PULL_STATEMENT))
    world.iam.attach_role_policy(RoleName=world.account.execution_role, PolicyArn=PULL_POLICY)
    allow_secrets(world, world.account.task_secrets)


def allow_secrets(world: "World", names: Iterable[str]) -> None:
    """Let the role read these secrets, and no others."""
    arns = [world.secretsmanager.describe_secret(SecretId=name)["ARN"] for name in names]
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arns}
    world.iam.put_role_policy(
        RoleName=world.account.execution_role, PolicyName=SECRETS_POLICY, PolicyDocument=policy_document(statement)
    )


def policy_document(*statements: object) -> str:
    """Return a policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def refusal(role_arn: str, action: str, resource: str) -> str | None:
    """Return what AWS says when the role's policies do not allow ``action``, or None when they do."""
    role = role_arn.rpartition("/")[2]
    iam = iam_backends[ACCOUNT]["aws"]
    policies = [iam.get_role_policy(role, name)[1] for name in iam.list_role_policies(role)]
    results = {
        IAMPolicy(policy).is_action_permitted(action, resource)
        for policy in (*policies, *iam.list_attached_role_policies(role)[0])
    }
    if PermissionResult.DENIED in results:
        why = "with an explicit deny in an identity-based policy"
    elif PermissionResult.PERMITTED not in results:
        why = f"because no identity-based policy allows the {action} action"
    else:
        return None
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{uuid.uuid5(uuid.NAMESPACE_OID, role).hex}"
    return (
        f"AccessDeniedException: User: {session} is not authorized to perform: {action} on resource: {resource} {why}"
    )
