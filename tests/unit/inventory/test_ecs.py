"""Tasks and task definitions, as moto's ECS answers for them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from registry_monitor.inventory.facts import Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import CLUSTER, Account, target_of

TIME_S = 10.0
SERVICE = "registry-auth"


@pytest.fixture
def running(account: Account) -> Iterator[list[str]]:
    """101 running tasks of one service: one more than ECS describes in a call. Their ARNs."""
    arns = account.run_tasks(SERVICE, 101)
    yield arns
    for arn in arns:
        account.client("ecs").stop_task(cluster=CLUSTER, task=arn)


def test_tasks__more_than_one_call_describes(running: list[str], account: Account, calls_made: Counter[str]) -> None:
    """Each task is told with its address, image and definition, in the order of the ids."""
    tasks = known(InventoryReader(target_of("auth")).tasks(SERVICE, TIME_S))
    assert {task.arn for task in tasks} == set(running)
    assert calls_made["ecs:DescribeTasks"] == 2
    assert [task.id for task in tasks] == sorted(arn.rpartition("/")[2] for arn in running)
    raw = account.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[tasks[0].arn])["tasks"][0]
    details = {detail["name"]: detail["value"] for detail in raw["attachments"][0]["details"]}
    assert tasks[0].address == details["privateIPv4Address"]
    assert (tasks[0].service, tasks[0].images) == (SERVICE, {"web": "registry.test/web:1"})
    assert tasks[0].task_definition == raw["taskDefinitionArn"]


def test_tasks__of_no_cluster(account: Account) -> None:
    """A cluster that does not exist has no tasks: that is a fact."""
    assert known(InventoryReader(target_of("auth", cluster="nowhere")).tasks(SERVICE, TIME_S)) == ()


def test_tasks__of_no_service(running: list[str], calls_made: Counter[str]) -> None:
    """A service that does not exist has none of the cluster's tasks, which are listed once for all services."""
    reader = InventoryReader(target_of("auth"))
    assert known(reader.tasks("gone", TIME_S)) == ()
    assert len(known(reader.tasks(SERVICE, TIME_S))) == len(running)
    assert calls_made["ecs:ListTasks"] == 1


def test_task_definition__of_an_arn(account: Account) -> None:
    """A revision is told with its size, images and ports."""
    arn = account.task_definition()
    told = known(InventoryReader(target_of("auth")).task_definition(arn, TIME_S))
    assert (told.arn, told.family, told.cpu, told.memory_mb) == (arn, "web", 256, 512)
    assert (told.images, told.ports) == ({"web": "registry.test/web:1"}, {"web": (8000,)})


def test_task_definition__that_does_not_exist(account: Account) -> None:
    """ECS answers with an error that others share, so that absence is not proved."""
    told = InventoryReader(target_of("auth")).task_definition("gone:1", TIME_S)
    assert isinstance(told, Unknown)
    assert told.reason.startswith("ecs:DescribeTaskDefinition failed with ClientException")


def test_services__in_their_network(account: Account) -> None:
    """A service is told with the network of its tasks and its registries."""
    ecs = account.client("ecs")
    registry = "arn:aws:servicediscovery:eu-west-3:123456789012:service/srv-1"
    ecs.create_service(
        cluster=CLUSTER,
        serviceName="registry-networked",
        taskDefinition=account.task_definition(),
        desiredCount=1,
        networkConfiguration=account.network,
        serviceRegistries=[{"registryArn": registry}],
    )
    [service] = known(InventoryReader(target_of("networked")).ecs_services(TIME_S)).found
    assert (service.subnets, service.security_groups) == (
        tuple(account.subnets),
        (account.security_group,),
    )
    assert service.registry_arns == (registry,)
