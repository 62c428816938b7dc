"""Redis, the database, the artifact bucket, and whether services may use them.

Rows: AUT-02, AUT-05, MLF-01 to MLF-08, MLF-24. States of RDS: Amazon RDS user guide, "Viewing DB instance status".
"""

import fnmatch
import re
from collections.abc import Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import BUCKET, DATABASE, REDIS, works_in_part
from registry_monitor.diagnosis.rules.task_starts import role_name, secret_name
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import Role, Statement
from registry_monitor.inventory.facts import Known

_WORKING = re.compile(
    r"available|backing-up|configuring-.*|modifying|storage-optimization|maintenance|upgrading|renaming"
)
_DATABASES, _CACHES = "rds:DescribeDBInstances", "elasticache:DescribeReplicationGroups"
_SECRET = re.compile(r"arn:[\w-]+:secretsmanager:[\w-]*:\d*:secret:([\w/+=.@-]+)")
_LOGS = "logs:FilterLogEvents"
_NEEDED = ("s3:GetObject", "s3:PutObject")


def redis(evidence: Evidence) -> Iterator[Suspect]:
    """A replication group that does not exist, or is not available."""
    wanted = evidence.run.target.redis
    fact = evidence.run.inventory.caches.get(wanted.replication_group) if wanted else None
    if wanted is None or not isinstance(fact, Known):
        return
    name, cache = wanted.replication_group, fact.value
    if cache is None:
        yield _store("redis-missing", name, f"The Redis {name} does not exist.", "there is none", _CACHES, REDIS)
    elif cache.status != "available":
        told = f"its status is {cache.status}"
        yield _store("redis-not-available", name, f"The Redis {name} is {cache.status}.", told, _CACHES, REDIS)


def database(evidence: Evidence) -> Iterator[Suspect]:
    """An instance that does not exist, is not available, or is full."""
    wanted = evidence.run.target.database
    fact = evidence.run.inventory.databases.get(wanted.instance) if wanted else None
    if wanted is None or not isinstance(fact, Known):
        return
    name, found = wanted.instance, fact.value
    if found is None:
        yield _store(
            "database-missing", name, f"The database {name} does not exist.", "there is none", _DATABASES, DATABASE
        )
    elif found.status == "storage-full":
        told = f"its status is storage-full, of {found.allocated_storage_gb} GiB"
        statement = f"The storage of the database {name} is full."
        yield _store("database-storage-full", name, statement, told, _DATABASES, DATABASE)
    elif not _WORKING.fullmatch(found.status):
        told = f"its status is {found.status}"
        statement = f"The database {name} is {found.status}."
        yield _store("database-not-available", name, statement, told, _DATABASES, DATABASE)


def bucket(evidence: Evidence) -> Iterator[Suspect]:
    """The artifact bucket does not exist."""
    name = evidence.run.target.artifacts_bucket
    fact = evidence.run.inventory.buckets.get(name) if name else None
    if name is not None and isinstance(fact, Known) and fact.value is None:
        statement = f"The artifact bucket {name} does not exist."
        yield _store("bucket-missing", name, statement, "there is none", fact.source, BUCKET)


def _store(kind: str, resource: str, statement: str, told: str, source: str, node: str) -> Suspect:
    return Suspect(
        kind=kind,
        resource=resource,
        statement=statement,
        breaks=frozenset({node}),
        proofs=(Proof(told=f"{resource}: {told}", source=source),),
    )


def passwords(evidence: Evidence) -> Iterator[Suspect]:
    """What the services' own logs say of their stores, where AWS has nothing against these."""
    target = evidence.run.target
    mlflow = target.mlflow.service if target.mlflow else None
    instance = target.database.instance if target.database else ""
    for role in evidence.roles:
        if works_in_part(role, evidence):
            continue
        for line in reversed(evidence.log_lines(role)):
            if re.search(r"WRONGPASS|NOAUTH|invalid username-password|AUTH failed", line):
                yield _logged(
                    "redis-password-wrong", _secret_of(role, r"redis|cache", evidence), role, line, REDIS, evidence
                )
            elif re.search(r"password authentication failed|Access denied for user", line):
                secret = _secret_of(role, r"db|database|postgres|mysql|sql", evidence)
                yield _logged("database-password-wrong", secret, role, line, DATABASE, evidence)
            elif role == mlflow and re.search(r"out-of-date database schema|mlflow db upgrade", line):
                yield _logged("database-schema-outdated", instance, role, line, DATABASE, evidence)
            elif re.search(r"remaining connection slots|too many (clients|connections)", line, re.IGNORECASE):
                yield _logged("database-connections-exhausted", instance, role, line, DATABASE, evidence)
            else:
                continue
            break


_STATEMENTS = {
    "redis-password-wrong": "{service} has a password that Redis does not take (secret {resource}).",
    "database-password-wrong": "{service} has a password that the database does not take (secret {resource}).",
    "database-schema-outdated": "The schema of the database {resource} is older than the MLflow that runs.",
    "database-connections-exhausted": "The database {resource} has no connection left.",
}


