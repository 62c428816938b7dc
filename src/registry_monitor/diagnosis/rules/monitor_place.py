"""The monitor's own faults of clock, credentials, region, account and time.

Rows: MON-02, MON-05, MON-06, MON-14.

IAM user guide, "Troubleshoot access denied error messages"; AWS signs requests with the time, and takes five minutes of
difference (IAM user guide, "AWS Signature Version 4").
"""

import re
from collections.abc import Iterator

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.nodes import ACCOUNT
from registry_monitor.diagnosis.rules.monitor_itself import dns_broken, reasons
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.model import Depth, Status

_CLOCK = "the monitor's clock is not AWS's"
_CREDENTIALS = ("does not take the monitor's credentials", "for want of AWS credentials")
_NO_DNS = re.compile(r"\w+:\w+ was not made: DNS has no address")
_UNTRUSTED = re.compile(r"\w+:\w+ was not made: the certificate of \S+ is not trusted")
_NO_TIME = ("the run's time was over", "(the run's deadline)")
_MOST_SLOW = 3


def refused(evidence: Evidence) -> Iterator[Suspect]:
    """All of AWS refuses the monitor, or is no name for it, whatever it asks: told once, not for each call."""
    for reason in reasons(evidence):
        proof = Proof(told=reason[:300], source="AWS")
        if _CLOCK in reason:
            told = "The monitor's clock differs from that of AWS by more than five minutes."
            yield _of("monitor-clock-wrong", "clock", told, proof, (_CLOCK,))
        elif any(words in reason for words in _CREDENTIALS):
            told = "AWS does not take the monitor's credentials, or it has none."
            yield _of("monitor-credentials-refused", "credentials", told, proof, _CREDENTIALS)
        elif _UNTRUSTED.search(reason):
            told = "The monitor does not trust the certificates of AWS: its bundle of authorities is wrong."
            yield _of("monitor-trust-outdated", "CA bundle", told, proof, ("is not trusted",))
        elif _NO_DNS.search(reason):
            yield dns_broken(proof)


def _of(kind: str, resource: str, statement: str, proof: Proof, words: tuple[str, ...]) -> Suspect:
    return Suspect(kind, resource, statement, frozenset({f"fact:{resource}"}), (proof,), unknown_for_it=words)


def elsewhere(evidence: Evidence) -> Iterator[Suspect]:
    """AWS has neither the cluster nor any load balancer of the target here, and the platform answers all the same."""
    target = evidence.run.target
    is_nothing_here = evidence.ecs is not None and not evidence.ecs.cluster_exists and evidence.balancers == {}
    hosts = {host for balancer in target.load_balancers for host in balancer.hosts}
    answered = next((each for each in evidence.passed if each.host in hosts and each.status is not None), None)
    if not is_nothing_here or answered is None:
        return
    yield Suspect(
        kind="monitor-place-wrong",
        resource=f"{target.cluster} in {target.region}",
        statement=f"The platform is not in this account and {target.region}: the monitor asks AWS in the wrong place.",
        breaks=frozenset({ACCOUNT}),
        proofs=(
            Proof(told=f"there is no cluster {target.cluster}, and no load balancer", source="ecs:DescribeServices"),
            Proof(told=answered.told, source=answered.result.check_id),
        ),
    )


def out_of_time(evidence: Evidence) -> Iterator[Suspect]:
    """The run's time was over with nothing wrong seen. Where something fails, that is what took the time."""
    late = [each for each in evidence.run.of_status(Status.UNKNOWN) if any(words in each.seen for words in _NO_TIME)]
    if not late or evidence.symptoms:
        return
    slowest = sorted(evidence.run.results, key=lambda each: -each.duration_ms)[:_MOST_SLOW]
    took = ", ".join(f"{each.check_id} {each.duration_ms / 1000:.1f} s" for each in slowest)
    yield Suspect(
        kind="monitor-out-of-time",
        resource="LightFunction" if evidence.run.trigger.depth is Depth.LIGHT else "MonitorFunction",
        statement=f"The monitor's time was over before {len(late)} checks had ended.",
        breaks=frozenset({"fact:time"}),
        proofs=(Proof(told=f"the slowest: {took}", source=late[0].check_id),),
        unknown_for_it=_NO_TIME,
    )
