"""What only full runs read: when first asked for, once, each fact on its own; denial and throttling are Unknown."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from registry_monitor.inventory.facts import Inventory, Known, Unknown
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import CLUSTER, Account, Answer, target_of
from tests.unit.inventory.on_demand import ON_DEMAND, TIME_S, OnDemand

OF_EVERY_RUN = ["ecs_services", "target_groups", "target_health", "load_balancers"]
ON_DEMAND_FIELDS = (
    *("tasks", "task_definitions", "listeners", "databases", "caches", "buckets", "registered_instances", "metrics"),
)


@pytest.fixture
def furnished(account: Account) -> Iterator[Account]:
    """The account with a task and a listener: what describing tasks and rules needs."""
    elbv2, ecs = account.client("elbv2"), account.client("ecs")
    [balancer] = elbv2.describe_load_balancers(Names=["registry-alb"])["LoadBalancers"]
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[fixed]
    )["Listeners"][0]["ListenerArn"]
    task = account.run_tasks("registry-auth", 1)[0]
    yield account
    elbv2.delete_listener(ListenerArn=listener)
    ecs.stop_task(cluster=CLUSTER, task=task)


@pytest.mark.parametrize("fact", ON_DEMAND, ids=str)
def test_fact__denied(furnished: Account, answer_instead: Answer, fact: OnDemand) -> None:
    """The call that was denied is named, with the permission to add, also where the fact takes several."""
    answer_instead(fact.service, fact.operation, 403, fact.error("AccessDenied"))
    told = fact.ask(InventoryReader(target_of("auth")))
    assert isinstance(told, Unknown)
    denied = f"{fact.call} was denied to the monitor's role (AccessDenied): add {fact.call} to its policy"
    assert told.reason == denied


@pytest.mark.parametrize("fact", ON_DEMAND, ids=str)
def test_fact__throttled(furnished: Account, answer_instead: Answer, fact: OnDemand) -> None:
    """A throttle is asked once more, and no longer."""
    asked = answer_instead(fact.service, fact.operation, 400, fact.error(fact.throttle))
    told = fact.ask(InventoryReader(target_of("auth")))
    assert isinstance(told, Unknown)
    assert told.reason.startswith(f"{fact.call} was throttled by AWS ({fact.throttle}), also when asked again")
    assert len(asked) == 2


@pytest.mark.parametrize("fact", ON_DEMAND, ids=str)
def test_fact__answer_without_content(furnished: Account, answer_instead: Answer, fact: OnDemand) -> None:
    """An answer that does not say what it should is Unknown, never absence."""
    answer_instead(fact.service, fact.operation, 200, fact.nothing)
    told = fact.ask(InventoryReader(target_of("auth")))
    assert isinstance(told, Unknown)
    assert told.reason.startswith(f"{fact.call} gave an answer that could not be read")


@pytest.mark.parametrize("fact", ON_DEMAND, ids=str)
def test_fact__asked_by_many_at_once(furnished: Account, calls_made: Counter[str], fact: OnDemand) -> None:
    """Threads make one call between them and get the same fact; what is absent takes a second, and a later ask none."""
    reader = InventoryReader(target_of("auth"))
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: fact.ask(reader), range(16)))
    assert all(each is told[0] for each in [*told, fact.ask(reader)])
    assert isinstance(told[0], Known)
    calls = 1 if told[0].value else 2
    assert (calls_made[fact.call], calls_made[told[0].source]) == (calls, calls)


def test_fact__silent_endpoint(silent_endpoint: str) -> None:
    """A check that cannot wait longer gets Unknown in time, with the call that was begun."""
    told = InventoryReader(target_of("auth")).database("registry-db", 0.05)
    assert isinstance(told, Unknown) and told.reason == "rds:DescribeDBInstances was not read within 0.1 s"


def test_light_run__reads_none_of_these(furnished: Account, calls_made: Counter[str]) -> None:
    """What nobody asks for is not read, and the snapshot has nothing of it."""
    reader = InventoryReader(target_of("auth"))
    reader.start()
    reader.ecs_services(TIME_S)
    reader.target_groups(TIME_S)
    reader.load_balancers(TIME_S)
    assert not {fact.call for fact in ON_DEMAND} & set(calls_made)
    stored = reader.snapshot().model_dump()
    assert [name for name in stored if stored[name]] == OF_EVERY_RUN


def test_calls__names_those_of_full_runs() -> None:
    """`plan` names each call that a full run may add."""
    planned = InventoryReader(target_of("auth")).calls
    of_full_runs = {call.split(" × ")[0] for call in planned if call.endswith("(read by full runs)")}
    assert of_full_runs == {fact.call for fact in ON_DEMAND} | {"elasticache:DescribeCacheClusters"}


def test_snapshot__of_everything(furnished: Account, answer_instead: Answer) -> None:
    """What was asked for is in the snapshot, by name and in order, and is read back from its document as it was."""
    answer_instead("rds", "DescribeDBInstances", 403, ON_DEMAND[5].error("AccessDenied"))
    reader = InventoryReader(target_of("auth"))
    for fact in reversed(ON_DEMAND):
        fact.ask(reader)
    for name in ("zebra-db", "aardvark-db"):
        reader.database(name, TIME_S)
    snapshot = reader.snapshot()
    assert [name for name in ON_DEMAND_FIELDS if not getattr(snapshot, name)] == []
    assert list(snapshot.databases) == ["aardvark-db", "registry-db", "zebra-db"]
    assert list(snapshot.metrics) == [
        "AWS/ECS MemoryUtilization (ClusterName=registry, ServiceName=registry-auth) Maximum of 60 s"
    ]
    assert Inventory.model_validate_json(snapshot.model_dump_json()) == snapshot


def test_snapshot__before_a_fact_is_there(silent_endpoint: str) -> None:
    """A fact that was begun and is not there is Unknown in the snapshot."""
    reader = InventoryReader(target_of("auth"))
    reader.bucket("registry-artifacts", 0.05)
    told: dict[str, Any] = reader.snapshot().buckets
    assert told["registry-artifacts"].reason == "s3:GetEncryptionConfiguration was not read before its time was over"
