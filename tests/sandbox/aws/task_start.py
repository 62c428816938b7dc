"""What keeps a task from starting, in the words of Amazon ECS.

Texts: Amazon ECS developer guide, "Stopped tasks error messages" and "CannotPullContainer task errors".
"""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.aws.execution_role import refusal

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_NOT_INITIALIZED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
)

_IN_EACH_IMAGE = ("python", "sh")  # what can be an entry point


class TaskFailedToStartError(Exception):
    """The task never reached RUNNING; the message is its stopped reason."""


def resolved_environment(world: "World", definition: Json) -> dict[str, str]:
    """Return the variables of a task definition's container, its secrets among them.

    Raises:
        TaskFailedToStartError: a secret, the image, its entry point or the log group is not there, or the execution
            role may not have it.

    """
    container, role = definition["containerDefinitions"][0], definition["executionRoleArn"]
    _require_registry_login(role)
    variables = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    for secret in container.get("secrets", []):
        variables[secret["name"]] = _secret_value(world, role, secret["valueFrom"])
    _require_image(world, role, container["image"])
    _require_log_group(world, container)
    _require_entry_point(container)
    return variables


def _require_registry_login(role: str) -> None:
    if refused := refusal(role, "ecr:GetAuthorizationToken", "*"):
        raise TaskFailedToStartError(
            f"{_NOT_INITIALIZED}unable to retrieve ecr registry auth: "
            f"service call has been retried 1 time(s): {refused}"
        )


def _secret_value(world: "World", role: str, reference: str) -> str:
    """Read ``arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:JSON KEY:VERSION STAGE:VERSION ID]``."""
    parts = reference.split(":")
    arn, key = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
    refused = refusal(role, "secretsmanager:GetSecretValue", arn)
    try:
        text: str = world.secretsmanager.get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as error:
        refused = refused or f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    if refused:  # AWS asks IAM first
        raise TaskFailedToStartError(
            f"{_NOT_INITIALIZED}unable to retrieve secret from asm: service call has been retried 1 time(s): "
            f"failed to fetch secret {arn} from secrets manager: {refused}"
        )
    if not key:
        return text
    value = json.loads(text).get(key)
    if value is None:
        raise TaskFailedToStartError(
            f"{_NOT_INITIALIZED}retrieved secret from Secrets Manager did not contain json key {key}"
        )
    return str(value)


def _require_image(world: "World", role: str, image: str) -> None:
    repository, _, tag = image.rpartition("/")[2].partition(":")
    if refusal(role, "ecr:BatchGetImage", f"arn:aws:ecr:{world.account.region}:{ACCOUNT}:repository/{repository}"):
        raise TaskFailedToStartError(
            "CannotPullContainerError: The task can't pull the image. "
            "Check that the role has the permissions to pull images from the registry"
        )
    try:
        world.ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag or "latest"}])
    except ClientError as error:
        raise TaskFailedToStartError(
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
            f"failed to resolve ref {image}: {image}: not found"
        ) from error


def _require_log_group(world: "World", container: Json) -> None:
    options = container.get("logConfiguration", {}).get("options", {})
    group = options.get("awslogs-group")
    found = world.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] if group else []
    if group and group not in [item["logGroupName"] for item in found]:
        raise TaskFailedToStartError(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: ResourceNotFoundException: "
            f"The specified log group does not exist. ({group}) : exit status 1"
        )


def _require_entry_point(container: Json) -> None:
    program = next(iter(container.get("entryPoint", [])), None)
    if program is not None and program not in _IN_EACH_IMAGE:
        raise TaskFailedToStartError(
            "CannotStartContainerError: Error response from daemon: failed to create task for container: failed to "
            "create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
            f'exec: "{program}": executable file not found in $PATH: unknown'
        )
