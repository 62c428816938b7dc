"""A fix is applied as Terraform and the AWS CLI would, no more; what it leaves open or gets wrong is told."""

from collections.abc import Iterator

import pytest

from registry_monitor.finding import Confidence, Finding, FindingState, Fix, Priority
from tests.diagnosis.fixing.applying import apply_fix
from tests.diagnosis.fixing.commands import changes_told
from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.sandbox.platforms import DATABASE
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.world import Json, World
from tests.unit.sandbox.world_state import state_of

CERTIFICATE = """
resource "aws_acm_certificate" "main" {
  domain_name       = "registry.hokus.ai"
  validation_method = "DNS"
}
"""
VALIDATION = """
resource "aws_acm_certificate_validation" "main" {
  certificate_arn = aws_acm_certificate.main.arn
}
"""
RECORD = """
data "aws_route53_zone" "public" {
  name = "hokus.ai"
}

resource "aws_route53_record" "validation" {
  for_each = { for option in aws_acm_certificate.main.domain_validation_options : option.domain_name => option }
  zone_id  = data.aws_route53_zone.public.zone_id
  name     = each.value.resource_record_name
  type     = each.value.resource_record_type
  records  = [each.value.resource_record_value]
  ttl      = 300
}
"""


def finding(hcl: str | None = None, told: str = "Mend it.", arn: str | None = None) -> Finding:
    return Finding(
        kind="container-exits",
        resource="hokusai-auth-development",
        statement="It exits.",
        state=FindingState.ACTIVE,
        confidence=Confidence.PROVEN,
        priority=Priority.HIGH,
        arn=arn,
        proofs=(),
        fix=Fix(told=told, hcl=hcl),
        runbook="docs/causes.md",
    )


def container_of(world: World, role: str) -> Json:
    container: Json = world.task_definition(role)["containerDefinitions"][0]
    return container


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    """The healthy world; it is as it was afterwards."""
    before = state_of(sandbox.world)
    yield sandbox.world
    sandbox.settle()
    assert state_of(sandbox.world) == before


def test_commands__are_those_that_change_something_in_their_order() -> None:
    """Loops of the shell are unrolled; what only looks, and what runs in a task, is left out."""
    told = (
        "See `aws logs tail /ecs/api --since 30m` and `aws rds describe-db-snapshots`, run `mlflow db upgrade`, then "
        "`for service in a b; do aws ecs update-service --service $service; done` and `aws ecs stop-task --task 1`; "
        "as administrator `SELECT pg_terminate_backend(7)`."
    )
    assert changes_told(told) == [
        "aws ecs update-service --service a",
        "aws ecs update-service --service b",
        "aws ecs stop-task --task 1",
        "SELECT pg_terminate_backend(7)",
    ]


def test_command__is_the_call_that_it_stands_for(world: World) -> None:
    """Options become parameters of the API, in the order in which the text has its commands."""
    options = f"--db-instance-identifier {DATABASE} --region us-east-1"
    apply_fix(finding(told=f"Stop it: `aws rds stop-db-instance {options}`."), world)
    assert world.rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "stopped"
    apply_fix(finding(told=f"Start it: `aws rds start-db-instance {options}`."), world)
    assert world.rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "available"


@pytest.mark.parametrize(
    "told",
    [
        "Mend what its log names.",
        "See `aws logs tail /ecs/api`.",
        "Ask for more (`aws service-quotas request-service-quota-increase`).",
        "Put into the secret x the password; then `aws rds start-db-instance --db-instance-identifier x`.",
    ],
)
def test_fix__that_leaves_something_to_a_person_is_not_applicable(world: World, told: str) -> None:
    """Words alone, a look into a log, a quantity that is not named, a secret's content."""
    with pytest.raises(NotApplicableError):
        apply_fix(finding(told=told), world)


@pytest.mark.parametrize(
    "hcl",
    [
        'resource "aws_ecs_service" "auth" {\n  desired_count = var.tasks\n}',
        'resource "aws_ecs_service" "auth" {\n  task_definition = aws_ecs_task_definition.unheard_of.arn\n}',
        'resource "aws_ecs_service" "auth" {\n  propagate_tags = "SERVICE"\n}',
        'resource "aws_wafv2_web_acl" "main" {\n  name = "main"\n}',
    ],
)
def test_terraform__that_leaves_a_value_open_is_not_applicable(world: World, hcl: str) -> None:
    """A variable, an address that nothing has, an attribute or a resource that no sandbox knows: never passed over."""
    with pytest.raises(NotApplicableError):
        apply_fix(finding(hcl), world)


