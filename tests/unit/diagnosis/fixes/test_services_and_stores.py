"""Fixes of ECS services, of what tasks need, of the network, and of the stores: real values, and what not to do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.finding import Confidence, Effort, Proof
from registry_monitor.inventory.deep_facts import Certificate, DnsRecord, HostRecords, Role, SecretState, Statement
from registry_monitor.inventory.facts import Task
from tests.unit.diagnosis.evidence_of import (
    AUTH,
    DATABASE,
    DELETED_SECRET,
    NETWORK,
    SECRET,
    SECRET_ARN,
    database,
    everything,
    suspect_of,
)
from tests.unit.diagnosis.fixes.terraform_reader import read
from tests.unit.diagnosis.platform import (
    BALANCERS,
    SECURITY_GROUPS,
    definition,
    evidence_of,
    group,
    group_of,
    inventory,
    known,
    listener,
    name_of,
    rule,
    service,
)


def test_missing_service__is_made_as_its_siblings_are() -> None:
    """Its group is the free one that its routes lead to; subnets, groups and names follow those of a sibling."""
    present = [service(role, subnets=("subnet-a",)) for role in ("auth", "mlflow")]
    evidence = evidence_of(inventory(services=present, missing=(name_of("api"),)))
    fix = fix_of(suspect_of("ecs-service-missing"), evidence)
    [made] = read(fix.hcl or "")
    assert made.values["name"] == "hokusai-api-development"
    assert made.all("network_configuration")[0].values["subnets"] == ["subnet-a"]
    assert made.all("load_balancer")[0].values == {
        "target_group_arn": group_of("api"),
        "container_name": "api",
        "container_port": 8001,
    }
    assert "`terraform apply -target=aws_ecs_service.api`" in fix.told
    assert "# As hokusai-auth-development has it: compare with its own code." in (fix.hcl or "")


def test_missing_services__do_not_share_a_group_to_which_one_is_led_astray() -> None:
    """Of two absent services whose routes end at one group, only the one whose name it has gets it."""
    registry = {BALANCERS["registry"]: known((listener(rule(120, "api")),))}
    missing = (name_of("api"), name_of("mlflow"))
    facts = {"listeners": registry, "target_groups": known((group("auth"),))}  # those of absent services are not read
    evidence = evidence_of(inventory(services=[service("auth")], missing=missing, **facts))
    groups = {}
    for role in ("api", "mlflow"):
        fix = fix_of(suspect_of("ecs-service-missing", service=role, resource=name_of(role)), evidence)
        groups[role] = read(fix.hcl or "")[0].all("load_balancer")[0].values["target_group_arn"]
    assert groups == {"api": group_of("api"), "mlflow": "aws_lb_target_group.mlflow.arn"}


def test_missing_cluster__comes_with_its_services() -> None:
    """Without them it runs nothing; where no sibling tells the subnets, they stand as a variable."""
    fix = fix_of(suspect_of("ecs-cluster-missing"), evidence_of(inventory(services=[])))
    cluster, *services = read(fix.hcl or "")
    assert cluster.labels[0] == "aws_ecs_cluster"
    assert [each.values["name"] for each in services] == [name_of(role) for role in ("auth", "api", "mlflow")]
    assert {each.all("network_configuration")[0].values["subnets"] for each in services} == {"var.private_subnet_ids"}


def test_scaled_to_zero__wants_one_task_and_warns_of_who_sets_it_back() -> None:
    """The smallest change, and the two things that would undo it."""
    fix = fix_of(suspect_of("ecs-desired-count-zero"), everything())
    assert read(fix.hcl or "")[0].values == {"desired_count": 1}
    assert "min_capacity of its aws_appautoscaling_target" in (fix.caution or "")


def test_broken_task__is_stopped_by_its_id() -> None:
    """The task whose address the proof tells is named in the command."""
    task = Task(
        id="1f2e3d", arn="arn:task", service=name_of("api"), address="10.0.1.9", last_status="RUNNING",
        health_status=None, task_definition="arn:task/api:2", images={}, zone=None, started_at=None,
    )  # fmt: skip
    proofs = (Proof(told="10.0.1.9:8001 Target.Timeout", source="test"),)
    evidence = evidence_of(inventory(tasks={name_of("api"): known((task,))}))
    fix = fix_of(suspect_of("task-broken", proofs=proofs), evidence)
    assert "`aws ecs stop-task --cluster hokusai-development --task 1f2e3d --region us-east-1`" in fix.told


def test_deleted_secret__is_restored_and_not_made_anew() -> None:
    """Its value and its ARN are still there."""
    fix = fix_of(suspect_of("secret-missing"), evidence_of(inventory(secrets=DELETED_SECRET)))
    assert f'secretsmanager restore-secret --secret-id "{SECRET}"' in fix.told
    assert fix.hcl is None and "Do not make a new secret" in (fix.caution or "")


def test_rotated_password__restarts_every_service_that_reads_it() -> None:
    """Tasks read secrets only when they start: all readers are named, and nobody else."""
    readers = {
        f"arn:task/{role}:2": known(definition(role, secrets={"REDIS_AUTH_TOKEN": f"{SECRET_ARN}:auth_token::"}))
        for role in ("auth", "api")
    }
    fix = fix_of(suspect_of("redis-password-wrong"), evidence_of(inventory(task_definitions=readers)))
    assert f"for service in {AUTH} {name_of('api')}; do aws ecs update-service" in fix.told
    assert "--force-new-deployment" in fix.told and name_of("mlflow") not in fix.told
    assert "the ones that run keep the old value" in (fix.caution or "")


@pytest.mark.parametrize(("started_hour", "told"), [(11, f"The secret {SECRET} was changed after"), (13, "Put into")])
def test_password__is_not_asked_for_where_tasks_are_older_than_it(started_hour: int, told: str) -> None:
    """Such tasks have the old value: to start them again is all; else nobody but a person knows the right one."""
    changed = datetime(2026, 7, 1, 12, tzinfo=UTC)
    state = SecretState(arn=SECRET_ARN, name=SECRET, deleted_at=None, changed_at=changed, rotated_at=None)
    task = Task(
        id="1f2e3d", arn="arn:task", service=AUTH, address="10.0.1.9", last_status="RUNNING", health_status=None,
        task_definition="arn:task/auth:2", images={}, zone=None, started_at=changed.replace(hour=started_hour),
    )  # fmt: skip
    reader = definition("auth", secrets={"REDIS_AUTH_TOKEN": f"{SECRET_ARN}:auth_token::"})
    facts = inventory(
        secrets={SECRET_ARN: known(state)},
        tasks={AUTH: known((task,))},
        task_definitions={"arn:task/auth:2": known(reader)},
    )
    fix = fix_of(suspect_of("redis-password-wrong"), evidence_of(facts))
    assert told in fix.told and f"--service {AUTH} --force-new-deployment" in fix.told


def test_security_group__lets_in_the_group_and_not_the_world() -> None:
    """The rule has both groups by id, and one port; the caution says why not more."""
    evidence = evidence_of(inventory(security_groups=known(SECURITY_GROUPS)))
    fix = fix_of(suspect_of("security-group-rule-missing", arn="sg-tasks"), evidence)
    values = read(fix.hcl or "")[0].values
    assert (values["security_group_id"], values["referenced_security_group_id"]) == ("sg-tasks", "sg-alb")
    assert (values["from_port"], values["to_port"], values["ip_protocol"]) == (8001, 8001, "tcp")
    assert "0.0.0.0/0 is no fix" in (fix.caution or "")


def test_public_load_balancer__lets_everybody_in_on_its_one_port() -> None:
    """The one place where the world is right: clients of a load balancer that faces the internet."""
    suspect = suspect_of("security-group-rule-missing", resource="alb tcp/443 from clients", arn="sg-alb")
    fix = fix_of(suspect, everything())
    values = read(fix.hcl or "")[0].values
    assert (values["cidr_ipv4"], values["from_port"], values["to_port"]) == ("0.0.0.0/0", 443, 443)
    assert "on this port alone" in (fix.caution or "")


def test_network_acl__gets_entries_before_the_one_that_denies() -> None:
    """Both ways, with the free number next before the denying entry's, for the block of the subnets."""
    ways = read(fix_of(suspect_of("network-acl-blocks"), everything()).hcl or "")
    assert [way.values["egress"] for way in ways] == [False, True]
    assert {way.values["rule_number"] for way in ways} == {88}
    assert {way.values["cidr_block"] for way in ways} == {"10.0.0.0/22"}
    assert NETWORK.acls[0].id == ways[0].values["network_acl_id"]


