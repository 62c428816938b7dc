"""A public name leads elsewhere: to another load balancer, to one that is gone, or to an address that nobody has."""

from tests.sandbox.aws.dns import set_address, set_alias
from tests.sandbox.platforms import PUBLIC_ZONE
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("auth", "registry", "gone", "address")
_HOSTS = {"auth": "auth", "registry": "registry", "gone": "registry", "address": "auth"}
_OTHER = {"auth": "hokusai-registry-development", "registry": "hokusai-auth-development"}


def causes(variant: str) -> tuple[Cause, ...]:
    """The name."""
    return (Cause(kind="dns-record-wrong", resource=f"{_HOSTS[variant]}.{PUBLIC_ZONE}"),)


def break_(world: World, variant: str) -> None:
    """Change the record."""
    host = f"{_HOSTS[variant]}.{PUBLIC_ZONE}"
    if variant == "gone":
        set_alias(world, host, "hokusai-development-794046971.us-east-1.elb.amazonaws.com")
    elif variant == "address":
        world.delete_record(host)
        set_address(world, host, "203.0.113.7")
    else:
        world.set_record(host, _OTHER[variant])


def mend(world: World, variant: str) -> None:
    """Lead it to its load balancer."""
    host = f"{_HOSTS[variant]}.{PUBLIC_ZONE}"
    world.delete_record(host)
    world.set_record(host, f"hokusai-{_HOSTS[variant]}-development")
