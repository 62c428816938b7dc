"""Answers of ACM and WAF."""

from collections.abc import Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import Certificate


def certificate(answer: Mapping[str, Any]) -> Certificate:
    """DescribeCertificate. Its names are told once each; the first alternative name repeats the domain."""
    detail = answer["Certificate"]
    return Certificate(
        arn=detail["CertificateArn"],
        status=detail["Status"],
        names=tuple(dict.fromkeys([detail["DomainName"], *detail.get("SubjectAlternativeNames", [])])),
        ends_at=detail.get("NotAfter"),
        renewal=detail.get("RenewalSummary", {}).get("RenewalStatus"),
    )


def firewall(answer: Mapping[str, Any]) -> str | None:
    """GetWebACLForResource: without a web ACL the answer has no content."""
    acl = answer.get("WebACL")
    return acl["Name"] if acl else None
