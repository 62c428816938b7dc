"""Tasks that do not start or do not stay: what ECS says of it, in its own words, and what a definition refers to.

Rows: ECS-05 to ECS-16, ECS-23, ECS-25, ECS-27, MUL-08. Amazon ECS developer guide, "Stopped tasks error messages" and
"CannotPullContainer task errors": the texts vary, so each pattern asks for what is particular to its cause alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import BUCKET, DATABASE, REDIS, used_by
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import Known, TaskDefinition

_SECRET_ARN = re.compile(r"arn:[\w-]+:secretsmanager:[\w-]*:\d*:secret:([\w/+=.@-]+)")
_RANDOM_PART = re.compile(r"-[A-Za-z0-9]{6}$")  # which Secrets Manager adds to a secret's name in its ARN
_EGRESS = re.compile(
    r"connection issue|i/o timeout|context deadline exceeded|request cancel?led|connection timed out", re.I
)
_IMAGE = re.compile(r"\bref (\S+?/[\w./-]+(?::[\w.-]+)?)(?=:?\s|:$)")
_NOT_REACHED = re.compile(
    r"OperationalError|could not connect|connection (?:to|refused|timed out)|timeout expired", re.I
)
_DENIED = re.compile(r"AccessDenied|not authorized|pull access denied|has the permissions|\b403\b", re.I)
_SERVICES = {  # what a text says of the AWS service that was not reached, the more particular first
    "secretsmanager": r"Secrets Manager|\basm\b",
    "logs": r"CloudWatch|logger args",
    "ecr": r"\bECR\b|CannotPull|registry auth",
}


@dataclass(frozen=True)
class _Failure:
    """Why a task of a service failed, as one text, and where it stood."""

    role: str
    text: str
    source: str
    stop_code: str | None = None


def failing(evidence: Evidence) -> Iterator[Suspect]:
    """Services with fewer tasks than they want: the cause that the newest failures of their newest definition name."""
    for role, service in evidence.services.items():
        if service.status != "ACTIVE" or service.desired == 0:
            continue
        failures = list(_failures(role, evidence))
        named = [suspect for failure in failures if (suspect := _classify(failure, evidence)) is not None]
        yield from named[:1]


def _failures(role: str, evidence: Evidence) -> Iterator[_Failure]:
    """The newest failures first: stopped tasks of the newest definition, then events."""
    service = evidence.services[role]
    is_short = service.running < service.desired
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    since = primary.created_at if primary else None
    for task in evidence.stopped_tasks:
        if task.service != service.name or task.task_definition != service.task_definition:
            continue
        if since and task.stopped_at and task.stopped_at < since:
            continue
        reasons = [task.reason or "", *(each.reason or "" for each in task.containers)]
        codes = [str(each.exit_code) for each in task.containers if each.exit_code]
        text = " ".join(dict.fromkeys(reasons)) + (f" exit code {', '.join(codes)}" if codes else "")
        if is_short or (primary and primary.failed_tasks) or "OutOfMemory" in text:
            yield _Failure(role, text.strip(), f"ecs:DescribeTasks, task {task.id}", task.stop_code)
    for event in service.events if is_short else ():
        if since is None or event.at >= since:
            yield _Failure(role, event.message, "ecs:DescribeServices, events")


def _classify(failure: _Failure, evidence: Evidence) -> Suspect | None:
    text = failure.text
    definition, container = evidence.definition(failure.role), evidence.container(failure.role)
    if re.search(r"limit on the number of (vCPUs|tasks)", text, re.I):
        return _suspect(failure, "fargate-quota-reached", _name(failure, evidence), evidence)
    if "did not contain json key" in text:
        key = re.search(r"json key (\S+)", text)
        return _suspect(
            failure,
            "secret-key-missing",
            f"{_secret_with(key[1] if key else '', container)}:{key[1] if key else ''}",
            evidence,
        )
    if re.search(r"logger args|awslogs", text, re.I) and re.search(r"does not exist|ResourceNotFound", text, re.I):
        return _suspect(failure, "log-group-missing", (container and container.log_group) or "", evidence)
    if _EGRESS.search(text) and not _DENIED.search(text):
        service = next((name for name, words in _SERVICES.items() if re.search(words, text, re.I)), "ecr")
        return _without_way(failure, service, evidence)
    if "asm" in text or "secretsmanager" in text.lower() or "Secrets Manager" in text:
        return _of_secret(failure, definition, evidence)
    if re.search(r"CannotPull|pull image|registry auth|pull the image", text, re.I):
        return _of_image(failure, definition, container, evidence)
    return _of_exit(failure, evidence)


def _without_way(failure: _Failure, service: str, evidence: Evidence) -> Suspect:
    """No way to a service of AWS. An image's layers are in S3 (ECR user guide, "VPC endpoints"): its way counts too."""
    suspect, mlflow = _suspect(failure, "egress-missing", service, evidence), evidence.run.target.mlflow
    if service != "ecr" or mlflow is None:
        return suspect
    return replace(suspect, is_derived=True, rests_on=frozenset({f"edge:{mlflow.service}>{BUCKET}"}))


