"""Answers of ECS about task definitions."""

from collections.abc import Mapping
from typing import Any

from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import TaskDefinition
from registry_monitor.inventory.parsing import secrecy


def task_definition(answer: Mapping[str, Any]) -> TaskDefinition:
    """DescribeTaskDefinition. No value that may be a secret is taken."""
    definition = answer["taskDefinition"]
    family = definition["family"]
    return TaskDefinition(
        arn=definition["taskDefinitionArn"],
        family=family,
        revision=definition["revision"],
        cpu=definition.get("cpu") or None,
        memory_mb=definition.get("memory") or None,
        containers=tuple(_container(family, container) for container in definition["containerDefinitions"]),
        task_role=definition.get("taskRoleArn"),
        execution_role=definition.get("executionRoleArn"),
    )


def _container(family: str, container: Mapping[str, Any]) -> ContainerDefinition:
    health_check = container.get("healthCheck")
    logging = container.get("logConfiguration", {})
    options = logging.get("options", {}) if logging.get("logDriver") == "awslogs" else {}
    return ContainerDefinition(
        name=container["name"],
        image=container.get("image", ""),
        is_essential=container.get("essential", True),
        ports=tuple(
            mapping["containerPort"]
            for mapping in container.get("portMappings", [])
            if mapping.get("containerPort")  # a range of ports has none
        ),
        command=secrecy.command([*container.get("entryPoint", []), *container.get("command", [])]),
        environment={
            each["name"]: secrecy.variable(family, each["name"], each.get("value", ""))
            for each in container.get("environment", [])
        },
        secrets={each["name"]: each["valueFrom"] for each in container.get("secrets", [])},
        health_check=health_check and secrecy.command(health_check["command"]),
        log_group=options.get("awslogs-group"),
        log_prefix=options.get("awslogs-stream-prefix"),
    )
