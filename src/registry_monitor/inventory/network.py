"""What EC2 says of security groups and of the platform's VPC."""

from collections.abc import Collection, Iterable
from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.deep_facts import Network, SecurityGroup
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import network as parsing
from registry_monitor.model import CannotTellError

DESCRIBE_GROUPS = "ec2:DescribeSecurityGroups"
DESCRIBE_SUBNETS = "ec2:DescribeSubnets"
DESCRIBE_ACLS = "ec2:DescribeNetworkAcls"
DESCRIBE_ROUTE_TABLES = "ec2:DescribeRouteTables"
DESCRIBE_ENDPOINTS = "ec2:DescribeVpcEndpoints"
DESCRIBE_NAT_GATEWAYS = "ec2:DescribeNatGateways"


def read_security_groups(client: Any, ids: Collection[str]) -> tuple[SecurityGroup, ...]:
    """These groups, and those that their rules name; a group that does not exist is left out."""
    groups = _groups(client, ids)
    rules = [rule for group in groups for rule in (*group.ingress, *group.egress)]
    named = {group for rule in rules for group in rule.groups}
    return tuple(sorted([*groups, *_groups(client, named - set(ids))], key=lambda group: group.id))


def _groups(client: Any, ids: Iterable[str]) -> tuple[SecurityGroup, ...]:
    """By a filter, since asked by id one that does not exist fails the whole call."""
    wanted = [{"Name": "group-id", "Values": sorted(ids)}]
    if not wanted[0]["Values"]:
        return ()
    return parsing.security_groups(pages_of(client, "describe_security_groups", Filters=wanted))


def read_vpc(client: Any, subnets: Collection[str]) -> str:
    """The VPC of the first of these subnets that exists. Raises CannotTellError where none does."""
    wanted = [{"Name": "subnet-id", "Values": sorted(subnets)}]
    with asking(DESCRIBE_SUBNETS):
        found = client.describe_subnets(Filters=wanted)["Subnets"] if subnets else []
        if not found:
            raise CannotTellError("the VPC is not known: neither a load balancer nor a subnet of the target was found")
        vpc: str = found[0]["VpcId"]
        return vpc


def read_network(client: Any, vpc: str) -> Network:
    """Everything of one VPC that decides whether packets arrive, but for security groups."""

    def pages(operation: str, filters_are_called: str = "Filters") -> Any:
        wanted = {filters_are_called: [{"Name": "vpc-id", "Values": [vpc]}]}
        return pages_of(client, operation, **wanted)

    with asking(DESCRIBE_SUBNETS):
        subnets = parsing.subnets(pages("describe_subnets"))
    with asking(DESCRIBE_ACLS):
        acls = parsing.acls(pages("describe_network_acls"))
    with asking(DESCRIBE_ROUTE_TABLES):
        route_tables = parsing.route_tables(pages("describe_route_tables"))
    with asking(DESCRIBE_ENDPOINTS):
        endpoints = parsing.endpoints(pages("describe_vpc_endpoints"), client.meta.region_name)
    with asking(DESCRIBE_NAT_GATEWAYS):
        nat_gateways = parsing.nat_gateways(pages("describe_nat_gateways", "Filter"))
    return Network(
        vpc=vpc,
        subnets=subnets,
        acls=acls,
        route_tables=route_tables,
        endpoints=endpoints,
        nat_gateways=nat_gateways,
    )
