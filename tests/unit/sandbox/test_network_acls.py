"""What network ACLs let pass, judged as the VPC user guide says."""

from typing import Any

import pytest

from tests.sandbox.aws.network_acls import NetworkAcls

SUBNETS = [
    {"SubnetId": "public", "CidrBlock": "10.0.0.0/26"},
    {"SubnetId": "private", "CidrBlock": "10.0.0.64/26"},
]
LOAD_BALANCER, TASK, OTHER_TASK, OUTSIDE = "10.0.0.2", "10.0.0.70", "10.0.0.71", "198.51.100.9"
PORT = 8000


def entry(number: int, action: str, ports: tuple[int, int] | None = None, **other: Any) -> dict[str, Any]:
    """An entry for incoming TCP (or all protocols, without ports) from anywhere, unless ``other`` says differently."""
    found = {
        "RuleNumber": number,
        "RuleAction": action,
        "Protocol": "6" if ports else "-1",
        "CidrBlock": "0.0.0.0/0",
        "Egress": False,
    }
    return found | ({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}) | other


def acls(*private: dict[str, Any]) -> NetworkAcls:
    """An ACL of these entries for the private subnet, and one that allows all for the public subnet."""
    open_entries = [entry(100, "allow"), entry(100, "allow", Egress=True)]
    return NetworkAcls(
        [
            {"Associations": [{"SubnetId": "public"}], "Entries": open_entries},
            {"Associations": [{"SubnetId": "private"}], "Entries": list(private)},
        ],
        SUBNETS,
    )


IN, OUT = entry(100, "allow"), entry(100, "allow", Egress=True)


@pytest.mark.parametrize(
    ("entries", "allowed"),
    [
        ((IN, OUT), True),
        ((IN,), False),  # answers have no way out
        ((OUT,), False),
        ((IN, entry(100, "allow", (1024, 65535), Egress=True)), True),
        ((IN, entry(100, "allow", (32768, 65535), Egress=True)), False),  # answers to lower ports are lost
        ((entry(90, "deny", (PORT, PORT)), IN, OUT), False),
        ((entry(90, "deny", (PORT + 1, 9000)), IN, OUT), True),
        ((IN, entry(110, "deny", (PORT, PORT)), OUT), True),  # the lower number has decided
        ((entry(90, "deny", (PORT, PORT), CidrBlock="192.0.2.0/24"), IN, OUT), True),
        ((entry(90, "deny", (PORT, PORT), Protocol="17"), IN, OUT), True),
        ((IN, entry(90, "deny", (40000, 40010), Egress=True), OUT), True),  # few answers would go there
        ((IN, entry(90, "deny", (1024, 9000), Egress=True), OUT), False),
    ],
)
def test_allow__by_entries(entries: tuple[dict[str, Any], ...], *, allowed: bool) -> None:
    """A connection passes when its packets and all answers do, by the first entry that matches each."""
    assert acls(*entries).allow(LOAD_BALANCER, TASK, PORT) == allowed


def test_allow__within_a_subnet() -> None:
    """Traffic within a subnet passes no ACL."""
    assert acls().allow(TASK, OTHER_TASK, PORT)


def test_allow__from_outside() -> None:
    """An address outside the VPC has no ACL of its own, and meets that of the subnet."""
    assert acls(IN, OUT).allow(OUTSIDE, TASK, PORT)
    assert not acls(OUT).allow(OUTSIDE, TASK, PORT)
