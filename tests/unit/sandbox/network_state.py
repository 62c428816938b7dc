"""What the network, the load balancers themselves and what guards them are, without ids that differ each time."""

from typing import Any

from tests.sandbox.world import Json, World


def network_state(world: World) -> Json:
    """Return the state of everything in the VPC and before it that a scenario may break."""
    return {
        "load balancers": _load_balancers(world),
        "acls": _acls(world),
        "routes": _routes(world),
        "endpoints": sorted(
            (endpoint["ServiceName"], len(endpoint["RouteTableIds"]))
            for endpoint in world.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        ),
        "security groups": sorted(
            group["GroupName"] for group in world.ec2.describe_security_groups()["SecurityGroups"]
        ),
        "web acls": [acl["Name"] for acl in world.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]],
        "ip sets": [item["Name"] for item in world.wafv2.list_ip_sets(Scope="REGIONAL")["IPSets"]],
        "certificates": sorted(
            (
                item["DomainName"],
                world.acm.describe_certificate(CertificateArn=item["CertificateArn"])["Certificate"]["Status"],
            )
            for item in world.acm.list_certificates()["CertificateSummaryList"]
        ),
    }


def _load_balancers(world: World) -> Json:
    return {
        item["LoadBalancerName"]: (
            item["State"]["Code"],
            item["SecurityGroups"],
            sorted(zone["SubnetId"] for zone in item["AvailabilityZones"]),
            world.wafv2.get_web_acl_for_resource(ResourceArn=item["LoadBalancerArn"]).get("WebACL", {}).get("Name"),
        )
        for item in world.elbv2.describe_load_balancers()["LoadBalancers"]
    }


def _acls(world: World) -> Json:
    subnets = {item["SubnetId"]: item["CidrBlock"] for item in world.ec2.describe_subnets()["Subnets"]}
    return {
        subnets[association["SubnetId"]]: sorted(str(entry) for entry in acl["Entries"])
        for acl in world.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["NetworkAcls"]
        for association in acl["Associations"]
        if association["SubnetId"] in subnets  # moto keeps the association of a subnet that is deleted
    }


def _routes(world: World) -> list[Any]:
    tables = world.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [world.vpc]}])["RouteTables"]
    return sorted(
        (
            str(table["Tags"]),
            len(table["Associations"]),
            [(route.get("DestinationCidrBlock"), route["GatewayId"][:4]) for route in table["Routes"]],
        )
        for table in tables
    )
