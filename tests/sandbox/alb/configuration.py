"""What the load balancers are configured to do, read from AWS at one moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.alb.web_acl import WebAcl

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
    tls_policy: str = ""
    client_certificates: str = "off"  # mode of mutual TLS: off, passthrough or verify
    web_acl: WebAcl | None = None


@dataclass(frozen=True)
class Configuration:
    """All listeners, and the targets of every target group by its ARN; and which groups speak no HTTP/1.1."""

    listeners: tuple[Listener, ...]
    targets: dict[str, tuple[Target, ...]]
    newer_protocols: frozenset[str] = frozenset()  # ARNs of groups of HTTP2 and GRPC


def describe_listeners(world: "World") -> tuple[Listener, ...]:
    """Read all listeners of the platform's load balancers; a deleted load balancer has none."""
    listeners = []
    for described in world.elbv2.describe_load_balancers()["LoadBalancers"]:
        name, arn = described["LoadBalancerName"], described["LoadBalancerArn"]
        idle_timeout_s, web_acl = _idle_timeout_s(world, arn), _web_acl(world, arn)
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
                    tls_policy=listener.get("SslPolicy", ""),
                    client_certificates=listener.get("MutualAuthentication", {}).get("Mode", "off"),
                    web_acl=web_acl,
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


def newer_protocols(world: "World") -> frozenset[str]:
    """Return the target groups whose load balancer speaks HTTP/2 or gRPC to them."""
    groups = world.elbv2.describe_target_groups()["TargetGroups"]
    return frozenset(group["TargetGroupArn"] for group in groups if group["ProtocolVersion"] != "HTTP1")


def _web_acl(world: "World", arn: str) -> WebAcl | None:
    described = world.wafv2.get_web_acl_for_resource(ResourceArn=arn).get("WebACL")
    if described is None:
        return None
    listed = world.wafv2.list_ip_sets(Scope="REGIONAL")["IPSets"]
    sets = [world.wafv2.get_ip_set(Scope="REGIONAL", Name=item["Name"], Id=item["Id"])["IPSet"] for item in listed]
    return WebAcl(described, {item["ARN"]: tuple(item["Addresses"]) for item in sets})