def test_what_has_a_name__is_changed_by_its_id() -> None:
    """People read the Name tag, and Terraform needs the id, which the suspect knows."""
    acl = suspect_of("network-acl-blocks", resource="private-a", arn=NETWORK.acls[0].id)
    assert read(fix_of(acl, everything()).hcl or "")[0].values["network_acl_id"] == NETWORK.acls[0].id
    for destination in ("0.0.0.0/0", "s3"):
        suspect = suspect_of("route-missing", resource=f"private {destination}", arn="rtb-7")
        hcl = fix_of(suspect, everything()).hcl or ""
        assert '"rtb-7"' in hcl and '"private"' not in hcl


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("stopped", "Start the database: `aws rds start-db-instance"),
        ("inaccessible-encryption-credentials-recoverable", "KMS key back"),
        ("incompatible-network", "Mend the network of the database"),
        ("failed", "newest snapshot"),
        ("rebooting", "its status is rebooting"),
    ],
)
def test_database__is_mended_by_its_status(status: str, told: str) -> None:
    """What AWS says of the instance decides what to do."""
    fix = fix_of(
        suspect_of("database-not-available"), evidence_of(inventory(databases={DATABASE: known(database(status))}))
    )
    assert told in fix.told


def test_missing_database__is_restored_and_not_applied() -> None:
    """Terraform alone would make an empty one."""
    fix = fix_of(suspect_of("database-missing"), everything())
    assert fix.hcl is None and fix.effort is Effort.HOURS
    assert "empty database" in (fix.caution or "")


