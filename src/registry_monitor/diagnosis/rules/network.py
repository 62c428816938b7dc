"""Security groups as a graph: each edge that the platform needs, and whether its groups let it through.

Rows: NET-01, NET-05, NET-06, NET-09. VPC user guide, "Security group rules": a rule names protocol, ports and a group
or a block; groups are stateful, so only the way of the request counts; all groups of an interface count together.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import DATABASE, REDIS
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.inventory.deep_facts import SecurityGroup, SecurityRule
from registry_monitor.inventory.settings.network import security_rule_told, with_names

_SOURCE = "ec2:DescribeSecurityGroups"
_EVERYBODY = ("0.0.0.0/0", "::/0")
_LAST_PORT = 65535


@dataclass(frozen=True)
class _Edge:
    """Packets that must pass: from an interface in some groups (none: from anywhere) to one in others, on a port."""

    node: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    port: int
    told: str
    service: str | None
    addresses: tuple[str, ...] = ()  # of the source, where they are known
    needs_everybody: bool = False  # clients that are not let in have been seen: one block is not enough


def edges(evidence: Evidence) -> Iterator[Suspect]:
    """Each edge that no rule lets through."""
    groups = evidence.security_groups
    if groups is None:
        return
    for edge in _needed(evidence):
        if not edge.target or not all(each in groups for each in edge.target):
            continue
        if not any(_lets(rule, edge) for each in edge.target for rule in groups[each].ingress):
            yield _suspect(edge, groups)


def _needed(evidence: Evidence) -> Iterator[_Edge]:
    target = evidence.run.target
    for balancer in target.load_balancers:
        there = (evidence.balancers or {}).get(balancer.name)
        if there is None or not there.security_groups:
            continue
        name, own = balancer.name, there.security_groups
        if there.scheme == "internet-facing":
            node = f"listener:{name}:443"
            is_silent = any(
                each.host in balancer.hosts and each.error == "connect timeout" for each in evidence.symptoms
            )
            yield _Edge(node, (), own, 443, f"clients ask {name}", None, needs_everybody=is_silent)
        for role in dict.fromkeys(route.service for route in balancer.routes):
            for port, groups in _listens(role, evidence):
                yield _Edge(f"edge:balancer>{role}", own, groups, port, f"{name} forwards to {role}", role)
    for call in target.calls:
        caller = evidence.services.get(call.caller)
        if caller is None or call.caller == call.callee:
            continue
        for port, groups in _listens(call.callee, evidence):
            told = f"{call.caller} asks {call.callee}"
            node = f"edge:{call.caller}>{call.callee}"
            yield _Edge(node, caller.security_groups, groups, port, told, call.callee, _tasks(call.caller, evidence))
    yield from _stores(evidence)


def _listens(role: str, evidence: Evidence) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The port and the security groups of a service's tasks."""
    service = evidence.services.get(role)
    if service is not None and service.security_groups:
        port = next((each.container_port for each in service.targets), evidence.roles[role].container_port)
        yield port, service.security_groups


def _stores(evidence: Evidence) -> Iterator[_Edge]:
    target, inventory = evidence.run.target, evidence.run.inventory
    user = target.redis_service or ""
    asking = evidence.services.get(user)
    mlflow = evidence.services.get(target.mlflow.service if target.mlflow else "")
    if target.redis is not None and asking is not None:
        cache = evidence.read(inventory.caches.get(target.redis.replication_group))
        if cache is not None and cache.security_groups:
            node, addresses = f"edge:{user}>{REDIS}", _tasks(user, evidence)
            told, port = f"{user} uses Redis", cache.port or 6379
            yield _Edge(node, asking.security_groups, cache.security_groups, port, told, None, addresses)
    if target.database is not None and target.mlflow is not None and mlflow is not None:
        database = evidence.read(inventory.databases.get(target.database.instance))
        if database is not None and database.port is not None:
            role = target.mlflow.service
            node, addresses = f"edge:{role}>{DATABASE}", _tasks(role, evidence)
            told = f"{role} uses its database"
            yield _Edge(node, mlflow.security_groups, database.security_groups, database.port, told, None, addresses)


def _tasks(role: str, evidence: Evidence) -> tuple[str, ...]:
    found = evidence.read(evidence.run.inventory.tasks.get(evidence.roles[role].name)) or ()
    return tuple(task.address for task in found if task.address)


def _lets(rule: SecurityRule, edge: _Edge) -> bool:
    """Whether a rule lets an edge through. A block counts where it holds an address of the source, or everybody."""
    if rule.protocol not in ("tcp", "-1", "6"):
        return False
    if rule.protocol != "-1" and not ((rule.from_port or 0) <= edge.port <= (rule.to_port or 65535)):
        return False
    if not edge.source:
        return (
            any(each in _EVERYBODY for each in rule.blocks) if edge.needs_everybody else bool(rule.blocks)
        )  # from wherever the platform's own clients come: any block may be theirs
    if set(rule.groups) & set(edge.source):
        return True
    return any(block in _EVERYBODY or _holds(block, edge.addresses) for block in rule.blocks)


def _holds(block: str, addresses: tuple[str, ...]) -> bool:
    """An edge whose source's addresses are not known is taken to be inside a private block."""
    network = ipaddress.ip_network(block, strict=False)
    if not addresses:
        return network.is_private
    return any(ipaddress.ip_address(address) in network for address in addresses)


def _suspect(edge: _Edge, groups: dict[str, SecurityGroup]) -> Suspect:
    target = min((groups[each] for each in edge.target), key=lambda group: group.name)  # any of them may let in
    source = min((groups[each].name for each in edge.source if each in groups), default=_EVERYBODY[0])
    here = (each for each in target.ingress if (each.from_port or 0) <= edge.port <= (each.to_port or _LAST_PORT))
    let_in = "; ".join(security_rule_told(rule, "from") for rule in here)
    told = with_names(let_in, {each.id: each.name for each in groups.values()}) or "nobody"
    return Suspect(
        kind="security-group-rule-missing",
        resource=f"{target.name} tcp/{edge.port} from {source}",
        statement=f"The security group {target.name} does not let {source} in on port {edge.port}, and {edge.told}.",
        breaks=frozenset({edge.node}),
        proofs=(Proof(told=f"{target.name} ({target.id}) lets in on port {edge.port}: {told}", source=_SOURCE),),
        service=edge.service,
        arn=target.id,
    )
