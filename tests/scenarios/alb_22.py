"""ALB-22: a web ACL refuses what users need: 403 of the load balancer, also with a good key."""

from typing import Any

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("path", "all", "agent")  # what is blocked: MLflow's paths; everything at auth; the monitor alone (MON-17)
_NAME = "hokusai-development"
_LOAD_BALANCERS = {"path": "registry", "all": "auth", "agent": "registry"}
_MATCHES: dict[str, tuple[dict[str, Any], bytes]] = {
    "path": ({"UriPath": {}}, b"/api/mlflow/"),
    "agent": ({"SingleHeader": {"Name": "user-agent"}}, b"registry-monitor/"),
}
_SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": _NAME}


def causes(variant: str) -> tuple[Cause, ...]:
    """The load balancer behind the web ACL."""
    return (Cause(kind="firewall-blocks", resource=f"hokusai-{_LOAD_BALANCERS[variant]}-development"),)


def break_(world: World, variant: str) -> None:
    """Create the web ACL, and associate it."""
    created = world.wafv2.create_web_acl(
        Name=_NAME,
        Scope="REGIONAL",
        DefaultAction={"Block": {}} if variant == "all" else {"Allow": {}},
        VisibilityConfig=_SEEN,
        Rules=[] if variant == "all" else [_rule(variant)],
    )
    world.wafv2.associate_web_acl(
        WebACLArn=created["Summary"]["ARN"], ResourceArn=_arn(world, f"hokusai-{_LOAD_BALANCERS[variant]}-development")
    )


def mend(world: World, variant: str) -> None:
    """Take the web ACL away."""
    world.wafv2.disassociate_web_acl(ResourceArn=_arn(world, f"hokusai-{_LOAD_BALANCERS[variant]}-development"))
    (acl,) = world.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]
    world.wafv2.delete_web_acl(Name=_NAME, Scope="REGIONAL", Id=acl["Id"], LockToken=acl["LockToken"])


def _rule(variant: str) -> dict[str, Any]:
    field, wanted = _MATCHES[variant]
    match = {
        "FieldToMatch": field,
        "SearchString": wanted,
        "PositionalConstraint": "STARTS_WITH",
        "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
    }
    statement = {"ByteMatchStatement": match}
    return {"Name": variant, "Priority": 0, "Statement": statement, "Action": {"Block": {}}, "VisibilityConfig": _SEEN}


def _arn(world: World, load_balancer: str) -> str:
    arn: str = world.elbv2.describe_load_balancers(Names=[load_balancer])["LoadBalancers"][0]["LoadBalancerArn"]
    return arn
