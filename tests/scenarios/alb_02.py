"""ALB-02: a load balancer has no HTTPS listener: connections to port 443 are refused."""

from tests.sandbox.aws.load_balancers import NOT_FOUND
from tests.sandbox.platforms import LoadBalancer
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer


def causes(variant: str) -> tuple[Cause, ...]:
    """The listener on 443."""
    return (Cause(kind="listener-missing", resource=f"{_name(variant)}:443"),)


def break_(world: World, variant: str) -> None:
    """Delete the listener, and with it its rules."""
    world.elbv2.delete_listener(ListenerArn=world.listener(_name(variant))["ListenerArn"])


def mend(world: World, variant: str) -> None:
    """Create the listener and its rules again."""
    load_balancer = _load_balancer(world, _name(variant))
    described = world.elbv2.describe_load_balancers(Names=[load_balancer.name])["LoadBalancers"][0]
    certificates = world.acm.list_certificates()["CertificateSummaryList"]
    certificate = next(item["CertificateArn"] for item in certificates if item["DomainName"] in load_balancer.hosts)
    world.elbv2.create_listener(
        LoadBalancerArn=described["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[NOT_FOUND],
    )
    for rule in load_balancer.rules:
        world.create_rule(load_balancer.name, rule.priority)


def _name(variant: str) -> str:
    return f"hokusai-{variant}-development"


def _load_balancer(world: World, name: str) -> LoadBalancer:
    return next(item for item in world.platform.load_balancers if item.name == name)