def test_full_storage__grows_by_half_at_once() -> None:
    """From what it has, with room to grow, and not at the next maintenance."""
    values = read(fix_of(suspect_of("database-storage-full"), everything()).hcl or "")[0].values
    assert values == {"allocated_storage": 30, "max_allocated_storage": 60, "apply_immediately": True}


def records(*records: DnsRecord, zones: tuple[str, ...]) -> dict[str, Any]:
    return {"host_records": {"registry.hokus.ai": known(HostRecords(zones=zones, records=records))}}


def test_record__is_put_into_the_private_zone_that_hides_the_public_one() -> None:
    """Whoever is in the VPC asks the private zone, so that is where it is missing."""
    public = DnsRecord(zone="hokus.ai", is_private=False, name="registry.hokus.ai", kind="A", values=("lb",))
    facts = records(public, zones=("hokus.ai", "hokus.ai (private)"))
    fix = fix_of(suspect_of("dns-record-missing"), evidence_of(inventory(**facts)))
    assert read(fix.hcl or "")[0].values == {"name": "hokus.ai", "private_zone": True}
    assert "the public one is right" in (fix.caution or "")


def test_certificate__that_is_there_for_the_host_is_attached() -> None:
    """No new certificate where an issued one has the name: the listener shows it too."""
    wrong = Certificate(arn="arn:certificate", status="ISSUED", names=("auth.hokus.ai",), ends_at=None, renewal=None)
    right = wrong.model_copy(update={"arn": "arn:right", "names": ("*.hokus.ai",)})
    ended = right.model_copy(update={"arn": "arn:ended", "status": "EXPIRED"})
    certificates = {each.arn: known(each) for each in (wrong, ended, right)}
    fix = fix_of(suspect_of("certificate-host-mismatch"), evidence_of(inventory(certificates=certificates)))
    assert read(fix.hcl or "")[0].values == {"listener_arn": "arn:listener", "certificate_arn": "arn:right"}
    assert fix.effort is Effort.MINUTES


