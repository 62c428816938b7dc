"""The routes that a suspect breaks: their listener, the rule at fault, and the target groups they must lead to."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.rule_places import Aim, forwarded, taking
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.inventory.facts import Listener, ListenerRule
from registry_monitor.target import LoadBalancer, Route
from registry_monitor.terraform.hcl import Expression


@dataclass(frozen=True)
class Routing:
    """The routes that a suspect breaks, with the listener that they pass and the groups of the services."""

    suspect: Suspect
    evidence: Evidence

    @cached_property
    def balancer(self) -> LoadBalancer | None:
        """The load balancer of the broken routes; else that of the resource's name."""
        known = self.evidence.run.target.load_balancers
        broken = next((each for each in known if any(self._is_broken(route) for route in each.routes)), None)
        named = next((each for each in known if self.suspect.resource.startswith(f"{each.name}:")), None)
        return broken or named

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The broken routes; of a suspect that names none, those of its service."""
        known = self.balancer.routes if self.balancer else ()
        broken = tuple(route for route in known if self._is_broken(route))
        return broken or tuple(route for route in known if route.service == self.suspect.service)[:1]

    @cached_property
    def listener(self) -> Listener | None:
        """The listener that they pass."""
        if self.balancer is None or not self.routes:
            return None
        return self.evidence.listener(self.balancer.name, port_of(self.routes[0]))

    @cached_property
    def rule(self) -> ListenerRule | None:
        """The rule at fault."""
        return (
            next((each for each in self.listener.rules if each.arn == self.suspect.arn), None)
            if (self.listener)
            else None
        )

    @property
    def place(self) -> str:
        """The listener's name for people: its load balancer and its port."""
        if self.balancer is not None and self.routes:
            return f"{self.balancer.name}:{port_of(self.routes[0])}"
        return self.suspect.resource.partition(" ")[0]

    @property
    def service(self) -> str:
        """The ECS service to which the routes must lead."""
        return self.evidence.roles[self.routes[0].service].name if self.routes else "its service"

    def group(self) -> tuple[str, str | Expression]:
        """The target group of that service, as a name and as Terraform refers to it."""
        role = self.routes[0].service if self.routes else self.suspect.service or "service"
        return group_of(role, self.evidence, self.place.partition(":")[0])

    @cached_property
    def groups(self) -> dict[str, frozenset[str]]:
        """The target groups of each service; of one that registers in none, a reference stands for its group."""
        return {
            role: groups_of(role, self.evidence) or frozenset({f"aws_lb_target_group.{role}.arn"})
            for role in self.evidence.roles
        }

    @property
    def aim(self) -> Aim:
        """The broken routes lead to their services, and no other of this listener elsewhere than before."""
        ports = {port_of(route) for route in self.routes}
        others = [route for route in (self.balancer.routes if self.balancer else ()) if route not in self.routes]
        return Aim(self.routes, tuple(route for route in others if port_of(route) in ports), self.groups)

    def caution_of_proxy(self) -> str | None:
        """That MLflow itself does not serve the paths of its proxy."""
        mlflow = self.evidence.run.target.mlflow
        if mlflow is None or not any(
            route.url.startswith(f"{mlflow.api_url}/") and route.service != mlflow.service for route in self.routes
        ):
            return None
        base, own = urlsplit(mlflow.api_url).path, self.evidence.roles[mlflow.service].name
        return (
            f"Do not send {base}/* straight to {own}: the proxy that serves it lives in {self.service}, and MLflow "
            "itself answers 404 there, unless the rule also rewrites the path."
        )

    def _is_broken(self, route: Route) -> bool:
        return f"route:{route.id}" in self.suspect.breaks


def group_of(role: str, evidence: Evidence, balancer: str = "") -> tuple[str, str | Expression]:
    """A service's target group, as a name and as Terraform refers to it; that of a load balancer, where it has one."""
    there = (evidence.balancers or {}).get(balancer)

    def is_elsewhere(arn: str) -> bool:
        group = evidence.groups.get(arn)
        return there is None or group is None or there.arn not in group.load_balancer_arns

    arns = sorted(groups_of(role, evidence), key=lambda arn: (is_elsewhere(arn), arn)) if role in evidence.roles else []
    if not arns:
        return f"aws_lb_target_group.{role}", Expression(f"aws_lb_target_group.{role}.arn")
    group = evidence.groups.get(arns[0])
    return group.name if group else next(iter(arns[0].split("/")[1:2]), arns[0]), arns[0]


def groups_of(role: str, evidence: Evidence) -> frozenset[str]:
    """The target groups of a service; of one that registers in none, the free ones that are its own by all signs."""
    service = evidence.services.get(role)
    if service is not None and service.targets:
        return frozenset(target.target_group_arn for target in service.targets)
    led = _led_to(evidence)
    port = evidence.roles[role].container_port
    own = {arn for arn in led if role in led[arn] and evidence.is_free_group(arn, port)}
    return frozenset(arn for arn in own if led[arn] == {role} or role in arn.partition("/")[2])


def _led_to(evidence: Evidence) -> dict[str, set[str]]:
    """The services whose routes are led to each target group: of two, one is led astray."""
    found: dict[str, set[str]] = {}
    for balancer in evidence.run.target.load_balancers:
        for route in balancer.routes:
            listener = evidence.listener(balancer.name, port_of(route))
            rule = taking(listener, route) if listener else None
            for arn in forwarded(rule) if rule else ():
                found.setdefault(arn, set()).add(route.service)
    return found


def port_of(route: Route) -> int:
    """The port that a route's URL asks."""
    parts = urlsplit(route.url)
    return parts.port or (443 if parts.scheme == "https" else 80)