@pytest.mark.parametrize(
    "hcl",
    [
        "removed {\n  from = aws_lb_listener_rule.rule_7\n}",
        'resource "aws_lb_target_group" "billing" {\n  health_check {\n    path = "/"\n  }\n}',
        'resource "aws_s3_bucket" "x" {\n  name = "x"\n}',
        'resource "aws_iam_role_policy" "x" {\n  name = "x"\n  role = "nobody"\n  policy = jsonencode({})\n}',
    ],
)
def test_terraform__that_cannot_be_applied_is_refused(world: World, hcl: str) -> None:
    """To remove or change what is not there, to leave out what is needed, and what AWS itself refuses."""
    with pytest.raises((RefusedError, NotApplicableError)) as told:
        apply_fix(finding(hcl), world)
    assert told.type is RefusedError or "name of aws_s3_bucket" in str(told.value)


def test_task_definition__changes_what_is_named_and_keeps_all_else(world: World) -> None:
    """One variable among others is set; null takes away; its service runs the new revision."""
    before = container_of(world, "auth")
    hcl = """
    resource "aws_ecs_task_definition" "auth" {
      container_definitions = jsonencode([{
        name        = "hokusai-auth"
        command     = null
        environment = [{ name = "REDIS_PORT", value = "6380" }]
      }])
    }"""
    apply_fix(finding(hcl.replace("{ name", "{\nname").replace(", value", "\nvalue")), world)
    after = container_of(world, "auth")
    changed = {pair["name"]: pair["value"] for pair in after["environment"]}
    assert changed == {pair["name"]: pair["value"] for pair in before["environment"]} | {"REDIS_PORT": "6380"}
    assert not after.get("command")
    assert (after["secrets"], after["image"]) == (before["secrets"], before["image"])
    service = world.ecs.describe_services(cluster="hokusai-development", services=["hokusai-auth-development"])
    assert service["services"][0]["taskDefinition"] == world.task_definition("auth")["taskDefinitionArn"]
    world.deploy("auth", lambda container: container.update(before))


def test_rule__is_found_by_what_the_finding_is_about(world: World) -> None:
    """Two load balancers have a rule of one number: the finding's ARN tells which is meant, and without it none is."""
    arn = world.rules("hokusai-registry-development")["110"]["RuleArn"]
    hcl = 'resource "aws_lb_listener_rule" "rule_{}" {{\n  priority = {}\n}}'
    apply_fix(finding(hcl.format(110, 100), arn=arn), world)
    assert world.rules("hokusai-registry-development")["100"]["RuleArn"] == arn
    with pytest.raises(NotApplicableError, match="may be any of 2"):
        apply_fix(finding(hcl.format(100, 110)), world)
    apply_fix(finding(hcl.format(100, 110), arn=arn), world)


def test_certificate__is_issued_when_its_records_are_there(world: World) -> None:
    """Without them ACM waits for ever; with them the certificate is one that load balancers can show."""
    with pytest.raises(RefusedError, match=r"validates registry\.hokus\.ai"):
        apply_fix(finding(CERTIFICATE + VALIDATION), world)
    apply_fix(finding(CERTIFICATE + RECORD + VALIDATION), world)
    requested = [
        each
        for each in world.acm.list_certificates()["CertificateSummaryList"]
        if each["Type"] == "AMAZON_ISSUED" and each["DomainName"] == "registry.hokus.ai"
    ]
    assert sorted(each["Status"] for each in requested) == ["ISSUED", "PENDING_VALIDATION"]
    for each in requested:
        world.acm.delete_certificate(CertificateArn=each["CertificateArn"])
        world.certificates.pop(each["CertificateArn"], None)
    zone = world.route53.list_hosted_zones()["HostedZones"][0]["Id"]
    for record in world.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
        if record["Name"].startswith("_"):
            change = {"Action": "DELETE", "ResourceRecordSet": record}
            world.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
