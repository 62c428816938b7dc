"""What mends public names and certificates."""

from collections.abc import Iterator, Sequence

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules.certificates import covers
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.deep_facts import Certificate
from registry_monitor.target import LoadBalancer
from registry_monitor.terraform.hcl import Expression, Value, block, changed, identifier, resource

_NEVER = "Do not let clients skip verification: whoever stands between could then read their keys."


def recorded(suspect: Suspect, evidence: Evidence) -> Fix:
    """An alias of the load balancer, in the zone that answers."""
    host = suspect.resource
    wanted = next((each for each in evidence.run.target.load_balancers if host in each.hosts), None)
    name = wanted.name if wanted else host
    found = evidence.read(evidence.run.inventory.host_records.get(host))
    private = found.private_zones if found else ()
    zone = next(iter(private), _public_zone(host, evidence)).rstrip(".")
    is_hidden = bool(private) and any(not each.is_private for each in (found.records if found else ()))
    lookup: dict[str, Value] = {"name": zone, **({"private_zone": True} if private else {})}
    alias: dict[str, Value] = {
        "name": Expression("data.aws_lb.serving.dns_name"),
        "zone_id": Expression("data.aws_lb.serving.zone_id"),
        "evaluate_target_health": False,
    }
    record: dict[str, Value] = {
        "zone_id": Expression("data.aws_route53_zone.serving.zone_id"),
        "name": host,
        "type": "A",
    }
    hcl = (
        block('data "aws_route53_zone" "serving"', lookup),
        block('data "aws_lb" "serving"', {"name": name}),
        resource("aws_route53_record", host.partition(".")[0], record, block("alias", alias)),
    )
    kind = "private zone" if private else "zone"
    return Fix(
        told=f"Lead {host} in the {kind} {zone} to the load balancer {name}, by an alias.",
        hcl="\n\n".join(hcl),
        verify=f"curl -sSi https://{host}/",
        caution="The private zone hides the public record from whoever is in its VPC: the public one is right."
        if is_hidden
        else "Name the load balancer, never its addresses: AWS changes them. Resolvers keep an old answer a while.",
    )


def renewed(suspect: Suspect, evidence: Evidence) -> Fix:
    """A new certificate for all its hosts, shown in the place of the old one."""
    balancer, shown = _balancer(suspect, evidence), _shown(suspect, evidence)
    hosts = _hosts(balancer, shown)
    if not hosts:
        told = f"Request a new certificate for the hosts of {suspect.resource}, and let it show that."
        return Fix(told=told, effort=Effort.HOURS, caution=_NEVER)
    renewal = shown[0].renewal if shown else None
    return Fix(
        told=f"Request a new certificate for {', '.join(hosts)}, validate it by DNS, and let {suspect.resource} show "
        "it.",
        hcl=_requested(suspect, hosts, evidence),
        verify=f"curl -sSvI https://{balancer.hosts[0] if balancer else hosts[0]}/",
        effort=Effort.HOURS,
        caution="Keep the validation record for ever: ACM renews by it"
        + (f" (the last renewal: {renewal}). " if renewal else ". ")
        + _NEVER,
    )


def extended(suspect: Suspect, evidence: Evidence) -> Fix:
    """A certificate that has the host, beside the one that is there."""
    balancer = _balancer(suspect, evidence)
    hosts = balancer.hosts if balancer else (suspect.resource.partition(":")[0],)
    shown = _shown(suspect, evidence)
    named = [name for each in shown for name in each.names]
    missing = [host for host in hosts if not any(covers(name, host) for name in named)] or list(hosts)
    fitting = issued_for(missing, evidence)
    listener = evidence.listener(balancer.name, 443) if balancer else None
    arn: Value = listener.arn if listener else Expression("aws_lb_listener.https.arn")
    if fitting:
        attributes: dict[str, Value] = {"listener_arn": arn, "certificate_arn": fitting}
        told = f"Let {suspect.resource} also show the certificate {fitting}, which is for {', '.join(missing)}."
        hcl = resource("aws_lb_listener_certificate", missing[0].partition(".")[0], attributes)
    else:
        look = f"aws acm list-certificates --certificate-statuses ISSUED --region {evidence.run.target.region}"
        told = (
            f"See whether ACM has one for {', '.join(missing)} (`{look}`), and let {suspect.resource} show that. Else "
            f"request a certificate for {', '.join(hosts)}, validate it by DNS, and let {suspect.resource} show it."
        )
        hcl = _requested(suspect, hosts, evidence)
    return Fix(
        told=told,
        hcl=hcl,
        verify=f"curl -sSvI https://{missing[0]}/",
        effort=Effort.MINUTES if fitting else Effort.HOURS,
        caution="ACM changes no certificate's names: another one is needed. " + _NEVER,
    )


