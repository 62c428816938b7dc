"""The network ACLs of the VPC's subnets: what they let pass of a connection, its answers among it.

Source: the VPC user guide, "Network ACLs": entries are tried by number, the first that matches decides, nothing is
remembered of a connection, and traffic within a subnet is not looked at. Answers go to ports 1024-65535, which is
what load balancers connect from ("Troubleshoot your Application Load Balancers"). One closed port in thousands is felt
by nobody; where more than a tenth is closed, the sandbox drops all.
"""

import ipaddress
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tests.sandbox.aws.security_groups import Interface, SecurityGroups

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
EPHEMERAL = (1024, 65535)
_ENOUGH = 0.9


class NetworkAcls:
    """All network ACLs of the VPC, as EC2 described them at one moment."""

    def __init__(self, acls: Iterable[Json], subnets: Iterable[Json]) -> None:
        self._entries = {
            item["SubnetId"]: sorted(acl["Entries"], key=lambda entry: int(entry["RuleNumber"]))
            for acl in acls
            for item in acl["Associations"]
        }
        self._subnets = {subnet["SubnetId"]: ipaddress.ip_network(subnet["CidrBlock"]) for subnet in subnets}

    def allow(self, source: str, destination: str, port: int) -> bool:
        """Tell whether a connection from one address to TCP ``port`` of another passes, and its answers back."""
        here, there = self._subnet_of(source), self._subnet_of(destination)
        if here == there:
            return True
        return all(
            (
                self._passes(here, destination, (port, port), is_egress=True),
                self._passes(there, source, (port, port), is_egress=False),
                self._passes(there, source, EPHEMERAL, is_egress=True),
                self._passes(here, destination, EPHEMERAL, is_egress=False),
            )
        )

    def _subnet_of(self, address: str) -> str | None:
        """Return the subnet of an address; None outside the VPC, where no ACL of ours looks."""
        parsed = ipaddress.ip_address(address)
        return next((identity for identity, block in self._subnets.items() if parsed in block), None)

    def _passes(self, subnet: str | None, peer: str, ports: tuple[int, int], *, is_egress: bool) -> bool:
        if subnet is None:
            return True
        entries = [
            entry
            for entry in self._entries[subnet]
            if entry["Egress"] == is_egress
            and entry["Protocol"] in ("-1", "6")
            and ipaddress.ip_address(peer) in ipaddress.ip_network(entry["CidrBlock"])
        ]
        return _open_share(entries, ports) >= _ENOUGH


def _open_share(entries: list[Json], ports: tuple[int, int]) -> float:
    """Return how much of a range of ports is allowed; the first entry that has a port decides for it."""
    first, end = ports[0], ports[1] + 1
    edges = {edge for entry in entries for edge in (_range(entry)[0], _range(entry)[1] + 1) if first < edge < end}
    parts = itertools.pairwise(sorted({first, end} | edges))
    return sum(last - begin for begin, last in parts if _is_allowed(entries, begin)) / (end - first)


def _range(entry: Json) -> tuple[int, int]:
    ports = entry.get("PortRange")
    return (ports["From"], ports["To"]) if ports else (0, 65535)


def _is_allowed(entries: Iterable[Json], port: int) -> bool:
    deciding = next((entry for entry in entries if _range(entry)[0] <= port <= _range(entry)[1]), None)
    return deciding is not None and deciding["RuleAction"] == "allow"


@dataclass(frozen=True)
class AclRule:
    """An entry of a network ACL that denies TCP to some ports."""

    is_egress: bool
    ports: tuple[int, int]


class PacketFilters(SecurityGroups):
    """Everything in the VPC that drops packets: security groups and network ACLs."""

    def __init__(self, groups: Iterable[Json], acls: NetworkAcls) -> None:
        super().__init__(groups)
        self._acls = acls

    @classmethod
    def of(cls, world: "World") -> Self:
        """Read them all."""
        ec2 = world.ec2
        acls = NetworkAcls(ec2.describe_network_acls()["NetworkAcls"], ec2.describe_subnets()["Subnets"])
        return cls(ec2.describe_security_groups()["SecurityGroups"], acls)

    def allow(self, source: Interface, destination: Interface, port: int) -> bool:
        """Tell whether security groups and network ACLs all let TCP from ``source`` to ``port`` pass."""
        return super().allow(source, destination, port) and self._acls.allow(source.address, destination.address, port)


def guard(world: "World", subnet: str, name: str, denied: AclRule) -> None:
    """Give a subnet a network ACL of its own, with this Name tag, that denies one thing and allows all else."""
    tags = [{"ResourceType": "network-acl", "Tags": [{"Key": "Name", "Value": name}]}]
    acl = world.ec2.create_network_acl(VpcId=world.vpc, TagSpecifications=tags)["NetworkAcl"]["NetworkAclId"]
    everything = {"CidrBlock": "0.0.0.0/0", "NetworkAclId": acl}
    ports = {"From": denied.ports[0], "To": denied.ports[1]}
    world.ec2.create_network_acl_entry(
        **everything, RuleNumber=90, Egress=denied.is_egress, RuleAction="deny", Protocol="6", PortRange=ports
    )
    for is_egress in (True, False):
        world.ec2.create_network_acl_entry(
            **everything, RuleNumber=100, Egress=is_egress, RuleAction="allow", Protocol="-1"
        )
    _associate(world, subnet, acl)


def unguard(world: "World", subnet: str) -> None:
    """Give a subnet the VPC's default network ACL again, and delete its own."""
    acls = world.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["NetworkAcls"]
    (own,) = [acl for acl in acls if subnet in [item["SubnetId"] for item in acl["Associations"]]]
    (default,) = [acl for acl in acls if acl["IsDefault"]]
    _associate(world, subnet, default["NetworkAclId"])
    world.ec2.delete_network_acl(NetworkAclId=own["NetworkAclId"])


def _associate(world: "World", subnet: str, acl: str) -> None:
    acls = world.ec2.describe_network_acls()["NetworkAcls"]
    (association,) = [
        item["NetworkAclAssociationId"]
        for listed in acls
        for item in listed["Associations"]
        if item["SubnetId"] == subnet
    ]
    world.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
