"""Public names, held against Route 53 and the load balancers. Rows: DNS-01, DNS-04."""

from collections.abc import Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import HostRecords
from registry_monitor.target import LoadBalancer

_SOURCE = "route53:ListResourceRecordSets"

type _Judged = tuple[str, str, str, Confidence]  # kind, statement, what was seen, how sure


def records(evidence: Evidence) -> Iterator[Suspect]:
    """A public host that has no record, or one that leads elsewhere."""
    for balancer in evidence.run.target.load_balancers:
        for host in balancer.hosts:
            yield from _of_host(host, balancer, evidence)


def _of_host(host: str, balancer: LoadBalancer, evidence: Evidence) -> Iterator[Suspect]:
    found = evidence.read(evidence.run.inventory.host_records.get(host))
    errors = [each for each in evidence.symptoms if each.host == host and each.error == "name"]
    if found is not None and found.zones:
        told = _judge(found, host, balancer, evidence)
        if told is not None:
            kind, statement, seen, confidence = told
            yield _suspect(kind, host, statement, Proof(told=seen, source=_SOURCE), confidence)
    elif errors:
        proof = Proof(told=errors[0].told, source=errors[0].result.check_id)
        yield _suspect("dns-record-missing", host, f"The name {host} does not resolve.", proof, Confidence.ONE_SIGN)


def _judge(found: HostRecords, host: str, balancer: LoadBalancer, evidence: Evidence) -> _Judged | None:
    """The private zone of a name hides the public one from whoever is in its VPC (Route 53 developer guide).

    An address may be that of something in front of the load balancer: it is wrong where the check of the name says so,
    and suspected where nobody accepts a connection there.
    """
    records = [each for each in found.records if each.is_private] if found.private_zones else list(found.records)
    zones = ", ".join(found.private_zones or found.zones)
    if not records:
        seen = f"{zones}: no A, AAAA or CNAME for {host}"
        return "dns-record-missing", f"The name {host} has no record.", seen, Confidence.PROVEN
    there = (evidence.balancers or {}).get(balancer.name)
    if there is None:
        return None
    values = [value for record in records for value in record.values]
    names = {value.lower().removeprefix("dualstack.").rstrip(".") for value in values}
    is_address = all(value.replace(".", "").isdigit() or ":" in value for value in names)
    is_led_astray = any(each.result.check_id.endswith(f".dns.{host}") for each in evidence.symptoms)
    is_nobody_there = any(each.host == host and each.error == "connect timeout" for each in evidence.symptoms)
    if there.dns_name.lower() not in names and (not is_address or is_led_astray or is_nobody_there):
        statement = f"The name {host} does not lead to the load balancer {balancer.name}."
        seen = f"{host} leads to {', '.join(sorted(names))}, not to {there.dns_name}"
        is_proven = not is_address or is_led_astray
        return "dns-record-wrong", statement, seen, Confidence.PROVEN if is_proven else Confidence.ONE_SIGN
    return None


def _suspect(kind: str, host: str, statement: str, proof: Proof, confidence: Confidence) -> Suspect:
    return Suspect(
        kind=kind,
        resource=host,
        statement=statement,
        breaks=frozenset({f"dns:{host}"}),
        proofs=(proof,),
        confidence=confidence,
    )