def _logged(kind: str, resource: str, role: str, line: str, node: str, evidence: Evidence) -> Suspect:
    """Of a service whose tasks do not stay, it is also why they do not."""
    service = evidence.services.get(role)
    is_short = service is not None and service.running < service.desired
    return Suspect(
        kind=kind,
        resource=resource,
        statement=_STATEMENTS[kind].format(service=role, resource=resource),
        breaks=frozenset({node, f"service:{role}"} if is_short else {node}),
        proofs=(Proof(told=line[:300], source=_LOGS),),
        confidence=Confidence.TWO_SIGNS,
        service=role,
    )


def _secret_of(role: str, words: str, evidence: Evidence) -> str:
    """The secret that a service has in a variable for such a store."""
    container = evidence.container(role)
    for variable, value_from in sorted((container.secrets if container else {}).items()):
        arn = _SECRET.match(value_from)
        if arn and re.search(words, variable, re.IGNORECASE):
            return secret_name(arn[1])
    return ""


def task_roles(evidence: Evidence) -> Iterator[Suspect]:
    """MLflow's task role may not read or write objects of the artifact bucket."""
    target = evidence.run.target
    definition = evidence.definition(target.mlflow.service) if target.mlflow else None
    if definition is None or definition.task_role is None or target.artifacts_bucket is None or target.mlflow is None:
        return
    role = evidence.read(evidence.run.inventory.roles.get(definition.task_role))
    if role is None:
        return
    denied = [action for action in _NEEDED if not _may(role, action, f"arn:aws:s3:::{target.artifacts_bucket}/any")]
    by_bucket = bucket_denials(target.artifacts_bucket, role.arn, evidence)
    name, mlflow = role_name(definition.task_role), target.mlflow.service
    proofs = _refusals(mlflow, target.artifacts_bucket, evidence)
    if denied:
        statement = f"The task role {name} may not do {' and '.join(denied)} in {target.artifacts_bucket}."
        proofs = [Proof(told=f"no statement of {name} allows {', '.join(denied)}", source="iam:GetRolePolicy"), *proofs]
    elif by_bucket:
        statement = f"The policy of the bucket {target.artifacts_bucket} denies {' and '.join(by_bucket)} to {name}."
        told = f"the policy of {target.artifacts_bucket} denies {', '.join(by_bucket)} to {name}"
        proofs = [Proof(told=told, source="s3:GetBucketPolicy"), *proofs]
    elif proofs:
        statement = f"S3 refuses {name} in {target.artifacts_bucket}, and no policy that could be read tells why."
    else:
        return
    is_proven = bool(denied or by_bucket)
    yield Suspect(
        kind="task-role-permission-missing",
        resource=f"{name} s3",
        statement=statement,
        breaks=frozenset({f"edge:{mlflow}>{BUCKET}"}),
        proofs=tuple(proofs),
        confidence=Confidence.PROVEN if is_proven else Confidence.TWO_SIGNS if len(proofs) > 1 else Confidence.ONE_SIGN,
        service=mlflow,
        arn=role.arn,
    )


def bucket_denials(bucket_name: str, role_arn: str, evidence: Evidence) -> list[str]:
    """What of the needed actions a bucket's own policy denies to a role, under no condition.

    A deny of the account (``…:root``) is one of all its roles (IAM user guide, "Principal").
    """
    statements = evidence.read(evidence.run.inventory.bucket_policies.get(bucket_name)) or ()
    account = f"{role_arn.partition(':role/')[0]}:root"
    denying = [
        each
        for each in statements
        if each.effect == "Deny" and not each.is_conditional and {"*", role_arn, account} & {*each.principals}
    ]
    fitting = {
        action for each in denying for action in _NEEDED if _is_about(each, action, f"arn:aws:s3:::{bucket_name}/any")
    }
    return [action for action in _NEEDED if action in fitting]


def _refusals(mlflow: str, bucket_name: str, evidence: Evidence) -> list[Proof]:
    """What MLflow says of S3's refusals: to who asked it, and in its log."""
    answers = [each for each in evidence.symptoms if each.status == 403 and f"s3://{bucket_name}" in each.body]
    lines = [line for line in evidence.log_lines(mlflow) if "AccessDenied" in line]
    told = [Proof(told=each.told[:300], source=each.result.check_id) for each in answers[:1]]
    return told + [Proof(told=line[:300], source=_LOGS) for line in lines[-1:]]


def _may(role: Role, action: str, resource: str) -> bool:
    """As IAM judges: a deny wins. A policy of AWS's own that speaks of S3 or everything is taken to allow it."""
    if any(re.search(r"S3|Administrator|PowerUser", name) for name in role.managed):
        return True
    fitting = [statement.effect for statement in role.statements if _is_about(statement, action, resource)]
    return "Allow" in fitting and "Deny" not in fitting


def _is_about(statement: Statement, action: str, resource: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in statement.actions) and any(
        fnmatch.fnmatchcase(resource, each) for each in statement.resources
    )
