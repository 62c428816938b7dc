"""ECS services that are absent, not wanted, or not registered.

Rows: ECS-01 to ECS-04, ECS-31, ALB-09. ECS API Reference: only a failure MISSING proves absence.
"""

from collections.abc import Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import service_nodes
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.inventory.facts import EcsService
from registry_monitor.target import Service

_SOURCE = "ecs:DescribeServices"


def absent(evidence: Evidence) -> Iterator[Suspect]:
    """A service that does not exist, was deleted, is being deleted, or is scaled to zero."""
    ecs, cluster = evidence.ecs, evidence.run.target.cluster
    if ecs is None:
        return
    if not ecs.cluster_exists:
        yield Suspect(
            kind="ecs-cluster-missing",
            resource=cluster,
            statement=f"The ECS cluster {cluster} does not exist in {evidence.run.target.region}.",
            breaks=frozenset(node for role in evidence.roles for node in service_nodes(role)),
            proofs=(Proof(told=f"there is no cluster {cluster} (ClusterNotFoundException)", source=_SOURCE),),
        )
        return
    for role, service in evidence.roles.items():
        found = evidence.services.get(role)
        if service.name in ecs.missing:
            told = f"{service.name} is MISSING in cluster {cluster}"
            yield _of(service, "ecs-service-missing", f"The ECS service {service.name} does not exist.", told)
        elif found is not None:
            yield from _not_wanted(service, found)


def _not_wanted(service: Service, found: EcsService) -> Iterator[Suspect]:
    name = service.name
    if found.status == "INACTIVE":
        yield _of(service, "ecs-service-deleted", f"The ECS service {name} was deleted.", f"{name} is INACTIVE", found)
    elif found.status == "DRAINING":
        statement = f"The ECS service {name} is being destroyed."
        yield _of(service, "ecs-service-draining", statement, f"{name} is DRAINING", found)
    elif found.desired == 0:
        statement = f"The ECS service {name} is scaled to zero."
        yield _of(service, "ecs-desired-count-zero", statement, f"{name} has desiredCount 0, runningCount 0", found)


def registered(evidence: Evidence) -> Iterator[Suspect]:
    """A service that runs, and registers its tasks in no target group, though a route leads to it."""
    routed = {route.service for balancer in evidence.run.target.load_balancers for route in balancer.routes}
    for role, found in evidence.services.items():
        if role in routed and found.status == "ACTIVE" and found.desired > 0 and not found.targets:
            service = evidence.roles[role]
            yield Suspect(
                kind="service-not-registered",
                resource=service.name,
                statement=f"The ECS service {service.name} registers its tasks in no target group.",
                breaks=frozenset({f"registration:{role}"}),
                proofs=(Proof(told=f"{service.name} has no loadBalancers", source=_SOURCE),),
                service=role,
                arn=found.arn,
            )


def _of(service: Service, kind: str, statement: str, told: str, found: EcsService | None = None) -> Suspect:
    return Suspect(
        kind=kind,
        resource=service.name,
        statement=statement,
        breaks=frozenset(service_nodes(service.role)),
        proofs=(Proof(told=told, source=_SOURCE),),
        service=service.role,
        arn=found.arn if found else None,
    )
