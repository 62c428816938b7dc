"""What the load balancers are configured to do, read from AWS at one moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]
# Clients of a sandbox need no privileges, so a listener's well-known port is served on another one.
LOCAL_PORTS = {443: 8443, 80: 8080}


@dataclass(frozen=True)
class Target:
    """A registered target. ``is_open``: the security groups let the load balancer reach it."""

    address: str
    port: int
    is_healthy: bool
    is_open: bool


@dataclass(frozen=True)
class Listener:
    """A listener with its rules, at the loopback address and port where the sandbox serves it."""

    arn: str
    load_balancer: str
    address: str
    port: int
    certificate: str | None
    idle_timeout_s: float
    rules: tuple[Json, ...]


@dataclass(frozen=True)
class Configuration:
    """All listeners, and the targets of every target group by its ARN."""

    listeners: tuple[Listener, ...]
    targets: dict[str, tuple[Target, ...]]


def describe_listeners(world: "World") -> tuple[Listener, ...]:
    """Read all listeners of the platform's load balancers; a deleted load balancer has none."""
    listeners = []
    for described in world.elbv2.describe_load_balancers()["LoadBalancers"]:
        name, arn = described["LoadBalancerName"], described["LoadBalancerArn"]
        idle_timeout_s = _idle_timeout_s(world, arn)
        for listener in world.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            rules = world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            certificates = listener.get("Certificates") or [{}]
            listeners.append(
                Listener(
                    arn=listener["ListenerArn"],
                    load_balancer=name,
                    address=address_of_load_balancer(world, name),
                    port=LOCAL_PORTS.get(listener["Port"], listener["Port"]),
                    certificate=certificates[0].get("CertificateArn"),
                    idle_timeout_s=idle_timeout_s,
                    rules=tuple(rules),
                )
            )
    return tuple(listeners)


def address_of_load_balancer(world: "World", name: str) -> str:
    """Return the loopback address of a load balancer of the platform."""
    return world.addresses.load_balancer([item.name for item in world.platform.load_balancers].index(name))


def forwarded_groups(rule: Json) -> dict[str, int]:
    """Return the target groups that a rule forwards to, with their weights."""
    weights: dict[str, int] = {}
    for action in rule["Actions"]:
        if action["Type"] == "forward":
            groups = action.get("ForwardConfig", {}).get("TargetGroups")
            for group in groups or [{"TargetGroupArn": action["TargetGroupArn"]}]:
                weights[group["TargetGroupArn"]] = group.get("Weight", 1)
    return weights


def _idle_timeout_s(world: "World", arn: str) -> float:
    attributes = world.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    values = {attribute["Key"]: attribute["Value"] for attribute in attributes}
    return float(values.get("idle_timeout.timeout_seconds", 60))
