"""A platform that is read by a role of its account: as well as by the own one, or not at all."""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from registry_monitor.model import Status, Verdict
from tests.sandbox.aws.control_plane import ACCOUNT, REGION
from tests.sandbox.aws.iam.monitors_role import FUNCTION, ROLE, deployed_stack
from tests.sandbox.aws.iam.policies import Policies
from tests.sandbox.aws.iam.role import Role
from tests.sandbox.platforms import ARTIFACTS_BUCKET, CLUSTER, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here
from tests.template.deployed import DeployedStack
from tests.template.stack import ROOT, load_template

READS = f"arn:aws:iam::{ACCOUNT}:role/registry-monitor-reads"  # moto takes a role's session for one of its account
SOMEBODY = {"aws_access_key_id": "fake-access-key-id", "aws_secret_access_key": "fake-secret-access-key"}
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "ClusterName": CLUSTER,
    "ArtifactsBucketName": ARTIFACTS_BUCKET,
    "PlatformPrefix": "hokusai",
    "TargetName": "hokusai-development",
}
EVENT = {"suites": ["infrastructure_health", "services"], "depth": "full"}


@pytest.fixture
def elsewhere(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, whose target names a role."""
    kept = sandbox.target_path.read_text(encoding="utf-8")
    account = f"account: {{role_arn: '{READS}', external_id: fake-external-id}}\n"
    sandbox.target_path.write_text(f"{account}{kept}", encoding="utf-8")
    yield sandbox
    sandbox.target_path.write_text(kept, encoding="utf-8")


def test_stack_that_does_not_name_the_role__reads_nothing_and_still_asks_the_hosts(
    elsewhere: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the monitor's own fault, told once with what both sides must have; of the platform nothing is accused."""
    run = monitor_here(elsewhere, monkeypatch, EVENT)
    assert run.verdict is Verdict.BLIND
    [finding] = run.causes
    assert (finding.kind, finding.resource, finding.is_monitors_own) == ("monitor-role-not-assumed", READS, True)
    unknown = {result.check_id: result.seen for result in run.of_status(Status.UNKNOWN)}
    assert set(finding.explains) == {
        check for check, seen in unknown.items() if f"{READS} could not be assumed" in seen
    }
    assert {"infrastructure_health.service.api.exists", "infrastructure_health.endpoint.api-key-accepted"} <= {
        *finding.explains
    }
    assert run.of_status(Status.FAIL) == run.of_status(Status.BLOCKED) == ()
    asked = {result.check_id for result in run.results if result.status.is_passed}
    assert {f"infrastructure_health.tls.{host}" for host in ("auth.hokus.ai", "registry.hokus.ai")} <= asked
    assert {name: made for name, made in run.cost.aws_calls.items() if not name.startswith("s3:")} == {
        "sts:AssumeRole": 1
    }


@pytest.fixture
def role(elsewhere: Sandbox) -> Iterator[None]:
    """The role of docs/cross-account.yaml is there. Of it moto itself judges what is asked of S3."""
    iam = boto3.client("iam", region_name=REGION, endpoint_url=elsewhere.environment["AWS_ENDPOINT_URL"], **SOMEBODY)
    named = {"RoleName": READS.rpartition("/")[2]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": _statements_of_the_page()})
    policy = policy.replace("s3:GetEncryptionConfiguration", "s3:ListBucket")  # what moto takes it for
    iam.create_role(**named, AssumeRolePolicyDocument="{}")
    iam.put_role_policy(**named, PolicyName="reads", PolicyDocument=policy)
    yield
    iam.delete_role_policy(**named, PolicyName="reads")
    iam.delete_role(**named)


@pytest.mark.usefixtures("role")
def test_stack_that_names_the_role__reads_all_by_it(elsewhere: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's own role reads nothing of the platform: it may assume one role, and no more is needed."""
    refusals = elsewhere.world.control_plane.refusals
    monkeypatch.setattr(refusals, "role", _role_of_a_stack_with(READS))
    with refusals.asked() as asked:
        run = monitor_here(elsewhere, monkeypatch, EVENT)
    assert (run.verdict, run.causes) == (Verdict.HEALTHY, ())
    assert asked == {"sts:AssumeRole"}
    assert run.target.account is not None and run.target.account.role_arn == READS


def _role_of_a_stack_with(role_arn: str) -> Role:
    """The function's role, of a stack whose parameter names a platform's."""
    named = {
        "TargetName": "hokusai-development",
        "ClusterName": CLUSTER,
        "ArtifactsBucketName": ARTIFACTS_BUCKET,
        "PlatformRoleArns": role_arn,
    }
    stack = DeployedStack(REGION, ACCOUNT, named, {"ReportsBucket": REPORTS_BUCKET, "AlertsKey": "any"})
    own = deployed_stack("hokusai-development", REGION, ACCOUNT).arn(FUNCTION)
    return Role(Policies(stack.statements(ROLE)), {"lambda:SourceFunctionArn": own})


def _statements_of_the_page() -> list[dict[str, Any]]:
    page = load_template(ROOT / "docs/cross-account.yaml")
    [policy] = page["Resources"]["MonitorReadsRole"]["Properties"]["Policies"]
    resolved: list[dict[str, Any]] = _resolved(policy["PolicyDocument"]["Statement"])
    return resolved


def _resolved(value: Any) -> Any:
    match value:
        case {"Ref": name}:
            return VALUES[name]
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: VALUES[found[1]], text)
        case dict():
            return {key: _resolved(each) for key, each in value.items()}
        case list():
            return [_resolved(each) for each in value]
    return value
