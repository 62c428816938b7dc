"""What ECS says of a cluster's services, tasks and task definitions."""

from collections.abc import Sequence
from itertools import batched
from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.facts import EcsServices, Task, TaskDefinition
from registry_monitor.inventory.parsing import ecs as parsing

SERVICES_PER_CALL = 10  # ECS API Reference, DescribeServices
_TASKS_PER_CALL = 100  # ECS API Reference, DescribeTasks

DESCRIBE_SERVICES = "ecs:DescribeServices"
LIST_TASKS = "ecs:ListTasks"
DESCRIBE_TASKS = "ecs:DescribeTasks"
DESCRIBE_TASK_DEFINITION = "ecs:DescribeTaskDefinition"


def read_services(client: Any, cluster: str, names: Sequence[str]) -> EcsServices:
    """The services of these names; where there is no such cluster, all of them are missing."""
    try:
        answers = [
            client.describe_services(cluster=cluster, services=list(batch))
            for batch in batched(names, SERVICES_PER_CALL, strict=False)
        ]
    except client.exceptions.ClusterNotFoundException:
        return EcsServices(found=(), missing=tuple(names), cluster_exists=False)
    return parsing.ecs_services(answers, names)


def read_tasks(client: Any, cluster: str, service: str) -> tuple[Task, ...]:
    """The tasks that ECS means to keep running; none where there is no such service or cluster."""
    with asking(LIST_TASKS):
        pages = client.get_paginator("list_tasks").paginate(
            cluster=cluster, serviceName=service, desiredStatus="RUNNING"
        )
        try:
            arns = [arn for page in pages for arn in page["taskArns"]]
        except (client.exceptions.ServiceNotFoundException, client.exceptions.ClusterNotFoundException):
            return ()
    with asking(DESCRIBE_TASKS):
        return parsing.tasks(
            client.describe_tasks(cluster=cluster, tasks=list(batch))
            for batch in batched(arns, _TASKS_PER_CALL, strict=False)
        )


def read_task_definition(client: Any, arn: str) -> TaskDefinition:
    """One revision. One that does not exist is a ClientException, as are other errors: no proof of absence."""
    return parsing.task_definition(client.describe_task_definition(taskDefinition=arn))
