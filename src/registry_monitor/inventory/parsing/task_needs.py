"""Answers of ECR and Secrets Manager."""

from collections.abc import Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import SecretState


def has_images(answer: Mapping[str, Any]) -> bool:
    """DescribeImages of one image."""
    return len(answer["imageDetails"]) > 0


def secret(answer: Mapping[str, Any]) -> SecretState:
    """DescribeSecret."""
    return SecretState(
        arn=answer["ARN"],
        name=answer["Name"],
        deleted_at=answer.get("DeletedDate"),
        changed_at=answer.get("LastChangedDate"),
        rotated_at=answer.get("LastRotatedDate"),
    )
