"""A new execution role was given to the API: it may read the secrets, and nobody attached what pulls images.

Source: ECS developer guide, "Amazon ECS task execution IAM role" and "Stopped tasks error messages".
"""

import json

from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.aws.execution_role import EXECUTION_ROLE, SECRETS_POLICY
from tests.sandbox.platforms import CLUSTER, service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_ROLE, _SERVICE = "hokusai-api-execution-v2", service_name("api")
CAUSES = (Cause(kind="image-pull-denied", resource=_ROLE),)
_KEPT = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "taskRoleArn", "containerDefinitions")


def break_(world: World) -> None:
    """Create the role, with the old one's inline policy, and deploy a revision that has it."""
    trust = world.iam.get_role(RoleName=EXECUTION_ROLE)["Role"]["AssumeRolePolicyDocument"]
    world.iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=json.dumps(trust))
    policy = world.iam.get_role_policy(RoleName=EXECUTION_ROLE, PolicyName=SECRETS_POLICY)["PolicyDocument"]
    world.iam.put_role_policy(RoleName=_ROLE, PolicyName=SECRETS_POLICY, PolicyDocument=json.dumps(policy))
    _deploy(world, _ROLE)


def mend(world: World) -> None:
    """Deploy the old role, and delete the new one."""
    _deploy(world, EXECUTION_ROLE)
    world.iam.delete_role_policy(RoleName=_ROLE, PolicyName=SECRETS_POLICY)
    world.iam.delete_role(RoleName=_ROLE)


def _deploy(world: World, role: str) -> None:
    definition = world.task_definition("api")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    world.ecs.register_task_definition(**{key: definition[key] for key in _KEPT}, executionRoleArn=arn)
    world.ecs.update_service(cluster=CLUSTER, service=_SERVICE, taskDefinition=_SERVICE)
