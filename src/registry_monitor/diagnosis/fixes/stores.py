"""What mends Redis, the database and the artifact bucket, and what services need to use them."""

import re

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.fixes.task_needs import denied_actions
from registry_monitor.diagnosis.rules.stores import bucket_denials
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Effort, Fix
from registry_monitor.inventory.facts import Cache, Database
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Value, allowing, changed, resource

_DATABASE, _REDIS = "aws_db_instance", "aws_elasticache_replication_group"
_STORES = monitor(SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.MODEL_REGISTRATION_FLOW)


def _redis_status(suspect: Suspect, evidence: Evidence) -> str:
    group = f"--replication-group-id {suspect.resource}"
    return Subject(suspect, evidence).aws(
        f'elasticache describe-replication-groups {group} --query "ReplicationGroups[].Status"'
    )


def _database_status(suspect: Suspect, evidence: Evidence) -> str:
    which = f"--db-instance-identifier {suspect.resource}"
    return Subject(suspect, evidence).aws(f'rds describe-db-instances {which} --query "DBInstances[].DBInstanceStatus"')


def redis_created(suspect: Suspect, evidence: Evidence) -> Fix:
    """A replication group; what it cached is lost, and nothing else."""
    name = suspect.resource
    old = _cache(suspect, evidence)
    attributes: dict[str, Value] = {
        "replication_group_id": name,
        "description": name,
        "port": (old and old.port) or 6379,
        "transit_encryption_enabled": True if old is None or old.has_tls is None else old.has_tls,
        "security_group_ids": (old and old.security_groups) or (),
    }
    known = {key: value for key, value in attributes.items() if value != ()}
    return Fix(
        told=f"Create the Redis {name} again with the settings that Terraform has for it.",
        hcl=resource(_REDIS, name, known),
        verify=_redis_status(suspect, evidence),
        effort=Effort.HOURS,
        caution="Its endpoint and its auth token may be new: services read both only when their tasks start.",
    )


def _cache(suspect: Suspect, evidence: Evidence) -> Cache | None:
    return evidence.read(evidence.run.inventory.caches.get(suspect.resource))


def redis_available(suspect: Suspect, evidence: Evidence) -> Fix:
    """By the status that AWS tells."""
    cache = _cache(suspect, evidence)
    status = cache.status if cache else "not to be read"
    if status in ("deleting", "create-failed"):
        fix = redis_created(suspect, evidence)
        first = "Wait until it is gone" if status == "deleting" else "Delete what is left of it"
        return fix.model_copy(
            update={
                "told": f"The Redis {suspect.resource} is {status}. {first}, then create it again with the settings "
                "that Terraform has for it."
            }
        )
    return Fix(
        told=f"Wait until {suspect.resource} is available (its status is {status}), and see its events for why: `"
        + Subject(suspect, evidence).aws("elasticache describe-events --source-type replication-group --duration 60")
        + "`.",
        verify=_redis_status(suspect, evidence),
        caution="Restarting the services helps nothing while it is not there.",
    )


def password_matched(suspect: Suspect, evidence: Evidence) -> Fix:
    """The tasks that are older than the secret start again; else it must get what the store takes."""
    subject = Subject(suspect, evidence)
    secret = suspect.resource or "the secret with its password"
    store = "Redis" if suspect.kind.startswith("redis") else "the database"
    restart = subject.restart_of_readers(suspect.resource)
    told = f"Put into {secret} the password that {store} takes, unless it has that already; then {restart}."
    if subject.has_older_readers(suspect.resource):
        told = f"The secret {suspect.resource} was changed after its tasks had started: {restart}."
    return Fix(
        told=told,
        verify=_STORES,
        caution="Tasks read secrets only when they start: after a rotation, the ones that run keep the old value. "
        "The call put-secret-value replaces the whole JSON; keep the value out of Terraform, whose state would show "
        "it.",
    )


def database_restored(suspect: Suspect, evidence: Evidence) -> Fix:
    """From the newest snapshot."""
    name, subject = suspect.resource, Subject(suspect, evidence)
    newest = subject.aws(
        f"rds describe-db-snapshots --db-instance-identifier {name} "
        '--query "sort_by(DBSnapshots,&SnapshotCreateTime)[-1].DBSnapshotIdentifier"'
    )
    return Fix(
        told=f"Restore the database {name} from its newest snapshot (`{newest}`) under its old name, then restart "
        "MLflow.",
        verify=_database_status(suspect, evidence),
        effort=Effort.HOURS,
        caution="Do not just apply Terraform: without snapshot_identifier it makes an empty database, in which no "
        "model is.",
    )


def database_available(suspect: Suspect, evidence: Evidence) -> Fix:
    """By the status that AWS tells."""
    name, subject = suspect.resource, Subject(suspect, evidence)
    database = _database(suspect, evidence)
    status = database.status if database else "not to be read"
    told, effort = (
        f"Wait until the database {name} is available (its status is {status}); if it stays so, ask AWS.",
        Effort.HOURS,
    )
    caution = "Restarting MLflow helps nothing while its database is not there."
    if status in ("stopped", "stopping"):
        start = subject.aws(f"rds start-db-instance --db-instance-identifier {name}")
        told = f"Start the database: `{start}`" + (" as soon as it has stopped." if status == "stopping" else ".")
        effort, caution = (
            Effort.MINUTES,
            f"{caution} Terraform does not know whether an instance runs: applying it does nothing.",
        )
    elif status.startswith("inaccessible-encryption"):
        told = f"Give the database {name} its KMS key back: enable the key, or cancel its deletion."
        caution = "Only within seven days: then the instance is lost, and a snapshot must be restored."
    elif status in ("failed", "incompatible-restore", "deleting"):
        return database_restored(suspect, evidence)
    elif status.startswith("incompatible-"):
        what = status.removeprefix("incompatible-")
        told = f"Mend the {what} of the database {name} (subnet group, parameter or option group), then start it again."
    return Fix(told=told, verify=_database_status(suspect, evidence), effort=effort, caution=caution)


