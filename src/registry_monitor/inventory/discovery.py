"""What Cloud Map says of a service: what is registered in it, and under which name."""

from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.facts import RegisteredInstance
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import discovery as parsing

LIST_INSTANCES = "servicediscovery:ListInstances"
GET_SERVICE = "servicediscovery:GetService"
GET_NAMESPACE = "servicediscovery:GetNamespace"


def read_registered_instances(client: Any, registry_arn: str) -> tuple[RegisteredInstance, ...]:
    """The instances of one service, by its ARN; none where it does not exist."""
    pages = pages_of(client, "list_instances", ServiceId=registry_arn.rpartition("/")[2])
    try:
        return parsing.registered_instances(pages)
    except client.exceptions.ServiceNotFound:
        return ()


def read_internal_name(client: Any, registry_arn: str) -> str | None:
    """The name by which a VPC finds the tasks of a service; None where there is no such service, or no such name."""
    with asking(GET_SERVICE):
        try:
            service = client.get_service(Id=registry_arn.rpartition("/")[2])["Service"]
        except client.exceptions.ServiceNotFound:
            return None
    with asking(GET_NAMESPACE):
        return parsing.internal_name(service, client.get_namespace(Id=service["NamespaceId"])["Namespace"])