def _requested(suspect: Suspect, hosts: tuple[str, ...], evidence: Evidence) -> str:
    """A certificate, the records by which ACM validates it, and the listener that shows it as soon as it is issued."""
    name = suspect.resource.partition(":")[0]
    certificate: dict[str, Value] = {"domain_name": hosts[0], "validation_method": "DNS"}
    if hosts[1:]:
        certificate["subject_alternative_names"] = hosts[1:]
    requested, issued = f"aws_acm_certificate.{identifier(name)}", f"aws_acm_certificate_validation.{identifier(name)}"
    return "\n\n".join(
        (
            resource("aws_acm_certificate", name, certificate, block("lifecycle", {"create_before_destroy": True})),
            *_validation(name, requested, hosts, evidence),
            resource("aws_acm_certificate_validation", name, {"certificate_arn": Expression(f"{requested}.arn")}),
            changed("aws_lb_listener", suspect.resource, {"certificate_arn": Expression(f"{issued}.certificate_arn")}),
        )
    )


def _validation(name: str, certificate: str, hosts: tuple[str, ...], evidence: Evidence) -> Iterator[str]:
    """A record for each host; of hosts of several zones, each zone's owner writes their own."""
    zones = {_public_zone(host, evidence) for host in hosts}
    if len(zones) > 1:
        return
    yield block('data "aws_route53_zone" "validation"', {"name": zones.pop()})
    options = f"{{ for option in {certificate}.domain_validation_options : option.domain_name => option }}"
    record: dict[str, Value] = {
        "for_each": Expression(options),
        "zone_id": Expression("data.aws_route53_zone.validation.zone_id"),
        "name": Expression("each.value.resource_record_name"),
        "type": Expression("each.value.resource_record_type"),
        "records": [Expression("each.value.resource_record_value")],
        "ttl": 300,
        "allow_overwrite": True,
    }
    yield resource("aws_route53_record", f"{name}_validation", record)


def _public_zone(host: str, evidence: Evidence) -> str:
    """The zone whose records everybody sees; else the domain in which the host is."""
    found = evidence.read(evidence.run.inventory.host_records.get(host))
    zones = list(found.zones) if found else []
    for private in found.private_zones if found else ():
        zones.remove(private)  # a name may be there twice, public and private
    return next(iter(zones), host.partition(".")[2] or host).rstrip(".")


def _balancer(suspect: Suspect, evidence: Evidence) -> LoadBalancer | None:
    name = suspect.resource.rpartition(":")[0]
    return next((each for each in evidence.run.target.load_balancers if each.name == name), None)


def _shown(suspect: Suspect, evidence: Evidence) -> list[Certificate]:
    listener = evidence.listener(suspect.resource.rpartition(":")[0], 443)
    facts = [
        evidence.read(evidence.run.inventory.certificates.get(arn))
        for arn in (listener.certificate_arns if listener else ())
    ]
    return [each for each in facts if each is not None]


def _hosts(balancer: LoadBalancer | None, shown: list[Certificate]) -> tuple[str, ...]:
    """The names of the old certificate, and the hosts that the target asks of the load balancer."""
    names = [name for each in shown for name in each.names]
    asked = [host for host in (balancer.hosts if balancer else ()) if not any(covers(name, host) for name in names)]
    return tuple(dict.fromkeys([*names, *asked]))


def issued_for(hosts: Sequence[str], evidence: Evidence) -> str | None:
    """The ARN of a certificate that is there for all these hosts."""
    known = [evidence.read(fact) for fact in evidence.run.inventory.certificates.values()]
    issued = [each for each in known if each is not None and each.status == "ISSUED"]
    fitting = [each for each in issued if all(any(covers(name, host) for name in each.names) for host in hosts)]
    return fitting[0].arn if fitting else None
