"""MLflow's subnet has a new route table, which the gateway endpoint of S3 is not associated with: artifacts hang.

The endpoint and the old table, which the other zone still has, are right. Source: PrivateLink guide, "Gateway
endpoints" (routing).
"""

from tests.sandbox.aws.routes import PRIVATE_TABLE, route_table
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_TABLE = "hokusai-isolated-development"
CAUSES = (Cause(kind="route-missing", resource=f"{_TABLE} s3"),)


def break_(world: World) -> None:
    """Create the table, and associate the subnet with it."""
    tags = [{"ResourceType": "route-table", "Tags": [{"Key": "Name", "Value": _TABLE}]}]
    world.ec2.create_route_table(VpcId=world.vpc, TagSpecifications=tags)
    _associate(world, before=PRIVATE_TABLE, now=_TABLE)


def mend(world: World) -> None:
    """Associate it with the old one, and delete the new."""
    _associate(world, before=_TABLE, now=PRIVATE_TABLE)
    world.ec2.delete_route_table(RouteTableId=route_table(world, _TABLE)["RouteTableId"])


def _associate(world: World, before: str, now: str) -> None:
    associations = route_table(world, before)["Associations"]
    (identity,) = [item["RouteTableAssociationId"] for item in associations if item.get("SubnetId") == world.subnets[0]]
    world.ec2.replace_route_table_association(
        AssociationId=identity, RouteTableId=route_table(world, now)["RouteTableId"]
    )
