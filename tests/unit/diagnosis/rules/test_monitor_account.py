"""A platform in another account: its role is told once, and its network only where all signs agree."""

import pytest

from registry_monitor.diagnosis import diagnose
from registry_monitor.finding import Confidence, Finding, FindingState
from registry_monitor.inventory.facts import Unknown
from registry_monitor.model import Result, Status
from registry_monitor.run import AssumedRole
from tests.unit.diagnosis.platform import failed, inventory, result, run_of

ARN, EXTERNAL_ID = "arn:aws:iam::222222222222:role/registry-monitor-reads", "fake-external-id"
DENIED = (
    f"ecs:DescribeServices was not made: the platform's role {ARN} could not be assumed (sts:AssumeRole: AccessDenied)"
    f": its trust policy must name the monitor's role and the external id '{EXTERNAL_ID}' of the target file"
)
NAMELESS = "no internal name of the platform resolves here: this may not be its VPC (its name did not resolve)"
SILENT = "hokusai-api-development did not connect in time on port 8001; if the platform has not opened it: add a rule"


def unknown(check: str, seen: str) -> Result:
    return result(check, Status.UNKNOWN, None, None, seen=seen)


def passed(check: str, url: str | None = None) -> Result:
    return result(check, Status.PASS, "api", url)


NAMES = unknown("infrastructure_health.endpoint.api-internal", NAMELESS)
TASKS = unknown("services_direct.api.accepts", SILENT)
STORE = unknown("infrastructure_health.redis.ping", SILENT.replace("hokusai-api-development", "Redis r"))
PUBLIC = passed("endpoint_availability.endpoint.api-root", "https://registry.hokus.ai/")


def findings(*results: Result, account: bool = True, **facts: object) -> list[Finding]:
    """What is found of a run, of a platform in another account or not."""
    run = run_of(inventory(**facts), *results)
    given = AssumedRole(role_arn=ARN, external_id=EXTERNAL_ID) if account else None
    run = run.model_copy(update={"target": run.target.model_copy(update={"account": given})})
    return list(diagnose(run).findings)


def test_role_that_is_denied__is_told_once_with_the_trust_that_is_missing() -> None:
    """However many facts are Unknown for it, whatever they are of; the platform itself is accused of nothing."""
    nothing = Unknown(reason=DENIED, source="ecs:DescribeServices")
    of_network = Unknown(reason=DENIED.replace("ecs:DescribeServices", "ec2:DescribeSubnets"), source="ec2")
    check = unknown("infrastructure_health.service.api.exists", DENIED)
    [finding] = findings(check, PUBLIC, ecs_services=nothing, target_groups=nothing, security_groups=of_network)
    assert (finding.kind, finding.resource, finding.state) == ("monitor-role-not-assumed", ARN, FindingState.ACTIVE)
    assert finding.explains == (check.check_id,)
    assert finding.fix.hcl is not None
    assert f'"{EXTERNAL_ID}"' in finding.fix.hcl and "var.monitor_role_arn" in finding.fix.hcl
    assert '"sts:RoleSessionName"' in finding.fix.hcl and '"registry-monitor-hokusai-development"' in finding.fix.hcl
    assert "PlatformRoleArns" in finding.fix.told


def test_sts_out_of_reach__is_an_api_out_of_reach() -> None:
    """The trust may be right: what is missing is a way to STS."""
    told = f"the platform's role {ARN} could not be assumed: sts:AssumeRole could not be reached at https://sts (x)"
    nothing = Unknown(reason=f"ecs:DescribeServices was not made: {told}", source="ecs:DescribeServices")
    [finding] = findings(PUBLIC, ecs_services=nothing)
    assert (finding.kind, finding.resource) == ("monitor-api-unreachable", "sts")


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("registry-monitor-reads/registry-monitor-x", f"the platform's role {ARN} ("),
        ("monitor/f", "the function's role"),
    ],
)
def test_permission_that_is_missing__is_added_to_the_role_that_lacks_it(who: str, where: str) -> None:
    """AWS says who has asked: the function's own role asks for its reports, the platform's for all else."""
    told = f"User: arn:aws:sts::222222222222:assumed-role/{who} is not authorized to perform: rds:DescribeDBInstances"
    denied = f"rds:DescribeDBInstances was denied to the monitor's role (AccessDenied): add it; AWS says: {told}"
    [finding] = findings(PUBLIC, databases={"db": Unknown(reason=denied, source="rds:DescribeDBInstances")})
    assert finding.kind == "monitor-permission-missing"
    assert finding.fix.told.startswith(f"Add rds:DescribeDBInstances to the policy of {where}")


def test_network_apart__is_told_with_both_remedies() -> None:
    """Names that do not resolve and addresses that are silent: two signs."""
    [finding] = findings(NAMES, TASKS, STORE, PUBLIC)
    assert (finding.kind, finding.resource) == ("monitor-network-apart", "account 222222222222")
    assert (finding.confidence, finding.state) == (Confidence.TWO_SIGNS, FindingState.ACTIVE)
    assert set(finding.explains) == {NAMES.check_id, TASKS.check_id, STORE.check_id}
    assert [proof.source for proof in finding.proofs] == [NAMES.check_id, TASKS.check_id]
    assert "a stack of the monitor in the platform's VPC" in finding.fix.told and "peer both VPCs" in finding.fix.told


def test_network_apart__with_one_kind_of_sign_is_suspected() -> None:
    """Ports that are closed look the same as a network that is not joined."""
    [finding] = findings(TASKS, STORE, PUBLIC)
    assert (finding.kind, finding.state) == ("monitor-network-apart", FindingState.SUSPECTED)


@pytest.mark.parametrize(
    "others",
    [
        (TASKS,),
        (TASKS, STORE, passed("services_direct.auth.accepts")),
        (NAMES, STORE, passed("infrastructure_health.database.answers")),
        (NAMES, TASKS, passed("infrastructure_health.endpoint.auth-internal", "http://auth.hokusai.local:8000/health")),
        (NAMES, STORE, failed("services_direct.auth.accepts", "auth", seen="10.0.1.7 refused the connection")),
    ],
    ids=["one alone", "a task answers", "a store answers", "an internal name answers", "a task refuses"],
)
def test_network_that_is_met_anywhere__is_not_apart(others: tuple[Result, ...]) -> None:
    """One answer from inside proves the way; one silence proves nothing."""
    assert "monitor-network-apart" not in [finding.kind for finding in findings(*others, PUBLIC)]


def test_network_of_the_own_account__is_not_told_apart() -> None:
    """There the closed port is told with the rule that opens it."""
    assert findings(NAMES, TASKS, STORE, PUBLIC, account=False) == []


def test_registered_tasks__are_no_answer_from_inside() -> None:
    """AWS tells of them, wherever the monitor stands."""
    kinds = [finding.kind for finding in findings(NAMES, TASKS, passed("services_direct.api.registered"), PUBLIC)]
    assert kinds == ["monitor-network-apart"]
