"""NET-10: the load balancers' subnets have no route to the internet: nobody outside gets an answer."""

from tests.sandbox.aws.routes import ANYWHERE, PUBLIC_TABLE, route_table
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="route-missing", resource=f"{PUBLIC_TABLE} {ANYWHERE}"),)


def break_(world: World) -> None:
    """Delete the route."""
    table = route_table(world, PUBLIC_TABLE)["RouteTableId"]
    world.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE)


def mend(world: World) -> None:
    """Lead to the internet gateway again."""
    table = route_table(world, PUBLIC_TABLE)["RouteTableId"]
    gateways = world.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [world.vpc]}])
    gateway = gateways["InternetGateways"][0]["InternetGatewayId"]
    world.ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
