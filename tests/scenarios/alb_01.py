"""ALB-01: a load balancer was deleted: the record of its host leads to a name that nobody has."""

from tests.sandbox.aws.load_balancers import create_load_balancer
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("registry", "auth")  # whose load balancer


def causes(variant: str) -> tuple[Cause, ...]:
    """The load balancer."""
    return (Cause(kind="load-balancer-missing", resource=_name(variant)),)


def break_(world: World, variant: str) -> None:
    """Delete it, and with it its listeners and rules."""
    described = world.elbv2.describe_load_balancers(Names=[_name(variant)])["LoadBalancers"][0]
    world.elbv2.delete_load_balancer(LoadBalancerArn=described["LoadBalancerArn"])


def mend(world: World, variant: str) -> None:
    """Create it again, with a certificate in the place of the old one."""
    load_balancer = next(item for item in world.platform.load_balancers if item.name == _name(variant))
    for certificate in world.acm.list_certificates()["CertificateSummaryList"]:
        if certificate["DomainName"] in load_balancer.hosts:
            world.acm.delete_certificate(CertificateArn=certificate["CertificateArn"])
    create_load_balancer(world, load_balancer)


def _name(variant: str) -> str:
    return f"hokusai-{variant}-development"
