"""Network ACLs and route tables of the subnets that requests pass. Rows: NET-03, NET-08, NET-10, PAR-03.

VPC user guide, "Network ACLs": stateless, so the answers need ephemeral ports (1024-65535) of their own; entries in
the order of their numbers, the first that fits decides. "Route tables": a subnet without a table of its own has the
main one.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import BUCKET
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.inventory.deep_facts import AclEntry, Network, NetworkAcl, RouteTable
from registry_monitor.inventory.settings.network import acl_entry_told

_ANYWHERE = "0.0.0.0/0"
_EPHEMERAL = (1024, 32768, 49152, 60999, 65535)  # of the range, some that no harmless entry closes
_TCP = ("6", "-1")


@dataclass(frozen=True)
class _Passage:
    """Packets that a subnet's ACL must let through: in or out, of one of these ports, from or to a block."""

    subnet: str
    is_egress: bool
    ports: tuple[int, ...]
    block: str
    node: str
    told: str


def acls(evidence: Evidence) -> Iterator[Suspect]:
    """A network ACL that cuts a load balancer off from its clients or from its targets."""
    network = evidence.read(evidence.run.inventory.network)
    if network is None:
        return
    guards = {subnet: acl for acl in network.acls for subnet in acl.subnets}
    found: dict[str, Suspect] = {}
    for passage in _passages(network, evidence):
        acl = guards.get(passage.subnet)
        if acl is None or all(_allows(acl, passage, port) for port in passage.ports):
            continue
        name = acl.name or acl.id
        known = found.get(name)
        found[name] = Suspect(
            kind="network-acl-blocks",
            resource=name,
            statement=f"The network ACL {name} drops packets: {passage.told}.",
            breaks=frozenset({passage.node}) | (known.breaks if known else frozenset()),
            proofs=(Proof(told=_told(acl, is_egress=passage.is_egress), source="ec2:DescribeNetworkAcls"),),
            arn=acl.id,
        )
    yield from found.values()


def _passages(network: Network, evidence: Evidence) -> Iterator[_Passage]:
    blocks = {subnet.id: subnet.block for subnet in network.subnets}
    for wanted in evidence.run.target.load_balancers:
        balancer = (evidence.balancers or {}).get(wanted.name)
        if balancer is None:
            continue
        if balancer.scheme == "internet-facing":
            for subnet in balancer.subnets:
                node = f"listener:{wanted.name}:443"
                yield _Passage(subnet, False, (443,), _ANYWHERE, node, f"clients do not reach {wanted.name}")
                yield _Passage(subnet, True, _EPHEMERAL, _ANYWHERE, node, f"{wanted.name} cannot answer its clients")
        for role in dict.fromkeys(route.service for route in wanted.routes):
            service = evidence.services.get(role)
            port = evidence.roles[role].container_port
            pairs = [(near, far) for near in balancer.subnets for far in (service.subnets if service else ())]
            for near, far in pairs:
                if near in blocks and far in blocks:
                    yield from _between(near, far, blocks, port, role, wanted.name)


def _between(near: str, far: str, blocks: dict[str, str], port: int, role: str, balancer: str) -> Iterator[_Passage]:
    """A load balancer asks, a task answers: four passages."""
    node, asks, answers = f"subnet:{role}", f"{balancer} does not reach {role}", f"{role} cannot answer {balancer}"
    yield _Passage(far, False, (port,), blocks[near], node, asks)
    yield _Passage(far, True, _EPHEMERAL, blocks[near], node, answers)
    yield _Passage(near, True, (port,), blocks[far], node, asks)
    yield _Passage(near, False, _EPHEMERAL, blocks[far], node, answers)


def _allows(acl: NetworkAcl, passage: _Passage, port: int) -> bool:
    entries = sorted(
        (each for each in acl.entries if each.is_egress == passage.is_egress), key=lambda each: each.number
    )
    return next((each.allows for each in entries if _fits(each, passage.block, port)), False)


def _fits(entry: AclEntry, block: str, port: int) -> bool:
    """Whether an entry is about this port and this block: one for a part of the block is about it as well."""
    if entry.protocol not in _TCP or ":" in entry.block:
        return False
    if entry.from_port is not None and not entry.from_port <= port <= (entry.to_port or 65535):
        return False
    wide, ours = ipaddress.ip_network(entry.block, strict=False), ipaddress.ip_network(block, strict=False)
    return wide.supernet_of(ours) if entry.allows or block == _ANYWHERE else wide.overlaps(ours)  # type: ignore[arg-type]


