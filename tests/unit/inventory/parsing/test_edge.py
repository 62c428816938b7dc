"""Answers of ACM and WAF, as AWS documents them."""

from datetime import UTC, datetime

from registry_monitor.inventory.parsing import edge

ENDED = datetime(2026, 1, 2, tzinfo=UTC)


def test_certificate__expired() -> None:
    """A certificate whose renewal failed is told with all its names, once each, and its end."""
    detail = {
        "CertificateArn": "arn:c",
        "DomainName": "hokus.ai",
        "SubjectAlternativeNames": ["hokus.ai", "*.hokus.ai"],
        "Status": "EXPIRED",
        "NotAfter": ENDED,
        "RenewalSummary": {"RenewalStatus": "FAILED"},
    }
    told = edge.certificate({"Certificate": detail})
    assert (told.status, told.ends_at, told.renewal) == ("EXPIRED", ENDED, "FAILED")
    assert told.names == ("hokus.ai", "*.hokus.ai")


def test_certificate__never_issued() -> None:
    """One that waits for its validation has no end and no renewal."""
    detail = {"CertificateArn": "arn:c", "DomainName": "hokus.ai", "Status": "PENDING_VALIDATION"}
    told = edge.certificate({"Certificate": detail})
    assert (told.names, told.ends_at, told.renewal) == (("hokus.ai",), None, None)


def test_firewall__of_an_answer_without_content() -> None:
    """WAF answers with nothing where there is no web ACL."""
    assert edge.firewall({}) is None
