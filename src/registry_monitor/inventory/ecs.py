"""What ECS says of a cluster's services, tasks and task definitions."""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.deep_facts import StoppedTask
from registry_monitor.inventory.facts import EcsService, EcsServices, Task, TaskDefinition
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import ecs as parsing
from registry_monitor.inventory.parsing import task_definitions

SERVICES_PER_CALL = 10  # ECS API Reference, DescribeServices
_TASKS_PER_CALL = 100  # ECS API Reference, DescribeTasks
_STOPPED_KEPT = 50

LIST_SERVICES = "ecs:ListServices"
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


def read_all_services(client: Any, cluster: str) -> tuple[EcsService, ...] | None:
    """All services of the cluster, by name; None where there is no such cluster."""
    with asking(LIST_SERVICES):
        pages = pages_of(client, "list_services", cluster=cluster)
        try:
            names = sorted(arn.rpartition("/")[2] for page in pages for arn in page["serviceArns"])
        except client.exceptions.ClusterNotFoundException:
            return None
    with asking(DESCRIBE_SERVICES):
        return read_services(client, cluster, names).found


def read_tasks(client: Any, cluster: str) -> tuple[Task, ...]:
    """The tasks of all services that ECS means to keep running; none where there is no such cluster."""
    arns = _list_tasks(client, cluster, "RUNNING")
    with asking(DESCRIBE_TASKS):
        return parsing.tasks(_describe_tasks(client, cluster, arns))


def read_stopped_tasks(client: Any, cluster: str, services: Sequence[str]) -> tuple[StoppedTask, ...]:
    """The newest tasks of these services that have ended. Of a cluster with more than a call takes, some are missed."""
    arns = _list_tasks(client, cluster, "STOPPED")[:_TASKS_PER_CALL]
    with asking(DESCRIBE_TASKS):
        return parsing.stopped_tasks(_describe_tasks(client, cluster, arns), services)[:_STOPPED_KEPT]


def _list_tasks(client: Any, cluster: str, desired_status: str) -> list[str]:
    """The tasks of the whole cluster: each tells its service, and a call for each service would be more."""
    with asking(LIST_TASKS):
        pages = pages_of(client, "list_tasks", cluster=cluster, desiredStatus=desired_status)
        try:
            return [arn for page in pages for arn in page["taskArns"]]
        except client.exceptions.ClusterNotFoundException:
            return []


def _describe_tasks(client: Any, cluster: str, arns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for batch in batched(arns, _TASKS_PER_CALL, strict=False):
        yield client.describe_tasks(cluster=cluster, tasks=list(batch))


def read_task_definition(client: Any, arn: str) -> TaskDefinition:
    """One revision. One that does not exist is a ClientException, as are other errors: no proof of absence."""
    return task_definitions.task_definition(client.describe_task_definition(taskDefinition=arn))
