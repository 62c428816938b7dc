"""What ECR and Secrets Manager say of what a task needs to start: its image, and the secrets that it is given."""

import re
from typing import Any

from registry_monitor.inventory.aws import ClientOf
from registry_monitor.inventory.deep_facts import SecretState
from registry_monitor.inventory.parsing import task_needs as parsing

DESCRIBE_IMAGES = "ecr:DescribeImages"
DESCRIBE_SECRET = "secretsmanager:DescribeSecret"  # noqa: S105 - the name of a call

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]+))?"
)
_SECRET_ARN = re.compile(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:]+")


def is_in_ecr(image: str) -> bool:
    """Whether the image is one of Amazon ECR's private registries."""
    return _ECR_IMAGE.fullmatch(image) is not None


def has_image(client_of: ClientOf, image: str) -> bool:
    """Whether ECR has the image, where it is kept: an image may come from another region."""
    named = _ECR_IMAGE.fullmatch(image)
    if named is None:
        raise ValueError(f"{image} is no image of ECR")
    client = client_of("ecr", named["region"])
    wanted = {"imageDigest": named["digest"]} if named["digest"] else {"imageTag": named["tag"] or "latest"}
    try:
        answer = client.describe_images(
            registryId=named["account"], repositoryName=named["repository"], imageIds=[wanted]
        )
    except (client.exceptions.ImageNotFoundException, client.exceptions.RepositoryNotFoundException):
        return False
    return parsing.has_images(answer)


def secret_of(value_from: str) -> str | None:
    """The secret that a container's ``valueFrom`` names, without JSON key and version; None for a parameter of SSM."""
    named = _SECRET_ARN.match(value_from)
    return named and named[0]


def read_secret(client: Any, arn_or_name: str) -> SecretState | None:
    """What is known of one secret but its value, or None where there is none."""
    try:
        return parsing.secret(client.describe_secret(SecretId=arn_or_name))
    except client.exceptions.ResourceNotFoundException:
        return None
