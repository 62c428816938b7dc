"""What ACM and WAF say of what stands before the load balancers: certificates and web ACLs."""

from typing import Any

from registry_monitor.inventory.deep_facts import Certificate
from registry_monitor.inventory.parsing import edge as parsing

DESCRIBE_CERTIFICATE = "acm:DescribeCertificate"
GET_FIREWALL = "wafv2:GetWebACLForResource"  # for which WAF itself also wants wafv2:GetWebACL


def is_of_acm(certificate_arn: str) -> bool:
    """Whether ACM has it; a listener may also have one that was uploaded to IAM."""
    return ":acm:" in certificate_arn


def read_certificate(client: Any, arn: str) -> Certificate | None:
    """One certificate, or None where there is none of this ARN."""
    try:
        return parsing.certificate(client.describe_certificate(CertificateArn=arn))
    except client.exceptions.ResourceNotFoundException:
        return None


def read_firewall(client: Any, balancer_arn: str) -> str | None:
    """The name of the load balancer's web ACL, or None where it has none."""
    return parsing.firewall(client.get_web_acl_for_resource(ResourceArn=balancer_arn))
