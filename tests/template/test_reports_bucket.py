"""The bucket of the reports: encrypted, TLS only, private, versioned, expiring, and never lost with the stack."""

from registry_monitor.outputs.objects import RUN_TAG
from tests.template.stack import load_template, resource


def test_reports_bucket__is_encrypted() -> None:
    """S3 encrypts each object."""
    rules = resource("ReportsBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]


def test_reports_bucket__is_private() -> None:
    """All four blocks of public access are on, and access control lists are off."""
    bucket = resource("ReportsBucket")
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_reports_bucket__takes_tls_only() -> None:
    """Everybody is denied everything without TLS, on the bucket and on its objects, and nobody is allowed anything."""
    policy = resource("ReportsBucketPolicy")
    assert policy["Bucket"] == {"Ref": "ReportsBucket"}
    [statement] = policy["PolicyDocument"]["Statement"]
    assert {key: statement[key] for key in ("Effect", "Principal", "Action", "Condition")} == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert statement["Resource"] == [{"Fn::GetAtt": "ReportsBucket.Arn"}, {"Fn::Sub": "${ReportsBucket.Arn}/*"}]


def test_reports_bucket__keeps_versions_for_a_time() -> None:
    """Runs expire, old versions expire, and the latest report never does."""
    bucket = resource("ReportsBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    runs, without_tag, of_a_fleet, old_versions = bucket["LifecycleConfiguration"]["Rules"]
    assert of_a_fleet["Fn::If"][0] == "HasFleet"
    [tag] = runs["TagFilters"]
    assert f"{tag['Key']}={tag['Value']}" == RUN_TAG
    assert runs["ExpirationInDays"] == {"Ref": "ReportDays"}
    assert "Prefix" not in runs  # of all targets of a fleet
    assert without_tag == {
        "Id": "runs-of-before-tags-expire",
        "Status": "Enabled",
        "Prefix": {"Fn::Sub": "${TargetName}/runs/"},
        "ExpirationInDays": runs["ExpirationInDays"],
    }
    assert old_versions["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert "ExpirationInDays" not in old_versions
    assert old_versions["ExpiredObjectDeleteMarker"] is True
    assert {runs["Status"], old_versions["Status"]} == {"Enabled"}


def test_reports_bucket__outlives_the_stack() -> None:
    """Reports stay when the stack is deleted, or the bucket replaced; so does the policy that keeps them to TLS."""
    for name in ("ReportsBucket", "ReportsBucketPolicy"):
        kept = load_template()["Resources"][name]
        assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Retain", "Retain")
