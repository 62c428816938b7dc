"""ECS-07: the execution role may not pull images: a task that had to be replaced does not start again.

``detached``: AWS's managed policy is no longer attached. ``denied``: an inline policy denies the pull itself.
"""

from tests.sandbox.aws.execution_role import EXECUTION_ROLE, PULL_POLICY, policy_document
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

VARIANTS = ("detached", "denied")
_DENIAL = "no-pulls"
_STOPPED = {"detached": "api", "denied": "mlflow"}  # whose task is replaced


def causes(variant: str) -> tuple[Cause, ...]:
    """The role of all services."""
    return (Cause(kind="image-pull-denied", resource=EXECUTION_ROLE),)


def break_(world: World, variant: str) -> None:
    """Take the right away, and retire a running task."""
    if variant == "detached":
        world.iam.detach_role_policy(RoleName=EXECUTION_ROLE, PolicyArn=PULL_POLICY)
    else:
        denial = policy_document({"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*"})
        world.iam.put_role_policy(RoleName=EXECUTION_ROLE, PolicyName=_DENIAL, PolicyDocument=denial)
    world.stop_tasks(_STOPPED[variant])


def mend(world: World, variant: str) -> None:
    """Give it back."""
    if variant == "detached":
        world.iam.attach_role_policy(RoleName=EXECUTION_ROLE, PolicyArn=PULL_POLICY)
    else:
        world.iam.delete_role_policy(RoleName=EXECUTION_ROLE, PolicyName=_DENIAL)
