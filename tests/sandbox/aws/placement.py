"""Where a task's network interface may stand: a free address in a subnet of its service."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
_MOST_IN_A_ZONE = 6
_ZONES = "abc"  # the last letter of a zone's name


@dataclass(frozen=True)
class Place:
    """One free address, with the subnet and the zone that it lies in."""

    address: str
    subnet: str
    zone: str


def free_place(world: "World", service: Json, role: str, used: Collection[str]) -> Place:
    """Return the next place for a task of ``service``; its subnets take turns, as ECS spreads over zones."""
    asked = service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    described = world.ec2.describe_subnets(SubnetIds=asked)["Subnets"]
    subnets = sorted(described, key=lambda subnet: str(subnet["AvailabilityZone"]))
    places = (
        Place(world.addresses.task_in(role, index, _ZONES.index(zone[-1])), subnet["SubnetId"], zone)
        for index in range(_MOST_IN_A_ZONE)
        for subnet in subnets
        for zone in (subnet["AvailabilityZone"],)
    )
    return next(place for place in places if place.address not in used)