def test_task_role__may_use_the_artifacts_and_nothing_else() -> None:
    """Four actions, on one bucket and its objects."""
    values = read(fix_of(suspect_of("task-role-permission-missing"), everything()).hcl or "")[0].values
    [statement] = values["policy"]["Statement"]
    bucket = "arn:aws:s3:::hokusai-mlflow-artifacts-development"
    assert statement["Resource"] == [bucket, f"{bucket}/*"]
    assert all("*" not in action for action in statement["Action"])


def policy(effect: str, action: str) -> dict[str, Any]:
    """The roles ``execution`` and ``tasks`` with one statement each."""
    statement = Statement(effect=effect, actions=(action,), resources=("*",))  # type: ignore[arg-type]
    roles = [Role(arn=f"arn:{name}", name=name, managed=(), statements=(statement,)) for name in ("execution", "tasks")]
    return {"roles": {role.arn: known(role) for role in roles}}


def test_pull__that_a_policy_denies_is_not_mended_by_another_policy() -> None:
    """A Deny wins over each Allow: the statement goes, and nothing is attached."""
    fix = fix_of(suspect_of("image-pull-denied"), evidence_of(inventory(**policy("Deny", "ecr:BatchGetImage"))))
    assert fix.hcl is None
    assert fix.told == "Take the statement that denies ecr:BatchGetImage out of the policies of execution."
    allowed = fix_of(suspect_of("image-pull-denied"), evidence_of(inventory(**policy("Deny", "s3:GetObject"))))
    assert read(allowed.hcl or "")[0].labels[0] == "aws_iam_role_policy_attachment"


def test_artifacts__that_a_policy_denies_are_not_allowed_once_more() -> None:
    """In the role's own policies, or, where these allow it, in the bucket's."""
    role = fix_of(suspect_of("task-role-permission-missing"), evidence_of(inventory(**policy("Deny", "s3:PutObject"))))
    assert role.hcl is None and "denies s3:PutObject out of the policies of tasks" in role.told
    suspect = suspect_of("task-role-permission-missing", confidence=Confidence.TWO_SIGNS)
    bucket = fix_of(suspect, evidence_of(inventory(**policy("Allow", "s3:*"))))
    assert bucket.hcl is None and "out of the policy of the bucket hokusai-mlflow-artifacts" in bucket.told


def test_new_certificate__is_validated_before_the_listener_shows_it() -> None:
    """A load balancer takes no certificate that is not issued, and ACM issues none without its records."""
    evidence = evidence_of(inventory(certificates={}))
    blocks = read(fix_of(suspect_of("certificate-host-mismatch"), evidence).hcl or "")
    kinds = [block.labels[0] for block in blocks]
    assert kinds == [
        "aws_acm_certificate",
        "aws_route53_zone",
        "aws_route53_record",
        "aws_acm_certificate_validation",
        "aws_lb_listener",
    ]
    assert blocks[1].values == {"name": "hokus.ai"}
    assert "domain_validation_options" in blocks[2].values["for_each"]
    assert blocks[4].values["certificate_arn"].startswith("aws_acm_certificate_validation.")


def test_monitors_own_way_out__is_opened_where_its_group_is_proved_closed() -> None:
    """HTTPS alone, and nothing where the group is not known."""
    closed = fix_of(suspect_of("monitor-egress-missing", arn="sg-monitor"), everything())
    values = read(closed.hcl or "")[0].values
    assert (values["security_group_id"], values["from_port"], values["ip_protocol"]) == ("sg-monitor", 443, "tcp")
    assert fix_of(suspect_of("monitor-egress-missing"), everything()).hcl is None


def test_deleted_secret__restarts_its_readers_by_their_names() -> None:
    """A secret of several services belongs to none of them: each of its readers is named."""
    readers = {
        f"arn:task/{role}:2": known(definition(role, secrets={"REDIS_AUTH_TOKEN": f"{SECRET_ARN}:auth_token::"}))
        for role in ("auth", "api")
    }
    evidence = evidence_of(inventory(secrets=DELETED_SECRET, task_definitions=readers))
    fix = fix_of(suspect_of("secret-missing", service=None), evidence)
    assert f"`for service in {AUTH} {name_of('api')}; do aws ecs update-service" in fix.told
    assert "--service the service" not in fix_of(suspect_of("secret-missing", service=None), everything()).told
