"""What mends the network: an edge between security groups, an entry of a network ACL, a route."""

import ipaddress
import re

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import monitor
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.deep_facts import Network, NetworkAcl
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Expression, Value, resource

_EDGE = re.compile(r"(?P<target>.+) (?P<protocol>\w+)/(?P<port>\d+) from (?P<source>.+)")
_EVERYWHERE = "0.0.0.0/0"
_VERIFY = monitor(SuiteName.SERVICES, SuiteName.SERVICES_DIRECT, SuiteName.ENDPOINT_AVAILABILITY)


def let_in(suspect: Suspect, evidence: Evidence) -> Fix:
    """One rule from group to group; from everywhere only at a load balancer that serves the public."""
    edge = _EDGE.fullmatch(suspect.resource)
    if edge is None:
        return Fix(told=f"Add the ingress rule that is missing: {suspect.resource}.", verify=_VERIFY, caution=_NOT_ALL)
    groups = evidence.security_groups or {}
    ids = {group.name: group.id for group in groups.values()}
    target, source, port = edge["target"], edge["source"], int(edge["port"])
    is_public = source == "clients"
    attributes: dict[str, Value] = {
        "security_group_id": suspect.arn or ids.get(target) or _reference(target),
        **(
            {"cidr_ipv4": _EVERYWHERE}
            if is_public
            else {"referenced_security_group_id": ids.get(source) or _reference(source)}
        ),
        "ip_protocol": edge["protocol"],
        "from_port": port,
        "to_port": port,
        "description": f"{target} from {source}",
    }
    who = "everybody" if is_public else f"the security group {source}"
    return Fix(
        told=f"Let {who} in on {edge['protocol']} port {port} of the security group {target}.",
        hcl=resource("aws_vpc_security_group_ingress_rule", f"{target}_{port}_from_{source}", attributes),
        verify=_VERIFY,
        caution=_PUBLIC if is_public else f"{_NOT_ALL} {_INLINE}",
    )


_NOT_ALL = "Letting in 0.0.0.0/0 is no fix: it opens the port to whoever reaches the network."
_INLINE = "Where the group has ingress blocks of its own, add it there: Terraform removes a rule that stands apart."
_PUBLIC = (
    "Everybody is right for a public load balancer on this port alone; if its clients are known, name their blocks."
)


def _reference(group: str) -> Expression:
    return Expression(f"aws_security_group.{re.sub(r'\W+', '_', group)}.id")


def acl_opened(suspect: Suspect, evidence: Evidence) -> Fix:
    """An entry before the one that denies; answers go to ephemeral ports."""
    network = evidence.read(evidence.run.inventory.network)
    acl = next((each for each in (network.acls if network else ()) if each.id in (suspect.arn, suspect.resource)), None)
    told = (
        f"Let the network ACL {suspect.resource} pass TCP both ways: requests in, and answers out to ports 1024-65535."
    )
    number = _free_number(acl) if acl else None
    caution = "Network ACLs keep no state: a rule for requests alone leaves the answers out."
    if network is None or acl is None or number is None:
        return Fix(told=told, verify=_VERIFY, effort=Effort.HOURS, caution=caution)
    entries = []
    for name, is_egress in (("in", False), ("out", True)):
        attributes: dict[str, Value] = {
            "network_acl_id": acl.id,
            "rule_number": number,
            "egress": is_egress,
            "protocol": "tcp",
            "rule_action": "allow",
            "cidr_block": _vpc_block(network),
            "from_port": 1024,
            "to_port": 65535,
        }
        entries.append(resource("aws_network_acl_rule", f"{acl.id}_{name}", attributes))
    return Fix(told=told, hcl="\n\n".join(entries), verify=_VERIFY, effort=Effort.HOURS, caution=caution)


def _free_number(acl: NetworkAcl) -> int | None:
    """A number before the first entry that denies, which is free both ways."""
    denying = min((each.number for each in acl.entries if not each.allows), default=32767)
    taken = {each.number for each in acl.entries}
    return next((number for number in range(denying - 1, 0, -1) if number not in taken and number <= 32766), None)


def _vpc_block(network: Network) -> str:
    """The smallest block that holds all subnets."""
    subnets = [ipaddress.IPv4Network(subnet.block) for subnet in network.subnets]
    whole = next(iter(subnets), ipaddress.IPv4Network(_EVERYWHERE))
    while not all(each.subnet_of(whole) for each in subnets):
        whole = whole.supernet()
    return str(whole)


def routed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The route, to what the VPC has that leads there."""
    table, _, destination = suspect.resource.partition(" ")
    network = evidence.read(evidence.run.inventory.network)
    endpoint = next((each for each in (network.endpoints if network else ()) if each.service == destination), None)
    if not re.match(r"[\d.]+/\d+|::/0", destination):
        return _to_endpoint(
            table, suspect.arn or table, destination or "s3", endpoint.id if endpoint else None, evidence
        )
    gateways = [each.id for each in (network.nat_gateways if network else ()) if each.state == "available"]
    return Fix(
        told=f"Give the route table {table} a route to {destination}"
        + (
            f" by the NAT gateway {gateways[0]}."
            if gateways
            else ": by a NAT gateway, or an internet gateway if public."
        ),
        hcl=resource(
            "aws_route",
            f"{table}_out",
            {
                "route_table_id": suspect.arn or table,
                "destination_cidr_block": destination,
                "nat_gateway_id": gateways[0] if gateways else Expression("aws_nat_gateway.main.id"),
            },
        ),
        verify=_VERIFY,
        caution="Subnets of load balancers need an internet gateway, not a NAT gateway.",
    )


def _to_endpoint(table: str, table_id: str, service: str, endpoint: str | None, evidence: Evidence) -> Fix:
    name = f"com.amazonaws.{evidence.run.target.region}.{service}"
    network = evidence.read(evidence.run.inventory.network)
    attributes: dict[str, Value] = {"route_table_id": table_id, "vpc_endpoint_id": endpoint or ""}
    vpc: Value = network.vpc if network else Expression("var.vpc_id")
    return Fix(
        told=f"Associate the route table {table} with the gateway endpoint of "
        f"{service}{f' ({endpoint})' if endpoint else ''}.",
        hcl=resource("aws_vpc_endpoint_route_table_association", f"{table}_{service}", attributes)
        if endpoint
        else resource(
            "aws_vpc_endpoint",
            service,
            {"vpc_id": vpc, "service_name": name, "vpc_endpoint_type": "Gateway", "route_table_ids": [table_id]},
        ),
        verify=_VERIFY,
        caution=f"Rights are not the matter: a task role without {service} is refused at once, and does not time out.",
    )
