"""A platform that is read by a role of its account: as well as by the own one, or not at all."""

from collections.abc import Iterator

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

READS = f"arn:aws:iam::{ACCOUNT}:role/registry-monitor-reads"  # moto takes a role's session for one of its account
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
    unknown = {result.check_id for result in run.of_status(Status.UNKNOWN)}
    assert set(finding.explains) == unknown
    assert {"infrastructure_health.service.api.exists", "infrastructure_health.endpoint.api-key-accepted"} <= unknown
    asked = {result.check_id for result in run.results if result.status.is_passed}
    assert {f"infrastructure_health.tls.{host}" for host in ("auth.hokus.ai", "registry.hokus.ai")} <= asked
    assert {name: made for name, made in run.cost.aws_calls.items() if not name.startswith("s3:")} == {
        "sts:AssumeRole": 1
    }


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