def _told(acl: NetworkAcl, *, is_egress: bool) -> str:
    entries = sorted((each for each in acl.entries if each.is_egress == is_egress), key=lambda each: each.number)
    return f"{acl.name or acl.id} {'out' if is_egress else 'in'}: {'; '.join(map(acl_entry_told, entries))}"


def routes(evidence: Evidence) -> Iterator[Suspect]:
    """A subnet without the route that it needs: load balancers to the internet, MLflow to S3."""
    network = evidence.read(evidence.run.inventory.network)
    if network is None:
        return
    for wanted in evidence.run.target.load_balancers:
        balancer = (evidence.balancers or {}).get(wanted.name)
        for subnet in balancer.subnets if balancer and balancer.scheme == "internet-facing" else ():
            table = _table_of(subnet, network)
            if table is not None and not _leads_out(table, ("igw-",)):
                told = f"{wanted.name} has no way to the internet"
                yield _missing(table, _ANYWHERE, f"listener:{wanted.name}:443", told)
    mlflow = evidence.run.target.mlflow
    service = evidence.services.get(mlflow.service) if mlflow else None
    for subnet in service.subnets if service and evidence.run.target.artifacts_bucket else ():
        table = _table_of(subnet, network)
        if table is not None and mlflow is not None and not _reaches_s3(table, subnet, network):
            yield _missing(table, "s3", f"edge:{mlflow.service}>{BUCKET}", f"{mlflow.service} has no way to S3")


_AWS_SERVICES = {"ecr": ("ecr.api", "ecr.dkr"), "secretsmanager": ("secretsmanager",), "logs": ("logs",)}


def egress(evidence: Evidence) -> Iterator[Suspect]:
    """Subnets without a way out, and without the endpoints that a task needs as it starts: felt at the next start."""
    network = evidence.read(evidence.run.inventory.network)
    for role, service in evidence.services.items() if network is not None else ():
        for name, needed in _AWS_SERVICES.items():
            closed = [subnet for subnet in service.subnets if network and not _reaches(subnet, needed, network)]
            if closed and _needs(role, name, evidence):
                told = f"{', '.join(closed)}: no default route, and no VPC endpoint for {', '.join(needed)}"
                yield Suspect(
                    kind="egress-missing",
                    resource=name,
                    statement=f"{service.name} cannot start tasks: its subnets have no way to {name}.",
                    breaks=frozenset({f"service:{role}"}),
                    proofs=(Proof(told=told, source="ec2:DescribeVpcEndpoints"),),
                    service=role,
                    is_latent=service.running >= service.desired,
                )


def _needs(role: str, name: str, evidence: Evidence) -> bool:
    container = evidence.container(role)
    if container is None:
        return False
    return {"ecr": ".dkr.ecr." in container.image, "secretsmanager": bool(container.secrets)}.get(
        name, container.log_group is not None
    )


def _reaches(subnet: str, needed: tuple[str, ...], network: Network) -> bool:
    table = _table_of(subnet, network)
    if table is None or _leads_out(table, ("nat-", "igw-", "tgw-", "eni-", "vgw-")):
        return True
    there = {
        each.service for each in network.endpoints if each.kind == "Interface" and each.state.lower() == "available"
    }
    return set(needed) <= there


def _table_of(subnet: str, network: Network) -> RouteTable | None:
    own = [table for table in network.route_tables if subnet in table.subnets]
    return next(iter([*own, *(table for table in network.route_tables if table.is_main)]), None)


def _leads_out(table: RouteTable, targets: tuple[str, ...]) -> bool:
    return any(
        route.destination == _ANYWHERE and route.target.startswith(targets) and route.state == "active"
        for route in table.routes
    )


def _reaches_s3(table: RouteTable, subnet: str, network: Network) -> bool:
    endpoints = [each for each in network.endpoints if each.service == "s3" and each.state.lower() == "available"]
    by_endpoint = any(table.id in each.route_tables or subnet in each.subnets for each in endpoints)
    return by_endpoint or _leads_out(table, ("nat-", "igw-", "tgw-", "eni-", "vgw-"))


def _missing(table: RouteTable, destination: str, node: str, told: str) -> Suspect:
    name = table.name or table.id
    routes_told = "; ".join(f"{route.destination} → {route.target} ({route.state})" for route in table.routes)
    return Suspect(
        kind="route-missing",
        resource=f"{name} {destination}",
        statement=f"The route table {name} has no route to {destination}: {told}.",
        breaks=frozenset({node}),
        proofs=(Proof(told=f"{name}: {routes_told}", source="ec2:DescribeRouteTables"),),
        arn=table.id,
    )
