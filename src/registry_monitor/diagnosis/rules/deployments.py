"""Deployments that fail, do not end, or were rolled back. Rows: ECS-28 to ECS-30, DEP-01 to DEP-03.

Amazon ECS developer guide, "Deployment circuit breaker" and "Service event messages": a rolled back deployment
disappears, and PRIMARY is again one that is older than the event that tells of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.facts import Deployment, EcsService

_FAILED = re.compile(r"\(deployment (\S+)\) deployment failed")
_LIMITS = re.compile(r"unable to stop or start tasks during a deployment")


def primary_of(service: EcsService) -> Deployment | None:
    """The newest deployment of a service."""
    return next((each for each in service.deployments if each.status == "PRIMARY"), None)


def is_deploying(role: str, evidence: Evidence) -> bool:
    """Whether a service is being deployed, in time and without failed tasks: then nothing is said of it."""
    service = evidence.services.get(role)
    primary = primary_of(service) if service else None
    if primary is None or primary.rollout_state != "IN_PROGRESS" or primary.failed_tasks or primary.created_at is None:
        return False
    return evidence.now - primary.created_at < timedelta(seconds=evidence.run.target.thresholds.deployment_grace_s)


def not_ending(evidence: Evidence) -> Iterator[Suspect]:
    """A deployment that goes on for longer than the target grants it, though none of its tasks has failed."""
    grace = timedelta(seconds=evidence.run.target.thresholds.deployment_grace_s)
    for role, service in evidence.services.items():
        primary = primary_of(service)
        if primary is None or primary.rollout_state != "IN_PROGRESS" or primary.failed_tasks or not primary.created_at:
            continue
        age = evidence.now - primary.created_at
        if age > grace:
            limits = [event.message for event in service.events if _LIMITS.search(event.message)]
            told = f"deployment {primary.id} is IN_PROGRESS for {age.total_seconds() / 60:.0f} minutes"
            stuck = _suspect(role, "deployment-stuck", "does not end", [told, *limits[:1]], evidence)
            yield replace(stuck, breaks=frozenset({f"rollout:{role}"}), is_latent=False)


def rolled_back(evidence: Evidence) -> Iterator[Suspect]:
    """A deployment that failed and was rolled back: the revision before it serves, and what was wanted does not run."""
    for role, service in evidence.services.items():
        primary = primary_of(service)
        for event in service.events:
            failed = _FAILED.search(event.message)
            is_newest = primary is not None and (primary.created_at is None or primary.created_at < event.at)
            if failed and is_newest and primary and failed[1] != primary.id and primary.rollout_state == "COMPLETED":
                told = [event.message, f"PRIMARY is {primary.id}, which is older"]
                yield _suspect(role, "deployment-rolled-back", "failed and was rolled back", told, evidence)
                break


def failed(evidence: Evidence) -> Iterator[Suspect]:
    """A deployment whose tasks fail: a consequence, where it is known why they do; else what ECS says of them."""
    for role, service in evidence.services.items():
        primary = primary_of(service)
        if primary is None or service.desired == 0 or service.status != "ACTIVE":
            continue
        if primary.rollout_state == "FAILED" or (primary.rollout_state == "IN_PROGRESS" and primary.failed_tasks > 0):
            told = f"deployment {primary.id} is {primary.rollout_state}, {primary.failed_tasks} tasks failed"
            doing = "does not get its tasks running"
            suspect = _suspect(role, "deployment-stuck", doing, [told], evidence, is_derived=True)
            reasons = [
                Proof(told=reason[:400], source="ecs:DescribeTasks") for reason in _reasons(service, evidence)[:1]
            ]
            yield replace(
                suspect,
                proofs=(*reasons, *suspect.proofs),  # why, before that
                confidence=Confidence.TWO_SIGNS if reasons else Confidence.ONE_SIGN,
            )


def _reasons(service: EcsService, evidence: Evidence) -> list[str]:
    """Why tasks of the newest definition failed to start, in the words of ECS, the newest first."""
    failed_to_start = [
        each
        for each in evidence.stopped_tasks
        if each.service == service.name
        and each.task_definition == service.task_definition
        and each.stop_code == "TaskFailedToStart"
    ]
    return [each.reason for each in failed_to_start if each.reason]


def _suspect(
    role: str, kind: str, doing: str, told: list[str], evidence: Evidence, *, is_derived: bool = False
) -> Suspect:
    service, name = evidence.services[role], evidence.roles[role].name
    node = f"service:{role}" if service.running == 0 else f"deployment:{role}"
    return Suspect(
        kind=kind,
        resource=name,
        statement=f"The deployment of {name} {doing}.",
        breaks=frozenset({node}),
        proofs=tuple(Proof(told=each, source="ecs:DescribeServices") for each in told),
        confidence=Confidence.ONE_SIGN if is_derived else Confidence.PROVEN,
        service=role,
        arn=service.arn,
        is_derived=is_derived,
        is_latent=not is_derived,
    )
