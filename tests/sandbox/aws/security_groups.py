"""The security groups as a graph: which source may open a connection to which destination."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Interface:
    """One end of a connection: its address, and the security groups of its network interface."""

    address: str
    groups: frozenset[str]


class SecurityGroups:
    """All security groups of the VPC, as EC2 described them at one moment."""

    def __init__(self, described: Iterable[dict[str, Any]]) -> None:
        self._groups = {group["GroupId"]: group for group in described}

    def allow(self, source: Interface, destination: Interface, port: int) -> bool:
        """Tell whether egress of ``source`` and ingress of ``destination`` both allow TCP to ``port``.

        A group that does not exist allows nothing; rules of several groups add up (AWS: security group rules).
        """
        leaves = any(self._permits(group, "IpPermissionsEgress", destination, port) for group in source.groups)
        enters = any(self._permits(group, "IpPermissions", source, port) for group in destination.groups)
        return leaves and enters

    def leaves(self, source: Interface, address: str, port: int) -> bool:
        """Tell whether egress of ``source`` allows TCP to ``port`` of an address outside the VPC."""
        outside = Interface(address, frozenset())
        return any(self._permits(group, "IpPermissionsEgress", outside, port) for group in source.groups)

    def _permits(self, group: str, direction: str, peer: Interface, port: int) -> bool:
        permissions = self._groups.get(group, {}).get(direction, [])
        return any(_covers(permission, port) and _names(permission, peer) for permission in permissions)


def _covers(permission: dict[str, Any], port: int) -> bool:
    if permission["IpProtocol"] == "-1":
        return True
    return permission["IpProtocol"] in ("tcp", "6") and permission["FromPort"] <= port <= permission["ToPort"]


def _names(permission: dict[str, Any], peer: Interface) -> bool:
    if any(pair["GroupId"] in peer.groups for pair in permission["UserIdGroupPairs"]):
        return True
    address = ipaddress.ip_address(peer.address)
    return any(address in ipaddress.ip_network(block["CidrIp"]) for block in permission["IpRanges"])
