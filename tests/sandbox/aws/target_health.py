"""The load balancers' health checks: real HTTP requests to the targets, as far as the security groups let them.

Texts: ELB user guide, "Health checks for Application Load Balancer target groups" (target health reason codes).
"""

import http.client
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.sandbox.alb.configuration import Listener, forwarded_groups
from tests.sandbox.aws.control_plane import TargetHealth
from tests.sandbox.aws.security_groups import Interface, SecurityGroups

if TYPE_CHECKING:
    from tests.sandbox.world import World

Json = dict[str, Any]

_EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HEALTHY: TargetHealth = ("healthy", None, None)
TIMED_OUT: TargetHealth = ("unhealthy", "Target.Timeout", "Request timed out")
FAILED: TargetHealth = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
NOT_IN_USE: TargetHealth = (
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)


def check_targets(
    world: "World",
    listeners: Iterable[Listener],
    interfaces: Mapping[str, Interface],
    security_groups: SecurityGroups,
    apart: Mapping[tuple[str, str], TargetHealth],
) -> dict[tuple[str, str], TargetHealth]:
    """Check all registered targets side by side; return and record their health by (group ARN, address).

    ``apart``: the states of targets that no health check decides.
    """
    sources = _load_balancers_of_groups(world, listeners)
    checks = []
    for group in world.elbv2.describe_target_groups()["TargetGroups"]:
        arn = group["TargetGroupArn"]
        for described in world.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]:
            target = described["Target"]
            interface = interfaces.get(target["Id"], Interface(target["Id"], frozenset()))
            checks.append((group, target, sources.get(arn), interface, security_groups))
    with ThreadPoolExecutor(max_workers=8) as pool:
        results = list(pool.map(lambda check: _check(*check), checks))
    health = {
        (group["TargetGroupArn"], target["Id"]): result
        for (group, target, *_), result in zip(checks, results, strict=True)
    }
    health |= {key: state for key, state in apart.items() if health.get(key, NOT_IN_USE) != NOT_IN_USE}
    for (group, address), result in health.items():
        world.control_plane.set_target_health(group, address, result)
    return health


def _load_balancers_of_groups(world: "World", listeners: Iterable[Listener]) -> dict[str, Interface]:
    """Return, by target group, the load balancer that forwards to it."""
    described = world.elbv2.describe_load_balancers()["LoadBalancers"]
    groups = {item["LoadBalancerName"]: frozenset(item.get("SecurityGroups", [])) for item in described}
    return {
        target_group: Interface(listener.address, groups[listener.load_balancer])
        for listener in listeners
        for rule in listener.rules
        for target_group in forwarded_groups(rule)
    }


def _check(
    group: Json, target: Json, source: Interface | None, destination: Interface, security_groups: SecurityGroups
) -> TargetHealth:
    if source is None:
        return NOT_IN_USE
    override = group["HealthCheckPort"]
    port = int(target["Port"] if override == "traffic-port" else override)
    timeout_s = float(group["HealthCheckTimeoutSeconds"])
    if not security_groups.allow(source, destination, port):
        return TIMED_OUT
    try:
        if group["ProtocolVersion"] != "HTTP1" and not _speaks_http2(target["Id"], port, timeout_s):
            return FAILED
        status = _get(target["Id"], port, group["HealthCheckPath"], timeout_s)
    except TimeoutError:
        return TIMED_OUT
    except (OSError, http.client.HTTPException):
        return FAILED
    if _matches(group["Matcher"]["HttpCode"], status):
        return HEALTHY
    return "unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


def _get(address: str, port: int, path: str, timeout_s: float) -> int:
    connection = http.client.HTTPConnection(address, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"})
        return connection.getresponse().status
    finally:
        connection.close()


def _speaks_http2(address: str, port: int, timeout_s: float) -> bool:
    """Greet with the preface of HTTP/2; who speaks it answers with a SETTINGS frame (RFC 9113, section 3.4)."""
    with socket.create_connection((address, port), timeout=timeout_s) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _EMPTY_SETTINGS)
        return connection.recv(9)[3:4] == b"\x04"


def _matches(matcher: str, status: int) -> bool:
    """Tell whether ``status`` is in a matcher such as ``200,300-308``."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
