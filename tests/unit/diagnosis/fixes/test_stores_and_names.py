"""Fixes of stores, secrets, permissions and names: what to change, and what would only seem to help."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.finding import Confidence, Effort
from registry_monitor.inventory.deep_facts import Certificate, DnsRecord, HostRecords, Role, SecretState, Statement
from registry_monitor.inventory.facts import Task
from tests.unit.diagnosis.evidence_of import (
    AUTH,
    DATABASE,
    DELETED_SECRET,
    SECRET,
    SECRET_ARN,
    database,
    everything,
    suspect_of,
)
from tests.unit.diagnosis.fixes.terraform_reader import read
from tests.unit.diagnosis.platform import (
    definition,
    evidence_of,
    inventory,
    known,
    name_of,
)


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


def test_exhausted_connections__are_ended_where_they_are_idle() -> None:
    """Whoever holds them: to start MLflow again frees only its own."""
    fix = fix_of(suspect_of("database-connections-exhausted"), everything())
    assert "`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state='idle'`" in fix.told
    assert "frees only its own" in (fix.caution or "")


def test_full_storage__grows_by_half_at_once() -> None:
    """From what it has, with room to grow, and not at the next maintenance."""
    values = read(fix_of(suspect_of("database-storage-full"), everything()).hcl or "")[0].values
    assert values == {"allocated_storage": 30, "max_allocated_storage": 60, "apply_immediately": True}


def records(*records: DnsRecord, zones: tuple[str, ...], private: tuple[str, ...]) -> dict[str, Any]:
    found = HostRecords(zones=zones, private_zones=private, records=records)
    return {"host_records": {"registry.hokus.ai": known(found)}}


def test_record__is_put_into_the_private_zone_that_hides_the_public_one() -> None:
    """Whoever is in the VPC asks the private zone, so that is where it is missing."""
    public = DnsRecord(zone="hokus.ai", is_private=False, name="registry.hokus.ai", kind="A", values=("lb",))
    facts = records(public, zones=("hokus.ai", "registry.hokus.ai"), private=("registry.hokus.ai",))
    fix = fix_of(suspect_of("dns-record-missing"), evidence_of(inventory(**facts)))
    assert read(fix.hcl or "")[0].values == {"name": "registry.hokus.ai", "private_zone": True}
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
