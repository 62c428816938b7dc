"""What explains what: several faults at once, consequences, contradiction, and what nothing explains."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from registry_monitor.diagnosis import diagnose
from registry_monitor.finding import Confidence, Finding, FindingState
from registry_monitor.inventory.deep_facts import Role, Statement
from registry_monitor.inventory.facts import Cache, EcsServices, Inventory, Unknown
from registry_monitor.model import Result, Status
from tests.unit.diagnosis.platform import (
    AT,
    BALANCERS,
    SECURITY_GROUPS,
    TARGET,
    definition,
    deployment,
    failed,
    group_of,
    inventory,
    known,
    listener,
    name_of,
    registered,
    result,
    rule,
    run_of,
    security_group,
    service,
    stopped,
    variable,
)

HEALTH = "https://registry.hokus.ai/health"
KEYS = "https://auth.hokus.ai/api/v1/keys"
PROXY = "https://registry.hokus.ai/api/mlflow/api/2.0/mlflow/experiments/search"
BY_BALANCER = {"status": 503, "written_by": "load balancer"}
REDIS = "hokusai-redis-development"


def diagnosed(facts: Inventory, *results: Result) -> dict[FindingState, list[str]]:
    findings = diagnose(run_of(facts, *results)).findings
    return {state: [each.kind for each in findings if each.state is state] for state in FindingState}


def finding(facts: Inventory, *results: Result) -> Finding:
    (only,) = diagnose(run_of(facts, *results)).findings
    return only


def without_api(**changes: object) -> Inventory:
    found = EcsServices(found=(service("auth"), service("mlflow")), missing=(name_of("api"),))
    health = {group_of("auth"): known((registered("auth"),)), group_of("mlflow"): known((registered("mlflow"),))}
    return inventory(ecs_services=known(found), target_health=health, **changes)


def redis(status: str) -> dict[str, object]:
    cache = Cache(id=REDIS, status=status, host=None, port=6379, has_tls=True, has_auth_token=True, member_clusters=())
    return {"caches": {REDIS: known(cache)}}


def test_healthy_platform__has_no_finding() -> None:
    """Nothing failed, and nothing is wrong."""
    assert diagnose(run_of(inventory(), result("services.api.reachable", Status.PASS, "api", HEALTH))).findings == ()


def test_missing_service__explains_its_requests_and_its_facts() -> None:
    """One cause, and both kinds of checks under it."""
    seen = finding(
        without_api(),
        failed("infrastructure_health.service.api.exists", "api"),
        failed("infrastructure_health.endpoint.api-health", "api", HEALTH, **BY_BALANCER),
    )
    assert (seen.kind, seen.resource, seen.state) == ("ecs-service-missing", name_of("api"), FindingState.ACTIVE)
    assert set(seen.explains) == {
        "infrastructure_health.service.api.exists",
        "infrastructure_health.endpoint.api-health",
    }


def test_second_fault_behind_the_first__is_latent() -> None:
    """The closed security group is proved from configuration, and would be felt once the service exists."""
    groups = known((security_group("alb"), security_group("tasks")))
    facts = without_api(security_groups=groups)
    told = diagnosed(facts, failed("infrastructure_health.endpoint.api-health", "api", HEALTH, **BY_BALANCER))
    assert told[FindingState.ACTIVE] == ["ecs-service-missing"]
    assert set(told[FindingState.LATENT]) == {"security-group-rule-missing"}


def test_two_independent_faults__are_both_named() -> None:
    """Redis for those with keys, and a rule for those who ask auth."""
    rules = (rule(90, "auth", "/health", "/", host="auth.hokus.ai"), rule(None, None))
    facts = inventory(listeners={BALANCERS["auth"]: known((listener(*rules),))}, **redis("deleting"))
    told = diagnosed(
        facts,
        failed("infrastructure_health.redis.state"),
        failed("infrastructure_health.endpoint.auth-keys", "auth", KEYS, status=404, written_by="load balancer"),
        failed("infrastructure_health.mlflow.database", "mlflow", PROXY, status=503, written_by="application"),
    )
    assert set(told[FindingState.ACTIVE]) == {"redis-not-available", "listener-rule-missing"}


def test_load_balancers_own_503__is_never_laid_on_what_stands_behind_the_service() -> None:
    """Who wrote the answer tells how far the request went: Redis was not reached."""
    told = diagnosed(
        inventory(**redis("deleting")),
        failed("infrastructure_health.redis.state"),
        failed("infrastructure_health.endpoint.api-health", "api", HEALTH, **BY_BALANCER),
    )
    assert told[FindingState.SUSPECTED] == ["service-unreachable"]
    assert told[FindingState.LATENT] == ["redis-not-available"]  # proved, and felt by nobody as far as it is seen


def test_traffic_that_succeeds__refutes_a_closed_edge() -> None:
    """A rule that the monitor does not understand may let it through: what works is not closed."""
    groups = known((security_group("alb"), security_group("tasks")))
    facts = inventory(security_groups=groups)
    working = [
        result(
            "infrastructure_health.endpoint.api-health",
            Status.PASS,
            "api",
            HEALTH,
            status=200,
            written_by="application",
        ),
        result(
            "infrastructure_health.endpoint.auth-keys", Status.PASS, "auth", KEYS, status=401, written_by="application"
        ),
    ]
    edges = {each.resource for each in diagnose(run_of(facts, *working)).findings}
    assert "tasks tcp/8001 from alb" not in edges
    assert "tasks tcp/5000 from alb" in edges


def test_failed_deployment__is_a_consequence_of_why_its_tasks_fail() -> None:
    """The circuit breaker is never the root."""
    text = "CannotPullContainerError: failed to resolve ref registry/api:7: not found"
    broken = service(
        "api", running=0, deployments=(deployment("api", rollout_state="FAILED", running=0, failed_tasks=3),)
    )
    facts = inventory(
        services=[service("auth"), broken, service("mlflow")],
        stopped_tasks={"value": (stopped("api", text),), "source": "ecs:DescribeTasks"},
    )
    seen = finding(
        facts,
        failed("infrastructure_health.service.api.rollout", "api"),
        failed("infrastructure_health.endpoint.api-health", "api", HEALTH, **BY_BALANCER),
    )
    assert (seen.kind, len(seen.explains), len(seen.consequences)) == ("container-image-missing", 2, 1)


def test_deployment_that_does_not_end__explains_what_aws_says_and_no_traffic() -> None:
    """The old revision serves: who cannot reach the service has another trouble, and nobody's trouble is it then."""
    stuck = service("api", deployments=(deployment("api", rollout_state="IN_PROGRESS"),))
    facts = inventory(services=[service("auth"), stuck, service("mlflow")])
    rollout = failed("infrastructure_health.service.api.rollout", "api")
    unreachable = failed("services.api.reachable", "api", HEALTH, status=500, written_by="application")
    assert diagnosed(facts)[FindingState.LATENT] == ["deployment-stuck"]
    assert finding(facts, rollout).explains == ("infrastructure_health.service.api.rollout",)
    found = diagnosed(facts, rollout, unreachable)
    assert found[FindingState.ACTIVE] == ["deployment-stuck"]
    assert found[FindingState.SUSPECTED] == ["service-unreachable"]


