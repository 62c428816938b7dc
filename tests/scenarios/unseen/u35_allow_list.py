"""A web ACL lets the office's addresses through to auth, and blocks by default: 403 to all who call from elsewhere.

Source: WAF developer guide, "Setting the protection pack (web ACL) default action" and "IP set match rule statement".
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World
from tests.scenarios.unseen.edits import AUTH_BALANCER

PLATFORM = "head"
_NAME, _OFFICE = "hokusai-allow-list", "hokusai-office"
CAUSES = (Cause(kind="firewall-blocks", resource=AUTH_BALANCER),)
_SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": _NAME}


def break_(world: World) -> None:
    """Create the IP set and the web ACL, and associate it."""
    office = world.wafv2.create_ip_set(
        Name=_OFFICE, Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["198.51.100.0/24"]
    )
    statement = {"IPSetReferenceStatement": {"ARN": office["Summary"]["ARN"]}}
    rule = {"Name": "office", "Priority": 0, "Statement": statement, "Action": {"Allow": {}}, "VisibilityConfig": _SEEN}
    created = world.wafv2.create_web_acl(
        Name=_NAME, Scope="REGIONAL", DefaultAction={"Block": {}}, VisibilityConfig=_SEEN, Rules=[rule]
    )
    world.wafv2.associate_web_acl(WebACLArn=created["Summary"]["ARN"], ResourceArn=_load_balancer(world))


def mend(world: World) -> None:
    """Take both away."""
    world.wafv2.disassociate_web_acl(ResourceArn=_load_balancer(world))
    (acl,) = world.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
    world.wafv2.delete_web_acl(Name=_NAME, Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])
    (office,) = world.wafv2.list_ip_sets(Scope="REGIONAL")["IPSets"]
    world.wafv2.delete_ip_set(Name=_OFFICE, Scope="REGIONAL", Id=office["Id"], LockToken=office["LockToken"])


def _load_balancer(world: World) -> str:
    arn: str = world.elbv2.describe_load_balancers(Names=[AUTH_BALANCER])["LoadBalancers"][0]["LoadBalancerArn"]
    return arn
