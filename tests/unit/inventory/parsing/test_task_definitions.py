"""Task definitions as ECS documents them: what containers run with is told, and no value that may be a secret."""

from typing import Any

from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import TaskDefinition
from registry_monitor.inventory.parsing.task_definitions import task_definition

PASSWORD = "fake-passw0rd"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:db-AbCdEf:password::"


def definition(*containers: dict[str, Any], **changes: Any) -> TaskDefinition:
    whole = {"taskDefinitionArn": "arn:d:7", "family": "api", "revision": 7, "containerDefinitions": list(containers)}
    return task_definition({"taskDefinition": {**whole, **changes}})


def container(**changes: Any) -> ContainerDefinition:
    return definition({"name": "api", "image": "repo/api:1", **changes}).containers[0]


def test_task_definition__whole() -> None:
    """Sizes, roles, images and ports are told; a range of ports is none."""
    ports = [{"containerPort": 8001}, {"containerPortRange": "9000-9010"}]
    told = definition(
        {"name": "api", "image": "repo/api:1", "portMappings": ports},
        cpu="256",
        memory="512",
        taskRoleArn="arn:role/task",
        executionRoleArn="arn:role/execution",
    )
    assert (told.family, told.revision, told.cpu, told.memory_mb) == ("api", 7, 256, 512)
    assert (told.images, told.ports) == ({"api": "repo/api:1"}, {"api": (8001,)})
    assert (told.task_role, told.execution_role) == ("arn:role/task", "arn:role/execution")


def test_task_definition__sized_by_its_containers() -> None:
    """On EC2 a definition may have no size of its own, and none must have roles."""
    told = definition()
    assert (told.cpu, told.memory_mb, told.images, told.task_role, told.execution_role) == (None, None, {}, None, None)


def test_container__bare() -> None:
    """A container with a name and an image alone is essential, and has nothing else."""
    told = container()
    assert told.is_essential
    assert (told.command, told.environment, told.secrets, told.health_check) == ((), {}, {}, None)
    assert (told.log_group, told.log_prefix) == (None, None)


def test_container__command() -> None:
    """Entry point and command are told as one, without their secrets; so is the health check's."""
    told = container(
        entryPoint=["sh", "-c"],
        command=[f"mlflow server --password={PASSWORD} --host 0.0.0.0"],
        healthCheck={"command": ["CMD-SHELL", f"curl http://monitor:{PASSWORD}@localhost:8000/health"]},
    )
    assert told.command == ("sh", "-c", "mlflow server --password=[redacted] --host 0.0.0.0")
    assert told.health_check == ("CMD-SHELL", "curl http://[redacted]@localhost:8000/health")


def test_container__environment_and_secrets() -> None:
    """Variables are told by name, harmless values in clear; secrets by where they come from."""
    variables = {"PORT": "8001", "DB_PASSWORD": PASSWORD, "NOTE": PASSWORD, "EMPTY": ""}
    told = container(
        environment=[{"name": name, "value": value} for name, value in variables.items()],
        secrets=[{"name": "DB_LOGIN", "valueFrom": SECRET_ARN}],
    )
    assert {name: each.value for name, each in told.environment.items()} == {
        "PORT": "8001",
        "DB_PASSWORD": None,
        "NOTE": None,
        "EMPTY": "",
    }
    assert told.secrets == {"DB_LOGIN": SECRET_ARN}
    assert PASSWORD not in told.model_dump_json()


def test_container__logs() -> None:
    """Where awslogs writes is told; another driver has no log group."""
    options = {"awslogs-group": "/ecs/api", "awslogs-stream-prefix": "ecs"}
    told = container(logConfiguration={"logDriver": "awslogs", "options": options})
    assert (told.log_group, told.log_prefix) == ("/ecs/api", "ecs")
    assert container(logConfiguration={"logDriver": "splunk", "options": options}).log_group is None