def _of_secret(failure: _Failure, definition: TaskDefinition | None, evidence: Evidence) -> Suspect | None:
    arn = _SECRET_ARN.search(failure.text)
    secret = secret_name(arn[1]) if arn else ""
    if re.search(r"ResourceNotFound|can't find the specified|marked for deletion|InvalidRequest", failure.text):
        return _suspect(failure, "secret-missing", secret, evidence)
    if _DENIED.search(failure.text):
        role = role_name(definition.execution_role) if definition else ""
        return _suspect(failure, "secret-access-denied", f"{role} {secret}".strip(), evidence)
    return None


def _of_image(
    failure: _Failure, definition: TaskDefinition | None, container: ContainerDefinition | None, evidence: Evidence
) -> Suspect | None:
    if _DENIED.search(failure.text):
        role = role_name(definition.execution_role) if definition else ""
        return _suspect(failure, "image-pull-denied", role, evidence)
    named = _IMAGE.search(failure.text)
    image = container.image if container is not None else named[1] if named else None
    if image is not None and re.search(r"not found|manifest|resolve ref", failure.text, re.I):
        return _suspect(failure, "container-image-missing", repository_and_tag(image), evidence)
    return None


def _of_exit(failure: _Failure, evidence: Evidence) -> Suspect | None:
    name = _name(failure, evidence)
    if "OutOfMemory" in failure.text:
        return _suspect(failure, "container-out-of-memory", name, evidence)
    if re.search(r"failed container health checks", failure.text, re.I):
        return _suspect(failure, "container-health-check-failing", name, evidence)
    if failure.stop_code == "SpotInterruption":
        return _suspect(failure, "spot-interruption", name, evidence)
    if failure.stop_code == "EssentialContainerExited":
        return _exited(failure, name, evidence)
    return None


def _exited(failure: _Failure, name: str, evidence: Evidence) -> Suspect:
    """A container that ended by itself: why, its last words may tell; that a store was not reached, they often do."""
    lines = evidence.log_lines(failure.role)
    suspect = _suspect(failure, "container-exits", name, evidence)
    told = [Proof(told=f"the last line of its log: {line}", source="logs:FilterLogEvents") for line in lines[-1:]]
    is_cut_off = any(_NOT_REACHED.search(line) for line in lines)
    stores = (
        frozenset(node for node in used_by(failure.role, evidence) if node in (REDIS, DATABASE))
        if is_cut_off
        else frozenset()
    )
    edges = frozenset(f"edge:{failure.role}>{store}" for store in stores)
    # Without its words, why it exits is not known; where it did not reach a store, the reason may lie before that.
    confidence = Confidence.PROVEN if told and not is_cut_off else Confidence.ONE_SIGN
    proofs = (*suspect.proofs, *told)
    return replace(suspect, proofs=proofs, confidence=confidence, is_derived=True, rests_on=stores | edges)


