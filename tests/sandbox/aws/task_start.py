"""What keeps a task from starting, in the words of Amazon ECS.

Texts: Amazon ECS developer guide, "Stopped tasks error messages" and "CannotPullContainer task errors".
"""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]


class TaskFailedToStartError(Exception):
    """The task never reached RUNNING; the message is its stopped reason."""


def resolved_environment(world: "World", container: Json) -> dict[str, str]:
    """Return the container's variables, its secrets among them.

    Raises:
        TaskFailedToStartError: a secret, the image or the log group is not there.

    """
    variables = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    for secret in container.get("secrets", []):
        variables[secret["name"]] = _secret_value(world, secret["valueFrom"])
    _require_image(world, container["image"])
    _require_log_group(world, container)
    return variables


def _secret_value(world: "World", reference: str) -> str:
    """Read ``arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:JSON KEY:VERSION STAGE:VERSION ID]``."""
    parts = reference.split(":")
    arn, key = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
    failed = (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
    )
    try:
        text: str = world.secretsmanager.get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as error:
        reason = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        raise TaskFailedToStartError(
            f"{failed}unable to retrieve secret from asm: service call has been retried 1 time(s): "
            f"failed to fetch secret {arn} from secrets manager: {reason}"
        ) from error
    if not key:
        return text
    value = json.loads(text).get(key)
    if value is None:
        raise TaskFailedToStartError(f"{failed}retrieved secret from Secrets Manager did not contain json key {key}")
    return str(value)


def _require_image(world: "World", image: str) -> None:
    repository, _, tag = image.rpartition("/")[2].partition(":")
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
