"""Data sources of Terraform: what is looked up in AWS at the time of the apply."""

from typing import Any

from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.diagnosis.fixing.resources import Attributes
from tests.sandbox.world import World


def look_up(kind: str, values: dict[str, Any], world: World) -> Attributes:
    """The attributes of what a ``data`` block finds; RefusedError where nothing, or more than one, is found."""
    match kind:
        case "aws_route53_zone":
            return _zone(values, world)
        case "aws_lb":
            found = world.elbv2.describe_load_balancers(Names=[values["name"]])["LoadBalancers"][0]
            return {
                "arn": found["LoadBalancerArn"],
                "dns_name": found["DNSName"],
                "zone_id": found["CanonicalHostedZoneId"],
            }
        case "aws_acm_certificate":
            return _certificate(values, world)
    raise NotApplicableError(f"the sandbox looks up no {kind}")


def _zone(values: dict[str, Any], world: World) -> Attributes:
    wanted = (values["name"].rstrip(".") + ".", values.get("private_zone", False))
    zones = [
        each
        for each in world.route53.list_hosted_zones()["HostedZones"]
        if (each["Name"], each["Config"].get("PrivateZone", False)) == wanted
    ]
    if len(zones) != 1:
        raise RefusedError(f"{len(zones)} zones are called {values['name']}")
    return {"zone_id": zones[0]["Id"].rpartition("/")[2]}


def _certificate(values: dict[str, Any], world: World) -> Attributes:
    """By its main name, as the provider does; of several the newest where ``most_recent`` is set."""
    statuses = values.get("statuses", ["ISSUED"])
    found = [
        world.acm.describe_certificate(CertificateArn=each["CertificateArn"])["Certificate"]
        for each in world.acm.list_certificates(CertificateStatuses=statuses)["CertificateSummaryList"]
        if each["DomainName"] == values["domain"]
    ]
    if not found or (len(found) > 1 and not values.get("most_recent")):
        raise RefusedError(f"{len(found)} certificates are for {values['domain']}")
    return {"arn": max(found, key=lambda each: each["NotBefore"])["CertificateArn"]}
