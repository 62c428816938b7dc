"""What is known of each service: its ECS tasks, its deployment, its targets and its endpoints, in one row."""

from registry_monitor.inventory.facts import EcsService, RegisteredTarget, Unknown
from registry_monitor.model import FLOWS, Document, Result, Status
from registry_monitor.run import Run
from registry_monitor.target import Service

_FACTS = ("service", "route", "headroom")  # families of checks that ask AWS alone


class TargetGroupHealth(Document):
    """One target group of a service. The counts are null where its health could not be read, with the reason."""

    arn: str
    name: str | None
    healthy: int | None
    registered: int | None
    not_healthy: tuple[str, ...] = ()  # each target that is not healthy, with AWS's reason
    unknown_because: str | None = None


class ServiceAvailability(Document):
    """One service of the target. A figure is null where it could not be found out.

    ``ecs_status``: ACTIVE, DRAINING or INACTIVE as ECS tells it, MISSING, or null.
    ``endpoints_passed`` of ``endpoints_asked``: this run's checks of its endpoints, without stages of a flow.
    """

    role: str
    name: str
    terraform: str | None
    ecs_status: str | None
    desired: int | None = None
    running: int | None = None
    pending: int | None = None
    rollout: str | None = None
    target_groups: tuple[TargetGroupHealth, ...] = ()
    endpoints_passed: int
    endpoints_asked: int
    unknown_because: str | None = None

    @property
    def targets(self) -> str:
        """Healthy of registered targets, over all of its target groups, for people."""
        if self.ecs_status is None or any(group.registered is None for group in self.target_groups):
            return "unknown"
        if not self.target_groups:
            return "none"
        healthy = sum(group.healthy or 0 for group in self.target_groups)
        return f"{healthy}/{sum(group.registered or 0 for group in self.target_groups)}"


def is_request_check(result: Result) -> bool:
    """Whether a result is about a request to a service, rather than a fact that AWS tells of it."""
    _, family, *_ = result.check_id.split(".")
    return result.service is not None and family not in _FACTS


def is_endpoint_check(result: Result) -> bool:
    """Whether a result is about one endpoint of a service: a request, and no stage of a flow."""
    return is_request_check(result) and result.suite not in FLOWS


def service_rows(run: Run) -> tuple[ServiceAvailability, ...]:
    """One row for each service of the target, in the target's order."""
    return tuple(_row(run, service) for service in run.target.services)


def _row(run: Run, service: Service) -> ServiceAvailability:
    asked = [
        result
        for result in run.results
        if result.service == service.role and is_endpoint_check(result) and result.status is not Status.SKIPPED
    ]
    row = ServiceAvailability(
        role=service.role,
        name=service.name,
        terraform=service.terraform,
        ecs_status=None,
        endpoints_passed=sum(result.status.is_passed for result in asked),
        endpoints_asked=len(asked),
    )
    fact = run.inventory.ecs_services
    if isinstance(fact, Unknown):
        return row.model_copy(update={"unknown_because": fact.reason})
    there = next((each for each in fact.value.found if each.name == service.name), None)
    if there is not None:
        return row.model_copy(update=_told_by_ecs(run, there))
    if service.name in fact.value.missing or not fact.value.cluster_exists:
        return row.model_copy(update={"ecs_status": "MISSING"})
    return row.model_copy(update={"unknown_because": f"{fact.source} said nothing about {service.name}"})


def _told_by_ecs(run: Run, service: EcsService) -> dict[str, object]:
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    return {
        "ecs_status": service.status,
        "desired": service.desired,
        "running": service.running,
        "pending": service.pending,
        "rollout": None if primary is None else primary.rollout_state,
        "target_groups": tuple(_group(run, target.target_group_arn) for target in service.targets),
    }


def _group(run: Run, arn: str) -> TargetGroupHealth:
    groups = () if isinstance(run.inventory.target_groups, Unknown) else run.inventory.target_groups.value
    name = next((group.name for group in groups if group.arn == arn), None)
    health = run.inventory.target_health.get(arn)
    if health is None or isinstance(health, Unknown):
        reason = "its health was not read" if health is None else health.reason
        return TargetGroupHealth(arn=arn, name=name, healthy=None, registered=None, unknown_because=reason)
    targets = health.value
    return TargetGroupHealth(
        arn=arn,
        name=name,
        healthy=sum(target.state == "healthy" for target in targets),
        registered=len(targets),
        not_healthy=tuple(_told(target) for target in targets if target.state != "healthy"),
    )


def _told(target: RegisteredTarget) -> str:
    why = f", {target.reason}: {target.description}" if target.reason else ""
    return f"{target.id}:{target.port} is {target.state}{why}"
