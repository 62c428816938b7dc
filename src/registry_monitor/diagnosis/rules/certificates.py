"""The certificates that load balancers show. Rows: TLS-01, TLS-02."""

from collections.abc import Iterator
from datetime import datetime

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import Certificate
from registry_monitor.target import LoadBalancer

_SOURCE = "acm:DescribeCertificate"


def shown(evidence: Evidence) -> Iterator[Suspect]:
    """A certificate that has expired, or does not name the host that is asked."""
    for balancer in evidence.run.target.load_balancers:
        listener = evidence.listener(balancer.name, 443)
        if listener is None:
            continue
        facts = [evidence.read(evidence.run.inventory.certificates.get(arn)) for arn in listener.certificate_arns]
        certificates = [each for each in facts if each is not None]
        for host in balancer.hosts:
            failed = [each for each in evidence.symptoms if each.host == host and each.error == "tls"]
            yield from _of_host(host, balancer, certificates, failed, evidence.now)


def _of_host(
    host: str, balancer: LoadBalancer, certificates: list[Certificate], failed: list[Symptom], now: datetime
) -> Iterator[Suspect]:
    resource = f"{balancer.name}:443"
    seen = [Proof(told=failed[0].told, source=failed[0].result.check_id)] if failed else []
    ended = [each for each in certificates if each.status == "EXPIRED" or (each.ends_at and each.ends_at < now)]
    if certificates and len(ended) == len(certificates):
        told = f"{ended[0].arn} is {ended[0].status}, ended at {ended[0].ends_at}, renewal {ended[0].renewal or 'none'}"
        statement = f"The certificate of {host} has expired."
        yield _suspect("certificate-expired", resource, host, statement, (Proof(told=told, source=_SOURCE), *seen))
    elif certificates and not any(covers(name, host) for each in certificates for name in each.names):
        names = ", ".join(name for each in certificates for name in each.names)
        told = f"the certificates of {resource} are for {names}"
        statement = f"The certificate that {balancer.name} shows does not name {host}."
        proofs = (Proof(told=told, source=_SOURCE), *seen)
        yield _suspect("certificate-host-mismatch", resource, host, statement, proofs)
    elif failed and not certificates:
        yield from _by_symptom(resource, host, failed[0])


def _by_symptom(resource: str, host: str, failed: Symptom) -> Iterator[Suspect]:
    """What the handshake itself says, where ACM could not be asked."""
    seen = failed.result.seen.lower()
    kinds = {
        "expired": "certificate-expired",
        "mismatch": "certificate-host-mismatch",
        "not valid for": "certificate-host-mismatch",
    }
    kind = next((kind for word, kind in kinds.items() if word in seen), None)
    if kind is not None:
        proof = Proof(told=failed.told, source=failed.result.check_id)
        yield _suspect(kind, resource, host, f"The certificate of {host} is not taken.", (proof,), Confidence.ONE_SIGN)


def covers(name: str, host: str) -> bool:
    """Whether a name of a certificate covers a host: a wildcard stands for exactly one label (RFC 6125)."""
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()


def _suspect(
    kind: str,
    resource: str,
    host: str,
    statement: str,
    proofs: tuple[Proof, ...],
    confidence: Confidence = Confidence.PROVEN,
) -> Suspect:
    return Suspect(
        kind=kind,
        resource=resource,
        statement=statement,
        breaks=frozenset({f"tls:{host}"}),
        proofs=proofs,
        confidence=confidence,
    )