def test_what_nothing_explains__is_told_of_its_component_as_not_proved() -> None:
    """The right component with "cause not proved" beats a confident guess."""
    seen = finding(inventory(), failed("services.api.reachable", "api", HEALTH, status=500, written_by="application"))
    assert (seen.kind, seen.service, seen.state) == ("service-unreachable", "api", FindingState.SUSPECTED)


def test_fact_that_could_not_be_read__is_no_proof_and_is_told() -> None:
    """Without ECS's word, a 503 of the load balancer is a symptom of its service and no more."""
    unread = Unknown(reason="ecs:DescribeServices was denied to the monitor's role", source="ecs:DescribeServices")
    told = diagnosed(
        inventory(ecs_services=unread),
        failed("infrastructure_health.endpoint.api-health", "api", HEALTH, **BY_BALANCER),
    )
    assert told[FindingState.SUSPECTED] == ["service-unreachable"]
    assert "ecs-service-missing" not in told[FindingState.ACTIVE]


def changed_api(deployed_at: datetime) -> dict[str, Any]:
    """The API's newest revision has a variable otherwise than the one before."""
    changed = service("api", deployments=(deployment("api", created_at=deployed_at),))
    new, old = definition("api", environment={"AUTH_HEADERS": variable("x")}), definition("api", revision=1)
    return {
        "ecs_services": known(EcsServices(found=(service("auth"), changed, service("mlflow")), missing=())),
        "task_definitions": {new.arn: known(new)},
        "previous_definitions": {new.arn: known(old)},
    }


