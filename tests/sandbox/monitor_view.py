"""What the monitor finds at each host and port of the platform: by public records, names of the VPC, security groups.

Each connection that the target's ``connect_to`` leads elsewhere ends in one of three ways: at the address where the
sandbox serves it, at a name that nobody has, or where packets are dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.sandbox.alb.configuration import LOCAL_PORTS, address_of_load_balancer
from tests.sandbox.aws.dns import public_names
from tests.sandbox.aws.routes import reaches_internet
from tests.sandbox.aws.security_groups import Interface
from tests.sandbox.black_hole import BlackHole
from tests.sandbox.names import Directory
from tests.sandbox.platform import Service

if TYPE_CHECKING:
    from tests.sandbox.world import World

NO_SUCH_RECORD = "no-such-record.invalid"  # the top-level domain that never resolves (RFC 6761)
_INTERNET = "203.0.113.1"  # any public address (RFC 5737): load balancers are met by those, not by private ones
_STORE_PORTS = {"database_host": 5432, "redis_host": 6379}


@dataclass
class MonitorView:
    """The platform's network as a function in security group ``monitor`` sees it."""

    world: "World"
    black_hole: BlackHole

    def connect_to(self, directory: Directory, tasks: Iterable[tuple[Service, Interface]]) -> dict[str, str]:
        """Return, for each host:port of the platform, the address:port to connect to (as ``curl --connect-to``)."""
        mapping = self._public(directory)
        for host, port in self._private_names().items():
            found = directory.interfaces.get(host)
            mapping[f"{host}:{port}"] = self._destination(directory, found[0], port) if found else _nowhere(port)
        for service, interface in tasks:
            served = f"{interface.address}:{service.port}"
            if (destination := self._destination(directory, interface, service.port)) != served:
                mapping[served] = destination
        return mapping

    def _public(self, directory: Directory) -> dict[str, str]:
        """Lead each public host by its record to its load balancer, whose own name is known too."""
        load_balancers = self._load_balancers(directory)
        hosts = {host for load_balancer in self.world.platform.load_balancers for host in load_balancer.hosts}
        records = public_names(self.world)
        found = dict(load_balancers)
        for host in hosts | set(records):
            record = records.get(host, "").lower()
            for port in LOCAL_PORTS:
                found[f"{host}:{port}"] = load_balancers.get(f"{record}:{port}") or self._elsewhere(record, port)
        return dict(sorted(found.items()))

    def _load_balancers(self, directory: Directory) -> dict[str, str]:
        """Lead the load balancers' own names to where they listen, as far as packets of the internet reach them."""
        found, groups = {}, directory.security_groups
        for item in self.world.elbv2.describe_load_balancers()["LoadBalancers"]:
            address = address_of_load_balancer(self.world, item["LoadBalancerName"])
            interface = Interface(address, frozenset(item.get("SecurityGroups", [])))
            is_routed = reaches_internet(self.world, [zone["SubnetId"] for zone in item["AvailabilityZones"]])
            for port, local_port in LOCAL_PORTS.items():
                is_open = is_routed and groups.leaves(self._monitor, _INTERNET, port)
                is_open = is_open and groups.allow(self._monitor, interface, port)
                found[f"{item['DNSName'].lower()}:{port}"] = f"{address}:{local_port}" if is_open else self._dropped
        return found

    def _private_names(self) -> Mapping[str, int]:
        """Name what stands in the VPC, whether or not it is there at present."""
        namespace, settings = self.world.account.namespace, self.world.store_settings
        services = {f"{service.role}.{namespace}": service.port for service in self.world.platform.services}
        return services | {settings[name]: port for name, port in _STORE_PORTS.items() if name in settings}

    def _destination(self, directory: Directory, interface: Interface, port: int) -> str:
        is_open = directory.security_groups.allow(self._monitor, interface, port)
        return f"{interface.address}:{port}" if is_open else self._dropped

    def _elsewhere(self, record: str, port: int) -> str:
        """Lead a name that is not of a load balancer: an address that nobody has drops packets; else it is unknown."""
        return self._dropped if record.replace(".", "").isdigit() else _nowhere(port)

    @property
    def _monitor(self) -> Interface:
        return Interface(self.world.addresses.of("monitor"), frozenset({self.world.security_groups["monitor"]}))

    @property
    def _dropped(self) -> str:
        return f"{self.black_hole.address}:{self.black_hole.port}"


def _nowhere(port: int) -> str:
    return f"{NO_SUCH_RECORD}:{port}"
