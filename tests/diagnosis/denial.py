"""Taking evidence away: AWS denies the monitor one operation, as a policy that lacks it would."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.inventory import aws
from tests.sandbox.scenario import Cause

_ROLE = "arn:aws:sts::123456789012:assumed-role/registry-monitor/function"
_CODES = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException"}  # by protocol; others: AccessDenied

# The operation that tells of each Terraform resource, with the name of its boto3 client.
_TELLS_OF = {
    "aws_acm_certificate": "acm:DescribeCertificate",
    "aws_db_instance": "rds:DescribeDBInstances",
    "aws_ecs_cluster": "ecs:DescribeServices",
    "aws_ecs_service": "ecs:DescribeServices",
    "aws_ecs_task_definition": "ecs:DescribeTaskDefinition",
    "aws_elasticache_replication_group": "elasticache:DescribeReplicationGroups",
    "aws_iam_role_policy": "iam:GetRolePolicy",
    "aws_iam_role_policy_attachment": "iam:ListAttachedRolePolicies",
    "aws_lb": "elbv2:DescribeLoadBalancers",
    "aws_lb_listener": "elbv2:DescribeListeners",
    "aws_lb_listener_rule": "elbv2:DescribeRules",
    "aws_lb_target_group": "elbv2:DescribeTargetHealth",
    "aws_network_acl_rule": "ec2:DescribeNetworkAcls",
    "aws_route": "ec2:DescribeRouteTables",
    "aws_route53_record": "route53:ListResourceRecordSets",
    "aws_s3_bucket": "s3:HeadBucket",
    "aws_secretsmanager_secret": "secretsmanager:DescribeSecret",
    "aws_vpc_endpoint": "ec2:DescribeVpcEndpoints",
    "aws_vpc_security_group_ingress_rule": "ec2:DescribeSecurityGroups",
    "aws_wafv2_web_acl": "wafv2:GetWebACLForResource",
}


def telling_operation(cause: Cause) -> str | None:
    """The operation without which a cause is hard to prove: ``elbv2:DescribeRules``; None where AWS tells nothing."""
    terraform = CAUSES[cause.kind].terraform
    return _TELLS_OF.get(terraform) if terraform else None


@contextmanager
def denying(operation: str | None) -> Iterator[None]:
    """Have AWS deny ``operation`` to every client that the monitor makes meanwhile."""
    if operation is None:
        yield
        return
    service, _, name = operation.partition(":")
    model = Session().get_service_model(service)
    assert name in model.operation_names, f"{service} has no operation {name}"

    def deny(**_: object) -> None:
        told = f"User: {_ROLE} is not authorized to perform: {model.signing_name}:{name}"
        error = {"Code": _CODES.get(model.metadata["protocol"], "AccessDenied"), "Message": told}
        raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, name)

    @lru_cache(maxsize=1)
    def session() -> boto3.Session:
        created = boto3.Session()
        created.events.register(f"before-send.{model.service_id.hyphenize()}.{name}", deny)
        return created

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "_session", session)
        yield
