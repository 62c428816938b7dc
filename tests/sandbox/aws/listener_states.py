"""What moto's load balancers cannot be asked for by API: mutual TLS, an impaired state, another protocol."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.sandbox.alb.configuration import Listener, forwarded_groups

if TYPE_CHECKING:
    from tests.sandbox.world import Json, World


def set_client_certificates(world: "World", listener: "Json", mode: str) -> None:
    """Set the mode of mutual TLS of a listener, as described: off, passthrough or verify (ModifyListener)."""
    balancers = world.control_plane.backend("elbv2").load_balancers
    balancers[listener["LoadBalancerArn"]].listeners[listener["ListenerArn"]].mutual_authentication = {"Mode": mode}


def set_state(world: "World", load_balancer: str, state: str) -> None:
    """Set a load balancer's state: active, active_impaired or failed."""
    _record(world, load_balancer).state = state


def set_protocol_version(world: "World", role: str, version: str) -> None:
    """Let a service's target group be as if it had been created with HTTP1, HTTP2 or GRPC; none can be changed."""
    world.control_plane.backend("elbv2").target_groups[world.target_groups[role]].protocol_version = version


def attach_target_groups(world: "World", listeners: Iterable[Listener]) -> None:
    """Let each target group show the load balancer that forwards to it: moto forgets what a rule no longer does."""
    backend = world.control_plane.backend("elbv2")
    arns = {balancer.name: balancer.arn for balancer in backend.load_balancers.values()}
    attached: dict[str, set[str]] = {}
    for listener in listeners:
        for rule in listener.rules:
            for group in forwarded_groups(rule):
                attached.setdefault(group, set()).add(arns[listener.load_balancer])
    for arn, group in backend.target_groups.items():
        group.load_balancer_arns = sorted(attached.get(arn, ()))


def _record(world: "World", name: str) -> Any:
    balancers = world.control_plane.backend("elbv2").load_balancers.values()
    return next(balancer for balancer in balancers if balancer.name == name)
