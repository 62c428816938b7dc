"""What every suite is given to build its checks with."""

from dataclasses import dataclass

from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.keyring import Keyring
from registry_monitor.target import Target


@dataclass(frozen=True)
class SuiteContext:
    """One run's collaborators. ``is_inside_vpc``: whether internal names and addresses can be reached from here."""

    run_id: str
    target: Target
    inventory: InventoryReader
    http: HttpClient
    keyring: Keyring
    budget: RequestBudget
    is_inside_vpc: bool
