"""ALB-02: the registry's load balancer has no HTTPS listener: connections to port 443 are refused."""

from tests.sandbox.aws.load_balancers import NOT_FOUND
from tests.sandbox.platforms import REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
_LOAD_BALANCER = "hokusai-registry-development"
CAUSES = (Cause(kind="listener-missing", resource=f"{_LOAD_BALANCER}:443"),)


def break_(world: World) -> None:
    """Delete the listener, and with it its rules."""
    world.elbv2.delete_listener(ListenerArn=world.listener(_LOAD_BALANCER)["ListenerArn"])


def mend(world: World) -> None:
    """Create the listener and its rules again."""
    described = world.elbv2.describe_load_balancers(Names=[_LOAD_BALANCER])["LoadBalancers"][0]
    certificates = world.acm.list_certificates()["CertificateSummaryList"]
    certificate = next(item["CertificateArn"] for item in certificates if item["DomainName"] == REGISTRY_HOST)
    world.elbv2.create_listener(
        LoadBalancerArn=described["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[NOT_FOUND],
    )
    for load_balancer in world.platform.load_balancers:
        for rule in load_balancer.rules if load_balancer.name == _LOAD_BALANCER else ():
            world.create_rule(_LOAD_BALANCER, rule.priority)
