"""Task definitions: a new revision, with what changes of its containers, for the service that runs it."""

from typing import Any

from tests.diagnosis.fixing.outcomes import RefusedError
from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.world import Json, World

_KEPT = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
_LISTS_BY_NAME = ("environment", "secrets")


def task_definition(resource: Resource) -> Attributes:
    """Register a revision that is like the newest but for what the resource says, and let its service run it."""
    resource.takes_only("container_definitions", "cpu", "memory")
    world = resource.world
    if resource.subject is None:
        raise RefusedError(f"there is no task definition {resource.name} of which this is a change")
    newest = world.ecs.describe_task_definition(taskDefinition=resource.subject)["taskDefinition"]
    changes = resource.values.get("container_definitions", [])
    sizes = {name: str(resource.values[name]) for name in ("cpu", "memory") if name in resource.values}
    settings = {name: newest[name] for name in _KEPT if name in newest} | sizes
    registered = world.ecs.register_task_definition(
        containerDefinitions=_changed(newest["containerDefinitions"], changes), **settings
    )
    arn: str = registered["taskDefinition"]["taskDefinitionArn"]
    for service in _services_of(world, newest["family"]):
        world.ecs.update_service(cluster=CLUSTER, service=service, taskDefinition=arn)
    return {"arn": arn}


def _services_of(world: World, family: str) -> list[str]:
    """The services that run this family: in Terraform they refer to its newest revision."""
    arns = world.ecs.list_services(cluster=CLUSTER)["serviceArns"]
    described = world.ecs.describe_services(cluster=CLUSTER, services=arns)["services"] if arns else []
    return [
        each["serviceName"]
        for each in described
        if each["status"] == "ACTIVE" and f"/{family}:" in each["taskDefinition"]
    ]


def _changed(containers: list[Json], changes: list[Json]) -> list[Json]:
    by_name = {change["name"]: change for change in changes}
    if strangers := by_name.keys() - {container["name"] for container in containers}:
        raise RefusedError(f"there is no container {', '.join(sorted(strangers))}")
    return [_merged(container, by_name.get(container["name"], {})) for container in containers]


def _merged(container: Json, change: Json) -> Json:
    """A value in the place of the old one, null for none; variables one by one, by their names."""
    merged = {name: value for name, value in (container | change).items() if value is not None}
    for kind in _LISTS_BY_NAME:
        replaced = {pair["name"] for pair in change.get(kind, [])}
        kept = [pair for pair in container.get(kind, []) if pair["name"] not in replaced]
        merged[kind] = [*kept, *change.get(kind, [])]
    return _without_doubles(merged, change)


def _without_doubles(container: Json, change: Json) -> Json:
    """A variable is given by a value or by a secret: what the change gives in one way goes from the other."""
    others: dict[str, Any] = {"environment": "secrets", "secrets": "environment"}
    for kind, other in others.items():
        named = {pair["name"] for pair in change.get(kind, [])}
        container[other] = [pair for pair in container[other] if pair["name"] not in named]
    return container
