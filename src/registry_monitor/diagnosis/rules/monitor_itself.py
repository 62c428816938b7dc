"""The monitor's own faults, judged before the platform: its key, its permissions, its place.

Rows: AUT-08, MON-01 to MON-07, MON-14, MON-15.
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom, first_url
from registry_monitor.diagnosis.nodes import BAD_KEY_CHECK, KEY, MONITOR
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import Certificate, SecurityGroup
from registry_monitor.inventory.facts import Inventory, Unknown
from registry_monitor.model import Result, Status

_HTTPS = 443
_UNTRUSTED = re.compile(r"unable to get local issuer|self.signed|unknown ca", re.IGNORECASE)
_REASONS = {
    "monitor-permission-missing": re.compile(r"(\w+:\w+) was denied to the monitor's role"),
    "monitor-api-unreachable": re.compile(r"(\w+:\w+) (?:could not be reached|was not answered in time)"),
    "monitor-api-throttled": re.compile(r"(\w+:\w+) was throttled"),
}
_NO_SECRET = re.compile(r"could not be read from secret \S+ there is none")


def key_refused(evidence: Evidence) -> Iterator[Suspect]:
    """The monitor's key is answered as a key that nobody has been given, and the platform judges those rightly."""
    keys = evidence.run.target.keys
    bad = next((each for each in evidence.passed if each.result.check_id == BAD_KEY_CHECK), None)
    if keys is None or bad is None:
        return
    refused = [each for each in evidence.symptoms if each.status == 401 and _same_words(each.body, bad.body)]
    others = [each for each in evidence.passed if _is_accepted(each, keys.monitor)]
    if len({each.url for each in refused}) < 2 or others:
        return
    yield Suspect(
        kind="monitor-key-revoked",
        resource=f"{keys.secret} {keys.monitor}",
        statement=f"The platform does not take the monitor's key {keys.monitor}: it was revoked or replaced.",
        breaks=frozenset({KEY}),
        proofs=(
            Proof(told=refused[0].told, source=refused[0].result.check_id),
            Proof(told=bad.told, source=BAD_KEY_CHECK),
        ),
        confidence=Confidence.TWO_SIGNS,
    )


def _same_words(body: str, other: str) -> bool:
    """Whether two bodies say the same, whatever their spaces."""
    try:
        return bool(json.loads(body) == json.loads(other))
    except ValueError:
        return bool(body) and body == other


def _is_accepted(symptom: Symptom, key: str) -> bool:
    return symptom.result.check_id.startswith("authentication.accepted.") and f"'{key}'" in symptom.result.seen


def cannot_read(evidence: Evidence) -> Iterator[Suspect]:
    """Facts of AWS that the monitor may not or cannot read: what rests on them is not known."""
    found: dict[tuple[str, str], str] = {}
    for reason in reasons(evidence):
        for kind, words in _REASONS.items():
            if (call := words.search(reason)) is not None:
                resource = call[1] if kind == "monitor-permission-missing" else call[1].partition(":")[0]
                found.setdefault((kind, resource), reason)
    for (kind, resource), reason in sorted(found.items()):
        yield _own(kind, resource, _STATEMENTS[kind].format(resource=resource), reason)


def reasons(evidence: Evidence) -> Iterator[str]:
    """Why facts are Unknown, what the run was to be compared with among them, and why checks are."""
    yield from (fact.reason for fact in _unknown(evidence.run.inventory))
    if isinstance(evidence.run.baseline, Unknown):
        yield evidence.run.baseline.reason
    yield from (result.seen for result in evidence.run.of_status(Status.UNKNOWN))


def cannot_get_its_keys(evidence: Evidence) -> Iterator[Suspect]:
    """The secret with the monitor's keys is not there."""
    keys = evidence.run.target.keys
    for reason in reasons(evidence):
        if keys is not None and _NO_SECRET.search(reason):
            statement = f"The monitor's keys are not there: secret {keys.secret}."
            yield _own("monitor-secret-missing", keys.secret, statement, reason)
            return


def _own(kind: str, resource: str, statement: str, reason: str) -> Suspect:
    return Suspect(
        kind=kind,
        resource=resource,
        statement=statement,
        breaks=frozenset({f"fact:{resource}"}),
        proofs=(Proof(told=reason[:300], source=resource),),
    )


