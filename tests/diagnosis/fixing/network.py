"""Rules of security groups."""

from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.world import Json

_ALL = "-1"


def ingress(resource: Resource) -> Attributes:
    """Let something in."""
    rule = _permission(resource)
    resource.world.ec2.authorize_security_group_ingress(
        GroupId=resource.required("security_group_id"), IpPermissions=[rule]
    )
    return {}


def egress(resource: Resource) -> Attributes:
    """Let something out."""
    rule = _permission(resource)
    resource.world.ec2.authorize_security_group_egress(
        GroupId=resource.required("security_group_id"), IpPermissions=[rule]
    )
    return {}


def _permission(resource: Resource) -> Json:
    resource.takes_only(
        "security_group_id",
        "referenced_security_group_id",
        "cidr_ipv4",
        "ip_protocol",
        "from_port",
        "to_port",
        "description",
    )
    values = resource.values
    permission: Json = {"IpProtocol": resource.required("ip_protocol")}
    if permission["IpProtocol"] != _ALL:
        permission |= {"FromPort": resource.required("from_port"), "ToPort": resource.required("to_port")}
    if "cidr_ipv4" in values:
        return permission | {"IpRanges": [{"CidrIp": values["cidr_ipv4"]}]}
    return permission | {"UserIdGroupPairs": [{"GroupId": resource.required("referenced_security_group_id")}]}