def test_change_that_nothing_could_try__is_latent_beside_the_cause_that_hides_it() -> None:
    """Only one that is newer than the platform was last seen well; where no such run is kept, one of today."""
    no_answer = failed("services.api.reachable", "api", HEALTH, status=504, written_by="load balancer")
    closed = {"security_groups": known((SECURITY_GROUPS[0], security_group("tasks")))}
    for deployed_at, latent in ((AT - timedelta(hours=1), 1), (AT - timedelta(days=2), 0)):
        found = diagnose(run_of(inventory(**changed_api(deployed_at), **closed), no_answer)).findings
        untried = [each for each in found if each.kind == "container-variable-wrong"]
        assert {each.kind for each in found if each.state is FindingState.ACTIVE} == {"security-group-rule-missing"}
        assert [each.state for each in untried] == [FindingState.LATENT] * latent
        assert all("nothing could try it yet" in each.statement for each in untried)


def test_change_of_a_healthy_platform__is_no_finding() -> None:
    """Nothing fails, so nothing hides it."""
    facts = inventory(**changed_api(AT - timedelta(hours=1)))
    assert diagnose(run_of(facts, result("services.api.reachable", Status.PASS, "api", HEALTH))).findings == ()


def policies(principal: str, *, is_conditional: bool = False) -> dict[str, Any]:
    """The role of the tasks may use S3, and the artifact bucket denies it to somebody."""
    role = Role(arn="arn:aws:iam::1:role/tasks", name="tasks", managed=("AmazonS3FullAccess",), statements=())
    denial = Statement(
        effect="Deny", actions=("s3:*",), resources=("*",), principals=(principal,), is_conditional=is_conditional
    )
    mlflow = definition("mlflow")
    return {
        "roles": {role.arn: known(role)},
        "bucket_policies": {str(TARGET.artifacts_bucket): known((denial,))},
        "task_definitions": {mlflow.arn: known(mlflow)},
    }


@pytest.mark.parametrize("principal", ["*", "arn:aws:iam::1:role/tasks", "arn:aws:iam::1:root"])
def test_bucket_that_denies_the_tasks_role__is_proved_by_its_policy(principal: str) -> None:
    """Everybody, the role itself, and its whole account."""
    seen = finding(inventory(**policies(principal)), failed("mlflow_routing.artifact", "mlflow", PROXY, status=500))
    assert (seen.kind, seen.confidence) == ("task-role-permission-missing", Confidence.PROVEN)
    assert seen.proofs[0].source == "s3:GetBucketPolicy"
    assert "out of the policy of the bucket" in seen.fix.told


@pytest.mark.parametrize(("principal", "is_conditional"), [("arn:aws:iam::1:role/others", False), ("*", True)])
def test_bucket_that_denies_others__or_under_a_condition__is_not_blamed(
    principal: str, *, is_conditional: bool
) -> None:
    """A bucket that wants TLS denies everything to who comes without it: that is no fault."""
    facts = inventory(**policies(principal, is_conditional=is_conditional))
    seen = finding(facts, failed("mlflow_routing.artifact", "mlflow", PROXY, status=500))
    assert seen.kind == "service-unreachable"