_STATEMENTS = {
    "monitor-permission-missing": "The monitor's role may not call {resource}.",
    "monitor-api-unreachable": "The AWS API {resource} does not answer the monitor.",
    "monitor-api-throttled": "AWS throttles the monitor's calls of {resource}.",
}


def _unknown(inventory: Inventory) -> Iterator[Unknown]:
    for name in Inventory.model_fields:
        value = getattr(inventory, name)
        facts: Iterable[object] = value.values() if isinstance(value, dict) else (value,)
        yield from (fact for fact in facts if isinstance(fact, Unknown))


def cannot_reach(evidence: Evidence) -> Iterator[Suspect]:
    """Every public host fails alike, before any of them has said a word: it is the monitor's own place."""
    hosts = {host for balancer in evidence.run.target.load_balancers for host in balancer.hosts}
    failed = [each for each in evidence.symptoms if each.host in hosts and each.error is not None]
    answered = [
        each for each in (*evidence.symptoms, *evidence.passed) if each.host in hosts and each.status is not None
    ]
    tried = {each.host for each in evidence.symptoms} | {_host(each) for each in evidence.run.of_status(Status.UNKNOWN)}
    if answered or not failed or len(hosts) < 2 or not hosts <= tried:
        return
    told = Proof(told=failed[0].told, source=failed[0].result.check_id)
    if all(each.error == "name" for each in failed):
        yield dns_broken(told)
    elif all(each.error in ("connect timeout", "name") for each in failed):
        group = _own_group(evidence)
        closed = (
            [Proof(told=_egress_told(group), source="ec2:DescribeSecurityGroups")]
            if group and not _lets_out(group)
            else []
        )
        yield Suspect(
            kind="monitor-egress-missing",
            resource=group.name if group else "monitor",
            statement="The monitor reaches no public host at all: its own way out is closed.",
            breaks=frozenset({MONITOR}),
            proofs=(*closed, told),
            confidence=Confidence.PROVEN if closed else Confidence.ONE_SIGN,
            arn=group.id if group else None,
            is_derived=not closed,
        )
    elif all(each.error == "tls" and _UNTRUSTED.search(each.result.seen) for each in failed):
        valid = [arn for arn, fact in evidence.run.inventory.certificates.items() if _is_valid(evidence.read(fact))]
        yield Suspect(
            kind="monitor-trust-outdated",
            resource="CA bundle",
            statement="The monitor trusts the certificate of no host: its bundle of authorities is wrong.",
            breaks=frozenset({MONITOR}),
            proofs=(told, *(Proof(told=f"{arn} is ISSUED", source="acm:DescribeCertificate") for arn in valid[:1])),
            confidence=Confidence.TWO_SIGNS if valid else Confidence.ONE_SIGN,
        )


def dns_broken(proof: Proof) -> Suspect:
    """No name is resolved: one fault, whoever felt it."""
    return Suspect(
        kind="monitor-dns-broken",
        resource="DNS",
        statement="The monitor resolves no name: its network has no DNS.",
        breaks=frozenset({MONITOR}),
        proofs=(proof,),
        unknown_for_it=("DNS has no address",),
    )


def _host(result: Result) -> str | None:
    return urlsplit(first_url(result.asked) or "").hostname


def _is_valid(certificate: Certificate | None) -> bool:
    return certificate is not None and certificate.status == "ISSUED"


def _lets_out(group: SecurityGroup) -> bool:
    """Whether a security group lets HTTPS out to public addresses."""
    return any(
        (rule.protocol == "-1" or (rule.from_port or 0) <= _HTTPS <= (rule.to_port or 65535))
        and any(not ipaddress.ip_network(block, strict=False).is_private for block in rule.blocks)
        for rule in group.egress
    )


def _egress_told(group: SecurityGroup) -> str:
    blocks = ", ".join(f"{rule.protocol} to {', '.join(rule.blocks)}" for rule in group.egress) or "nothing"
    return f"{group.name} lets out {blocks}: no HTTPS to public addresses"


def _own_group(evidence: Evidence) -> SecurityGroup | None:
    """The security group of the monitor, where it can be told: others let it in, and it belongs to none of them."""
    groups = evidence.security_groups or {}
    owned = {each for service in evidence.services.values() for each in service.security_groups}
    owned |= {each for balancer in (evidence.balancers or {}).values() for each in balancer.security_groups}
    let_in = {each for group in groups.values() for rule in group.ingress for each in rule.groups}
    others = [groups[each] for each in sorted(let_in - owned) if each in groups]
    return others[0] if len(others) == 1 else None
