"""What Cloud Map says is registered in a service."""

from typing import Any

from registry_monitor.inventory.facts import RegisteredInstance
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import discovery as parsing

LIST_INSTANCES = "servicediscovery:ListInstances"


def read_registered_instances(client: Any, registry_arn: str) -> tuple[RegisteredInstance, ...]:
    """The instances of one service, by its ARN; none where it does not exist."""
    pages = pages_of(client, "list_instances", ServiceId=registry_arn.rpartition("/")[2])
    try:
        return parsing.registered_instances(pages)
    except client.exceptions.ServiceNotFound:
        return ()
