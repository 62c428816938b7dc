"""Public names, held against Route 53 and the load balancers. Rows: DNS-01, DNS-04."""

from collections.abc import Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import HostRecords
from registry_monitor.target import LoadBalancer

_SOURCE = "route53:ListResourceRecordSets"


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
            kind, statement, seen = told
            yield _suspect(kind, host, statement, Proof(told=seen, source=_SOURCE), Confidence.PROVEN)
    elif errors:
        proof = Proof(told=errors[0].told, source=errors[0].result.check_id)
        yield _suspect("dns-record-missing", host, f"The name {host} does not resolve.", proof, Confidence.ONE_SIGN)


def _judge(found: HostRecords, host: str, balancer: LoadBalancer, evidence: Evidence) -> tuple[str, str, str] | None:
    """The private zone of a name hides the public one from whoever is in its VPC (Route 53 developer guide)."""
    records = [each for each in found.records if each.is_private] if found.private_zones else list(found.records)
    zones = ", ".join(found.private_zones or found.zones)
    if not records:
        return "dns-record-missing", f"The name {host} has no record.", f"{zones}: no A, AAAA or CNAME for {host}"
    there = (evidence.balancers or {}).get(balancer.name)
    if there is None:
        return None
    values = [value for record in records for value in record.values]
    names = {value.lower().removeprefix("dualstack.").rstrip(".") for value in values}
    is_address = all(value.replace(".", "").isdigit() or ":" in value for value in names)
    is_led_astray = any(each.result.check_id.endswith(f".dns.{host}") for each in evidence.symptoms)
    if there.dns_name.lower() not in names and (not is_address or is_led_astray):
        statement = f"The name {host} does not lead to the load balancer {balancer.name}."
        return "dns-record-wrong", statement, f"{host} leads to {', '.join(sorted(names))}, not to {there.dns_name}"
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
