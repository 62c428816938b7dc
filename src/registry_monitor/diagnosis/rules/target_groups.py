"""Target groups: how they ask their targets, and single targets that are broken among others.

Rows: ALB-12, ALB-14, ALB-17, ECS-32, PAR-01. ELB user guide, "Health checks for Application Load Balancer target
groups": ResponseCodeMismatch proves that network, port and process are right, and only path, matcher or code is wrong.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.facts import RegisteredTarget, TargetGroup

_GROUPS, _HEALTH = "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"
_CODES = re.compile(r"codes: \[(\d+)")


def health_checks(evidence: Evidence) -> Iterator[Suspect]:
    """A health check that asks the wrong path or port, or speaks another protocol."""
    for role in evidence.services:
        for group, targets in evidence.targets_of(role):
            wrong = [target for target in targets if target.state.startswith("unhealthy")]
            registered = {target.port for target in targets}
            yield from _path(role, group, wrong, evidence)
            yield from _port(role, group, wrong, registered, evidence)
            yield from _timeout(role, group, wrong, evidence)
            yield from _protocol(role, group, evidence)
            yield from _zone(role, group, targets, evidence)


def _path(role: str, group: TargetGroup, wrong: list[RegisteredTarget], evidence: Evidence) -> Iterator[Suspect]:
    right = evidence.roles[role].health_path
    mismatched = [target for target in wrong if target.reason == "Target.ResponseCodeMismatch"]
    if not mismatched or group.health_check_path == right:
        return
    yield _suspect(
        role,
        group,
        "health-check-path-wrong",
        f"The target group {group.name} asks {group.health_check_path}, and {evidence.roles[role].name} answers health "
        f"checks on {right}.",
        f"{mismatched[0].id}:{mismatched[0].port}, asked {group.health_check_path}: {mismatched[0].description}",
        _HEALTH,
    )


def _port(
    role: str, group: TargetGroup, wrong: list[RegisteredTarget], registered: set[int | None], evidence: Evidence
) -> Iterator[Suspect]:
    port = group.health_check_port
    if not wrong or port is None or not port.isdigit() or int(port) in registered:
        return
    yield _suspect(
        role,
        group,
        "health-check-port-wrong",
        f"The target group {group.name} asks port {port}, and {evidence.roles[role].name} listens on another.",
        f"health check port {port}; registered: {', '.join(str(each) for each in sorted(registered, key=str))}",
        _GROUPS,
    )


def _timeout(role: str, group: TargetGroup, wrong: list[RegisteredTarget], evidence: Evidence) -> Iterator[Suspect]:
    """Its health checks time out, and it answers the same path to others, only later than they wait."""
    late = [target for target in wrong if target.reason == "Target.Timeout"]
    wait_ms = (group.health_check_timeout_s or 0) * 1000
    path = group.health_check_path or ""
    slow = [each for each in evidence.passed if _asks(each, role, path) and (each.result.latency_ms or 0) > wait_ms]
    if late and wait_ms and slow:
        name, took_ms = evidence.roles[role].name, slow[0].result.latency_ms or 0
        told = f"{slow[0].result.check_id} took {took_ms:.0f} ms; the health check waits {wait_ms} ms"
        statement = f"The target group {group.name} does not wait for the health check's answer of {name}."
        yield _suspect(role, group, "health-check-timeout-short", statement, told, _GROUPS)


def _asks(symptom: Symptom, role: str, path: str) -> bool:
    return symptom.result.service == role and urlsplit(symptom.url or "").path == path


def _protocol(role: str, group: TargetGroup, evidence: Evidence) -> Iterator[Suspect]:
    if group.protocol_version not in ("HTTP2", "GRPC"):
        return
    yield _suspect(
        role,
        group,
        "target-group-protocol-wrong",
        f"The target group {group.name} speaks {group.protocol_version} to {evidence.roles[role].name}.",
        f"ProtocolVersion is {group.protocol_version}",
        _GROUPS,
    )


def _zone(
    role: str, group: TargetGroup, targets: tuple[RegisteredTarget, ...], evidence: Evidence
) -> Iterator[Suspect]:
    """AWS has two descriptions for Target.NotInUse; a zone that is not enabled is one of them."""
    for target in targets:
        if target.reason == "Target.NotInUse" and "zone" in (target.description or "").lower():
            balancers = sorted(
                each.name for each in (evidence.balancers or {}).values() if each.arn in group.load_balancer_arns
            )
            resource = f"{', '.join(balancers) or group.name} {target.zone or _zone_of(target, role, evidence)}".strip()
            yield Suspect(
                kind="task-zone-not-enabled",
                resource=resource,
                statement=f"{evidence.roles[role].name} has a task in a zone that its load balancer does not serve.",
                breaks=frozenset({f"registration:{role}"}),
                proofs=(Proof(told=f"{target.id}:{target.port} {target.description}", source=_HEALTH),),
                confidence=Confidence.PROVEN if balancers else Confidence.ONE_SIGN,
                service=role,
            )


def _zone_of(target: RegisteredTarget, role: str, evidence: Evidence) -> str:
    """Of a target by address AWS tells no zone; the task that has the address has one."""
    tasks = evidence.read(evidence.run.inventory.tasks.get(evidence.roles[role].name)) or ()
    return next((task.zone for task in tasks if task.address == target.id and task.zone), "")


def single_targets(evidence: Evidence) -> Iterator[Suspect]:
    """One target of several is unhealthy, or one task of several answers wrongly."""
    for role, service in evidence.services.items():
        if service.desired < 2:
            continue
        states = [target for _, targets in evidence.targets_of(role) for target in targets]
        broken = [target for target in states if target.state.startswith("unhealthy")]
        if broken and any(target.state == "healthy" for target in states):
            told = "; ".join(f"{target.id}:{target.port} {target.reason} ({target.description})" for target in broken)
            # A target that does not answer in time may also stand behind a network that could not be read.
            is_reached = all(target.reason != "Target.Timeout" for target in broken)
            is_sure = is_reached or evidence.read(evidence.run.inventory.network) is not None
            confidence = Confidence.PROVEN if is_sure else Confidence.ONE_SIGN
            yield broken_task(role, told, _HEALTH, evidence, confidence)
            continue
        direct = [each for each in evidence.symptoms if each.result.check_id.startswith(f"services_direct.{role}.")]
        for symptom in direct:
            if len(states) > 1 and all(target.state == "healthy" for target in states):
                yield broken_task(role, symptom.told, symptom.result.check_id, evidence, Confidence.TWO_SIGNS)
                break


def broken_task(role: str, told: str, source: str, evidence: Evidence, confidence: Confidence) -> Suspect:
    """One task of several that is broken, by what ``source`` (a check, or a call of AWS) told of it."""
    name = evidence.roles[role].name
    return Suspect(
        kind="task-broken",
        resource=name,
        statement=f"One task of {name} is broken, and others work.",
        breaks=frozenset({f"port:{role}", f"app:{role}"}),
        proofs=(Proof(told=told, source=source),),
        confidence=confidence,
        service=role,
        arn=evidence.services[role].arn,
        is_derived=True,
        rests_on=frozenset({f"subnet:{role}"}),  # whose packets do not pass is not broken itself
    )


def _suspect(role: str, group: TargetGroup, kind: str, statement: str, told: str, source: str) -> Suspect:
    return Suspect(
        kind=kind,
        resource=group.name,
        statement=statement,
        breaks=frozenset({f"registration:{role}"}),
        proofs=(Proof(told=told, source=source),),
        service=role,
        arn=group.arn,
    )
