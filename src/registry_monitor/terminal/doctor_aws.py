"""The lines of `doctor` about AWS: credentials, place, each API that runs call, secret, bucket, map, clock.

It asks what a full run asks, by the same readers; nothing of it writes.
"""

import time
from collections.abc import Iterator

from registry_monitor.inventory.baseline import BaselineReading
from registry_monitor.inventory.call_log import CallLog
from registry_monitor.inventory.credentials import find_credentials
from registry_monitor.inventory.facts import EcsServices, Fact, Known, MetricQuery, Unknown
from registry_monitor.inventory.platform_account import ASSUME_ROLE, clients_of, problem_of_role
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.inventory.reports_bucket import problem_of_bucket
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.keyring import KeysError
from registry_monitor.redaction import Redactor
from registry_monitor.target import Target
from registry_monitor.terminal.doctor_lines import Line, judged

_MOST_TIME_S = 60.0
_MOST_SKEW_S = 60.0  # AWS refuses signatures that are five minutes old; certificates have their own dates
_READ_KEYS = "secretsmanager:GetSecretValue"
_READ_OBJECT = "s3:GetObject"


class AwsExamination:
    """Asks AWS once, and tells what became of it. ``inventory`` has what was read, for who needs addresses."""

    def __init__(self, target: Target, reports_bucket: str | None, redactor: Redactor) -> None:
        self._target = target
        self._bucket = reports_bucket
        self._redactor = redactor
        self._log = CallLog(clients_of(target))
        self._own = CallLog()  # the bucket of the reports is the monitor's own, whosever the platform is
        self._give_up = time.monotonic() + _MOST_TIME_S
        self.inventory = InventoryReader(target, self._log.client_of)

    def lines(self) -> Iterator[Line]:
        """All lines; those of the APIs come when everything has been asked."""
        credentials = find_credentials()
        if isinstance(credentials, Unknown):
            yield Line("WRONG", "AWS credentials", credentials.reason)
            yield Line("skipped", "AWS", "not asked, for want of credentials")
            return
        yield Line("ok", "AWS credentials", f"found ({credentials.value})")
        yield from self._role()
        yield self._place(self._read_all())
        yield from self._keys()
        yield self._reports()
        yield self._terraform_map()
        yield from self._calls()
        yield clock_line(self._log.clock_ahead_s)

    @property
    def left_s(self) -> float:
        """What is left of the time to ask."""
        return max(0.0, self._give_up - time.monotonic())

    def _read_all(self) -> Fact[EcsServices]:
        """Everything that a full run reads, and the logs that a failing one reads."""
        target, inventory = self._target, self.inventory
        inventory.start()
        inventory.begin_depth([service.role for service in target.services])
        services = inventory.ecs_services(self.left_s)
        for service in target.services:
            inventory.tasks(service.name, self.left_s)
        if isinstance(services, Known):
            for arn in {arn for service in services.value.found for arn in service.registry_arns}:
                inventory.registered_instances(arn, self.left_s)
        inventory.target_groups(self.left_s)
        for balancer in target.load_balancers:
            inventory.listeners(balancer.name, self.left_s)
        if target.database:
            inventory.database(target.database.instance, self.left_s)
        if target.redis:
            inventory.cache(target.redis.replication_group, self.left_s)
        if target.artifacts_bucket:
            inventory.bucket(target.artifacts_bucket, self.left_s)
        inventory.metric_extremes((_any_metric(target),), self.left_s)
        inventory.depth(self.left_s)
        return services

    def _role(self) -> Iterator[Line]:
        """Whether the role by which another account is read can be assumed."""
        account = self._target.account
        if account is not None:
            problem = problem_of_role(self._target)
            yield judged(f"Role {account.role_arn}", problem, f"can be assumed ({ASSUME_ROLE})")

    def _place(self, services: Fact[EcsServices]) -> Line:
        target = self._target
        subject = f"Cluster {target.cluster} in {target.region}"
        if isinstance(services, Unknown):
            return Line("WRONG", subject, services.reason)
        there = services.value
        if not there.cluster_exists:
            remedy = "correct region and cluster in the target file, or take credentials of the platform's account"
            return Line("WRONG", subject, f"does not exist in the account of these credentials: {remedy}")
        if there.missing:
            return Line(
                "WRONG", subject, f"has no service {', '.join(there.missing)}: correct services in the target file"
            )
        account = there.found[0].arn.split(":")[4]
        return Line("ok", subject, f"is there, in account {account}, with all {len(there.found)} services")

    def _keys(self) -> Iterator[Line]:
        """Whether the secret and each key is there, and may be sent in a header; never a value."""
        target = self._target
        subject = f"Secret {target.keys.secret}"
        try:
            values = read_keys(target, client_of=self._log.client_of)
        except KeysError as error:
            yield Line("WRONG", subject, str(error))
            return
        for value in values.values():
            self._redactor.learn(value)
        yield Line("ok", subject, "is there, a JSON object")
        remedy = "add it to the secret, or take it out of keys.names in the target file; without it full runs are BLIND"
        for name in target.keys.names:
            yield judged(f"Key {name}", None if name in values else f"is not in the secret: {remedy}", "is there")

    def _reports(self) -> Line:
        bucket, target = self._bucket, self._target
        if not bucket:
            return Line(
                "skipped", "Bucket of the reports", "MONITOR_REPORTS_BUCKET is not set: no report is kept in S3"
            )
        subject = f"Bucket of the reports {bucket}"
        problem = problem_of_bucket(bucket, target.region, self._own.client_of)
        if problem is None:
            baseline = BaselineReading(target, bucket, self._own.client_of)
            baseline.begin()
            kept = baseline.compared_with(self.inventory.snapshot(), self.left_s)
            problem = kept.reason if isinstance(kept, Unknown) else None
        unasked = (
            f"whether {target.name}/* may be written (s3:PutObject) and tagged only a run shows, as this writes nothing"
        )
        return judged(subject, problem, f"is there and may be read; {unasked}")

    def _terraform_map(self) -> Line:
        place = self._target.terraform_map
        subject = "Map of Terraform addresses"
        fact = self.inventory.terraform_map(self.left_s)
        if fact is None:
            return Line("skipped", subject, "the target names none: findings name addresses of the target file alone")
        return judged(f"{subject} {place}", fact.reason if isinstance(fact, Unknown) else None, "can be read")

    def _calls(self) -> Iterator[Line]:
        """Each API that runs call, in the order of the plan."""
        planned = [_READ_KEYS, *(call.partition(" ")[0] for call in self.inventory.calls if ASSUME_ROLE not in call)]
        planned += [_READ_OBJECT] if self._bucket else []
        outcomes = self._own.outcomes | {
            call: problem or self._own.outcomes.get(call) for call, problem in self._log.outcomes.items()
        }
        is_whole = bool(outcomes) and not any(outcomes.values())
        for call in dict.fromkeys(planned):
            if call in outcomes:
                yield judged(call, outcomes[call], "is allowed, and answered")
            else:
                why = "there is nothing to ask for" if is_whole else "not asked, for want of what is WRONG here"
                yield Line("skipped", call, why)


def clock_line(ahead_s: float | None) -> Line:
    """How far this machine's clock is from that of AWS; None: not known."""
    if ahead_s is None:
        return Line("skipped", "Clock", "AWS has given no answer to compare it with")
    told = f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} AWS's"
    problem = f"is {told}: set it, or AWS refuses what is signed by it" if abs(ahead_s) > _MOST_SKEW_S else None
    return judged("Clock", problem, f"is less than {_MOST_SKEW_S:.0f} s from AWS's")


def _any_metric(target: Target) -> MetricQuery:
    """One that exists wherever the cluster does: whether metrics may be read is the same for all."""
    return MetricQuery(
        id="memory",
        namespace="AWS/ECS",
        metric="MemoryUtilization",
        dimensions=(("ClusterName", target.cluster), ("ServiceName", target.services[0].name)),
        statistic="Maximum",
    )