def _database(suspect: Suspect, evidence: Evidence) -> Database | None:
    return evidence.read(evidence.run.inventory.databases.get(suspect.resource))


def storage_added(suspect: Suspect, evidence: Evidence) -> Fix:
    """Half as much again, and room to grow by itself."""
    name, database = suspect.resource, _database(suspect, evidence)
    now_gb = database.allocated_storage_gb if database else None
    caution = (
        "Without apply_immediately it waits for the maintenance window. For six hours after, AWS takes no other change "
        "of storage, and it never shrinks. Deleting rows frees nothing at once."
    )
    verify = _database_status(suspect, evidence)
    if now_gb is None:
        told = f"Give the database {name} half as much storage again, at once, and let it grow by itself."
        return Fix(told=told, verify=verify, effort=Effort.HOURS, caution=caution)
    wanted_gb = -(-3 * now_gb // 2)  # rounded up; AWS takes no step below a tenth
    sizes: dict[str, Value] = {
        "allocated_storage": wanted_gb,
        "max_allocated_storage": 2 * wanted_gb,
        "apply_immediately": True,
    }
    return Fix(
        told=f"Give the database {name} {wanted_gb} GiB in the place of {now_gb}, at once, and let it grow by itself.",
        hcl=changed(_DATABASE, name, sizes),
        verify=verify,
        effort=Effort.HOURS,
        caution=caution,
    )


_END_IDLE_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state='idle'"


def connections_freed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The idle sessions end, whoever holds them; then smaller pools, or a larger instance."""
    return Fix(
        told=f"Ask pg_stat_activity of {suspect.resource} as its administrator who holds the sessions, and end the "
        f"idle ones: `{_END_IDLE_SESSIONS}`. Then set MLFLOW_SQLALCHEMYSTORE_POOL_SIZE lower, or take a larger "
        "instance class.",
        verify=_STORES,
        effort=Effort.HOURS,
        caution="Scaling services up takes more connections, and makes it worse; starting MLflow again frees only its "
        "own.",
    )


def schema_upgraded(suspect: Suspect, evidence: Evidence) -> Fix:
    """MLflow's own migration, once, with the new image."""
    mlflow = evidence.run.target.mlflow
    subject = Subject(suspect, evidence)
    role = mlflow.service if mlflow else None
    service = evidence.roles[role].name if role in evidence.roles else subject.service
    back = subject.way_back()
    return Fix(
        told=f"Take a snapshot of {suspect.resource}, then run `mlflow db upgrade` once as a task of {service}'s "
        "newest "
        "definition." + (f" To go back instead, {back}." if back else ""),
        verify=subject.counts(),
        effort=Effort.HOURS,
        caution="Only with a snapshot: an upgraded schema does not go back, and the older MLflow does not run on it.",
    )


def role_allowed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The right to read and write the objects of one bucket; where a policy denies it, that is to go."""
    role, _, service = suspect.resource.partition(" ")
    bucket = evidence.run.target.artifacts_bucket
    where = f"arn:aws:s3:::{bucket}" if bucket and service == "s3" else None
    if where is None:
        told = f"Allow the task role {role} what it does with {service or 'AWS'}."
        return Fix(told=told, verify=_STORES, caution=_TASK_ROLE)
    denied = denied_actions(role, "s3", evidence)
    by_bucket = bucket_denials(bucket or "", suspect.arn or "", evidence) if suspect.arn else []
    if denied or by_bucket or suspect.confidence is not Confidence.PROVEN:
        what = " and ".join(denied or by_bucket) or role
        whose = f"the policies of {role}" if denied else f"the policy of the bucket {bucket}"
        told = f"Take the statement that denies {what} out of {whose}."
        return Fix(told=told, verify=_STORES, caution=f"Another Allow helps nothing: a Deny wins. {_TASK_ROLE}")
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    policy = allowing(actions, [where, f"{where}/*"])
    return Fix(
        told=f"Allow the task role {role} to list {bucket}, and to get, put and delete its objects.",
        hcl=resource("aws_iam_role_policy", f"{role}_artifacts", {"name": "artifacts", "role": role, "policy": policy}),
        verify=_STORES,
        caution=f"{_TASK_ROLE} No restart is needed. A Deny, here or in the bucket's policy, would still win.",
    )


_TASK_ROLE = "It is the task role that the application uses; rights of the execution role help nothing here."


def bucket_created(suspect: Suspect, evidence: Evidence) -> Fix:
    """The bucket; its objects are gone."""
    name = suspect.resource
    return Fix(
        told=f"Create the bucket {name} again; if it was renamed, give MLflow the new name instead.",
        hcl=resource("aws_s3_bucket", re.sub(r"\W+", "_", name), {"bucket": name}),
        verify=Subject(suspect, evidence).aws(f"s3api head-bucket --bucket {name}"),
        caution="A new bucket is empty: models that MLflow still lists cannot be fetched until their files are "
        "restored.",
    )
