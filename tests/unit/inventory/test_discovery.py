"""What is registered in Cloud Map, as moto answers for it."""

from registry_monitor.inventory.facts import known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import Account, target_of

TIME_S = 10.0


def create_registry(account: Account) -> str:
    """A service of Cloud Map in a namespace of its own; returns its ARN."""
    client = account.client("servicediscovery")
    operation = client.create_private_dns_namespace(Name="registry.local", Vpc=account.vpc)["OperationId"]
    namespace = client.get_operation(OperationId=operation)["Operation"]["Targets"]["NAMESPACE"]
    arn: str = client.create_service(Name="auth", NamespaceId=namespace)["Service"]["Arn"]
    return arn


def test_registered_instances__of_more_than_a_page(account: Account) -> None:
    """All pages are read, and told in the order of their ids."""
    client, arn = account.client("servicediscovery"), create_registry(account)
    for number in range(105):
        client.register_instance(
            ServiceId=arn.rpartition("/")[2],
            InstanceId=f"task-{number:03}",
            Attributes={"AWS_INSTANCE_IPV4": f"10.1.0.{number}"},
        )
    told = known(InventoryReader(target_of("auth")).registered_instances(arn, TIME_S))
    assert [(each.id, each.address, each.port) for each in told] == [
        (f"task-{number:03}", f"10.1.0.{number}", None) for number in range(105)
    ]


def test_registered_instances__of_no_service(account: Account) -> None:
    """A service that does not exist has nothing registered: that is a fact."""
    arn = "arn:aws:servicediscovery:eu-west-3:123456789012:service/srv-gone"
    assert known(InventoryReader(target_of("auth")).registered_instances(arn, TIME_S)) == ()
