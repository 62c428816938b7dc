"""A platform in another account than the monitor's: the role by which it is read, and the network that leads there.

Rows: MON-02, MON-06. A VPC reaches another one by peering or a transit gateway alone (Amazon VPC user guide), and a
private name resolves only in the VPCs that its zone is associated with (Route 53 developer guide).
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, urls_of
from registry_monitor.diagnosis.rules.monitor_itself import reasons
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.model import Result, Status

_NOT_ASSUMED = re.compile(r"the platform's role (\S+) could not be assumed(?: \(|: sts:AssumeRole failed)")
# What `suites/reach.py` and `suites/asking.py` say of an address inside the platform's network that tells nothing.
_NAMELESS = ("no internal name of the platform resolves here", "from the monitor's place")
_SILENT = ("if the platform has not opened it", "may not have opened this port")
_FEWEST = 2  # of them: one may have a port of its own that is closed


def role_not_assumed(evidence: Evidence) -> Iterator[Suspect]:
    """STS denies the role, or does not know it: told once, and not for each fact that is Unknown for it."""
    for reason in reasons(evidence):
        if (found := _NOT_ASSUMED.search(reason)) is not None:
            yield Suspect(
                kind="monitor-role-not-assumed",
                resource=found[1],
                statement=f"The monitor may not assume the role {found[1]}, so nothing is known of the platform's AWS.",
                breaks=frozenset({f"fact:{found[1]}"}),
                proofs=(Proof(told=reason[:600], source="sts:AssumeRole"),),
                unknown_for_it=(f"{found[1]} could not be assumed",),
            )
            return


def network_apart(evidence: Evidence) -> Iterator[Suspect]:
    """Of a platform in another account nothing inside its network answers, by name or by address.

    Names that do not resolve while public ones do, and addresses that are silent, are two signs. One alone may also be
    a zone that is not there, or ports that are closed: then it is suspected.
    """
    account = evidence.run.target.account
    unknown = evidence.run.of_status(Status.UNKNOWN)
    nameless = [each for each in unknown if any(words in each.seen for words in _NAMELESS)]
    silent = [each for each in unknown if any(words in each.seen for words in _SILENT)]
    met = any(_got_inside(each, evidence) for each in evidence.run.results)
    if account is None or met or len(nameless) + len(silent) < _FEWEST:
        return
    number = account.role_arn.split(":")[4]
    proofs = [*nameless[:1], *silent[:1]]
    yield Suspect(
        kind="monitor-network-apart",
        resource=f"account {number}",
        statement=f"Nothing inside the network of account {number} can be reached: the monitor stands in another one.",
        breaks=frozenset({f"fact:network {number}"}),
        proofs=tuple(Proof(told=each.sentence[:300], source=each.check_id) for each in proofs),
        confidence=Confidence.TWO_SIGNS if nameless and silent else Confidence.ONE_SIGN,
        unknown_for_it=(*_NAMELESS, *_SILENT),
    )


def _got_inside(result: Result, evidence: Evidence) -> bool:
    """Whether a check has met something inside the platform's network, right or wrong."""
    if not (result.status.is_passed or (result.status is Status.FAIL and "refused" in result.seen)):
        return False
    if result.check_id.startswith("services_direct."):
        return not result.check_id.endswith(".registered")  # which AWS alone is asked for
    internal = {host for host, _ in evidence.internal_addresses}
    is_store = result.check_id.endswith((".redis.ping", ".redis.round-trip", ".database.answers"))
    return is_store or any(urlsplit(url).hostname in internal for url in urls_of(result.asked))
