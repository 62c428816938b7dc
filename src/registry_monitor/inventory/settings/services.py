"""Settings of ECS services and of what their tasks run with."""

from collections.abc import Iterator

from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import EcsService, Inventory, TaskDefinition
from registry_monitor.inventory.settings.configured import Configured, Scope, Settings, value


def services(inventory: Inventory) -> Iterator[Scope]:
    """The target's services, and the definition that each runs."""
    found = value(inventory.ecs_services)
    yield "services", None if found is None else [_service(each) for each in found.found]
    for service in found.found if found else ():
        definition = value(inventory.task_definitions.get(service.task_definition))
        if definition is not None:
            ids = (service.arn, definition.arn)
            yield (
                f"definition of {service.name}",
                [Configured("task definition of", service.name, ids, _definition(definition))],
            )


def _service(service: EcsService) -> Configured:
    settings: Settings = {
        "desired tasks": str(service.desired),
        "target groups": frozenset(f"{each.target_group_arn}:{each.container_port}" for each in service.targets),
        "security groups": frozenset(service.security_groups),
        "subnets": frozenset(service.subnets),
    }
    return Configured("service", service.name, (service.arn,), settings)


def _definition(definition: TaskDefinition) -> Settings:
    settings: Settings = {
        "size": f"{definition.cpu} CPU units, {definition.memory_mb} MiB",
        "task role": definition.task_role or "none",
        "execution role": definition.execution_role or "none",
    }
    for container in definition.containers:
        settings |= _container(container)
    return settings


def _container(container: ContainerDefinition) -> Settings:
    told: Settings = {
        "image": container.image,
        "ports": ", ".join(map(str, container.ports)) or "none",
        "command": " ".join(container.command) or "the image's own",
        "health check": " ".join(container.health_check or ()) or "none",
        "log group": container.log_group or "none",
    }
    for name, variable in container.environment.items():
        told[f"variable {name}"] = variable.value or f"a value with fingerprint {variable.fingerprint}"
    for name, place in container.secrets.items():
        told[f"variable {name}"] = f"the secret {place}"
    return {f"{what} of container {container.name}": each for what, each in told.items()}