def references(evidence: Evidence) -> Iterator[Suspect]:
    """What a definition refers to and is not there: felt at the next start of a task, if not before."""
    for role in evidence.services:
        definition = evidence.definition(role)
        if definition is None:
            continue
        for container in definition.containers:
            exists = evidence.run.inventory.images.get(container.image)
            if isinstance(exists, Known) and not exists.value:
                told = f"{repository_and_tag(container.image)} does not exist"
                yield _referred(
                    role, "container-image-missing", repository_and_tag(container.image), told, exists.source, evidence
                )
            for value_from in container.secrets.values():
                arn = _SECRET_ARN.match(value_from)
                secret = evidence.run.inventory.secrets.get(arn[0] if arn else value_from)
                if isinstance(secret, Known) and (secret.value is None or secret.value.deleted_at is not None):
                    name = secret_name(arn[1]) if arn else value_from
                    told = (
                        f"the secret {name} does not exist" if secret.value is None else f"the secret {name} is deleted"
                    )
                    yield _referred(role, "secret-missing", name, told, secret.source, evidence)


def _referred(role: str, kind: str, resource: str, told: str, source: str, evidence: Evidence) -> Suspect:
    service = evidence.services[role]
    return Suspect(
        kind=kind,
        resource=resource,
        statement=f"{told[0].upper()}{told[1:]}, and {service.name} needs it to start a task.",
        breaks=frozenset({f"service:{role}"}),
        proofs=(Proof(told=told, source=source),),
        service=role,
        is_latent=service.running >= service.desired > 0,
    )


def _suspect(failure: _Failure, kind: str, resource: str, evidence: Evidence) -> Suspect:
    service = evidence.services[failure.role]
    return Suspect(
        kind=kind,
        resource=resource,
        statement=f"{_STATEMENTS[kind].format(service=service.name, resource=resource)}",
        breaks=frozenset({f"service:{failure.role}"}),
        proofs=(Proof(told=failure.text[:400], source=failure.source),),
        confidence=Confidence.PROVEN,
        service=failure.role,
        arn=service.arn,
    )


_STATEMENTS = {
    "fargate-quota-reached": "ECS cannot place tasks of {service}: the account's Fargate quota is used up.",
    "secret-key-missing": "{service} cannot start: the secret lacks the key {resource}.",
    "log-group-missing": "{service} cannot start: the log group {resource} does not exist.",
    "egress-missing": "{service} cannot start: its tasks have no way to {resource}.",
    "secret-missing": "{service} cannot start: the secret {resource} does not exist.",
    "secret-access-denied": "{service} cannot start: its execution role may not read a secret ({resource}).",
    "image-pull-denied": "{service} cannot start: its execution role {resource} may not pull the image.",
    "container-image-missing": "{service} cannot start: the image {resource} does not exist.",
    "container-out-of-memory": "{service} is killed for want of memory, again and again.",
    "container-health-check-failing": "{service} is stopped again and again: its own container health check fails.",
    "spot-interruption": "Fargate Spot took back a task of {service}.",
    "container-exits": "{service} exits by itself as it starts.",
}


def _name(failure: _Failure, evidence: Evidence) -> str:
    return evidence.roles[failure.role].name


def repository_and_tag(image: str) -> str:
    """An image without its registry."""
    first, _, rest = image.partition("/")
    return rest if rest and ("." in first or ":" in first) else image


def secret_name(name_in_arn: str) -> str:
    """A secret's name, of the last part of its ARN."""
    return _RANDOM_PART.sub("", name_in_arn)


def role_name(arn: str | None) -> str:
    """A role's name, of its ARN."""
    return (arn or "").rpartition("/")[2]


def _secret_with(key: str, container: ContainerDefinition | None) -> str:
    for _, value_from in sorted((container.secrets if container else {}).items()):
        arn = _SECRET_ARN.match(value_from)
        if arn and f":{key}:" in value_from[arn.end() :]:
            return secret_name(arn[1])
    return ""
