"""What the services keep their data in: Redis, the database, the artifact bucket; and how much room is left.

*Passes when* AWS calls them available; Redis answers PING over TLS (NOAUTH is a healthy answer: the platform's own
credentials are never asked for); the database ends TLS with the expected authority and answers a request for a
session; the bucket exists and is encrypted (that it can be written is proved by the registration); and no resource
is nearly used up, where CloudWatch knows.
"""

from pydantic import JsonValue

from registry_monitor.clients import postgres_probe, redis_probe
from registry_monitor.clients.http import HttpError
from registry_monitor.inventory.facts import Cache, known
from registry_monitor.model import Attempt, CannotTellError, Check, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.reach import refuse_to_blame, why_not_asked
from registry_monitor.target import Database, Redis

# RDS serves connections in these states (RDS user guide, "Viewing DB instance status").
_DATABASE_SERVES = (
    *("available", "backing-up", "maintenance", "modifying", "renaming", "resetting-master-credentials"),
    *("storage-config-upgrade", "storage-optimization"),
)
_CACHE_SERVES = ("available", "modifying", "snapshotting")  # ElastiCache API Reference, ReplicationGroup
# PostgreSQL, appendix "Error Codes": it is starting up or shutting down; it has no connection left.
_NOT_SERVING = ("57P03", "53300")
_KEY_LIVES_S = 60


def redis_checks(context: SuiteContext, suite: SuiteName, redis: Redis) -> list[Check]:
    """Its state in AWS, then, side by side, PING and a round trip of one key."""
    group = redis.replication_group
    subject = f"Redis {group}"
    state = Check(
        f"{suite}.redis.state",
        suite,
        subject,
        lambda attempt: _redis_state(context, redis, attempt),
        requests=("elasticache:DescribeReplicationGroups",),
    )
    not_asked = why_not_asked(context, "redis")
    no_user = None if redis.user else "the target names no user of the monitor's own in Redis"
    ping = Check(
        id=f"{suite}.redis.ping",
        suite=suite,
        subject=subject,
        run=lambda attempt: _ping(context, redis, attempt),
        after=(state.id,),
        host=group,
        requests=("PING",),
        skip=not_asked,
    )
    round_trip = Check(
        id=f"{suite}.redis.round-trip",
        suite=suite,
        subject=subject,
        run=lambda attempt: _round_trip(context, redis, attempt),
        after=(state.id,),
        host=group,
        writes=True,
        is_idempotent=True,
        requests=("SET, GET of one key that ends by itself",),
        skip=not_asked or no_user,
    )
    return [state, ping, round_trip]


def _cache(context: SuiteContext, redis: Redis, attempt: Attempt) -> Cache | None:
    return known(context.inventory.cache(redis.replication_group, attempt.remaining_s))


def _redis_state(context: SuiteContext, redis: Redis, attempt: Attempt) -> Outcome:
    there = _cache(context, redis, attempt)
    seen = "does not exist in this account and region" if there is None else f"is {there.status}"
    expected = f"a replication group that is {', '.join(_CACHE_SERVES[:-1])} or {_CACHE_SERVES[-1]}"
    return Outcome.judge(there is not None and there.status in _CACHE_SERVES, expected=expected, seen=seen)


def _ping(context: SuiteContext, redis: Redis, attempt: Attempt) -> Outcome:
    address = _redis_address(_cache(context, redis, attempt), redis)
    expected = f"PONG or NOAUTH{' over TLS' if redis.tls else ''}"
    try:
        answer = redis_probe.ping(attempt, address)
    except HttpError as error:
        refuse_to_blame(error, f"Redis {redis.replication_group}", address.port)
        return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
    return Outcome.judge(
        answer.is_alive,
        expected=expected,
        seen=f"answered PING with {answer.reply}",
        latency_ms=answer.latency_ms,
        budget_ms=redis.budget_ms,
    )


def _round_trip(context: SuiteContext, redis: Redis, attempt: Attempt) -> Outcome:
    assert redis.user is not None  # noqa: S101 - skipped otherwise
    address = _redis_address(_cache(context, redis, attempt), redis)
    user = redis_probe.RedisUser(redis.user.name, context.keyring.value(redis.user.password_key))
    expected = "one key of the monitor's own, written and read back"
    key = f"{redis_probe.OWN_PREFIX}{context.target.name}:{context.run_id}"  # another run may be under way
    try:
        trip = redis_probe.set_and_get(attempt, address, user, key, attempt.request_id, _KEY_LIVES_S)
    except HttpError as error:
        refuse_to_blame(error, f"Redis {redis.replication_group}", address.port)
        return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
    evidence: dict[str, JsonValue] = {"set_ms": trip.set_ms, "get_ms": trip.get_ms}
    return Outcome.judge(
        trip.is_same,
        expected=expected,
        seen="read back what was written" if trip.is_same else f"answered {trip.reply}",
        evidence=evidence,
        latency_ms=None if trip.set_ms is None or trip.get_ms is None else trip.set_ms + trip.get_ms,
        budget_ms=redis.budget_ms,
    )


def _redis_address(cache: Cache | None, redis: Redis) -> redis_probe.RedisAddress:
    if cache is None or cache.host is None or cache.port is None:
        raise CannotTellError(f"AWS told no address of Redis {redis.replication_group}")
    return redis_probe.RedisAddress(cache.host, cache.port, redis.tls)


def database_checks(context: SuiteContext, suite: SuiteName, database: Database) -> list[Check]:
    """Its state in AWS, and whether it answers: no credentials are sent, and no session is opened."""
    subject = f"Database {database.instance}"
    ca_file = database.ca_file or postgres_probe.RDS_CA_BUNDLE

    def judge_state(attempt: Attempt) -> Outcome:
        there = known(context.inventory.database(database.instance, attempt.remaining_s))
        is_right = (there is not None and there.status in _DATABASE_SERVES) or (
            there is not None and there.status.startswith("configuring-")
        )
        seen = "does not exist in this account and region" if there is None else f"is {there.status}"
        return Outcome.judge(is_right, expected="a DB instance that is available", seen=seen)

    def greet(attempt: Attempt) -> Outcome:
        there = known(context.inventory.database(database.instance, attempt.remaining_s))
        expected = "TLS of the expected authority, and an answer to a request for a session"
        if there is None:
            return Outcome.judge(False, expected=expected, seen="does not exist in this account and region")
        if there.host is None or there.port is None:
            raise CannotTellError(f"AWS told no address of database {database.instance}")
        try:
            answer = postgres_probe.greet(attempt, there.host, there.port, ca_file)
        except HttpError as error:
            refuse_to_blame(error, f"database {database.instance}", there.port, there.security_groups)
            return Outcome.judge(False, expected=expected, seen=str(error), evidence={"error": error.kind})
        told = f"{answer.code} {answer.message}" if answer.kind == "error" else answer.message
        seen = f"made {answer.protocol} and answered: {told}" if answer.has_tls else "refused TLS"
        return Outcome.judge(
            answer.has_tls and answer.code not in _NOT_SERVING,
            expected=expected,
            seen=seen,
            latency_ms=answer.latency_ms,
            budget_ms=database.budget_ms,
        )

    is_spoken = database.engine == postgres_probe.ENGINE
    no_protocol = None if is_spoken else f"the monitor does not speak the protocol of {database.engine}"
    state = Check(f"{suite}.database.state", suite, subject, judge_state, requests=("rds:DescribeDBInstances",))
    answers = Check(
        id=f"{suite}.database.answers",
        suite=suite,
        subject=subject,
        run=greet,
        host=database.instance,
        requests=("SSLRequest, StartupMessage",),
        skip=no_protocol or why_not_asked(context, "database"),
    )
    return [state, answers]


def bucket_checks(context: SuiteContext, suite: SuiteName, name: str) -> list[Check]:
    """It exists, and what is stored in it is encrypted."""
    subject = f"Bucket {name}"

    def exists(attempt: Attempt) -> Outcome:
        there = known(context.inventory.bucket(name, attempt.remaining_s))
        seen = "does not exist" if there is None else "exists"
        return Outcome.judge(there is not None, expected="an S3 bucket", seen=seen)

    def encrypted(attempt: Attempt) -> Outcome:
        there = known(context.inventory.bucket(name, attempt.remaining_s))
        encryption = there.encryption if there is not None else None
        seen = f"is encrypted with {encryption}" if encryption else "is not encrypted by default"
        return Outcome.judge(encryption is not None, expected="encryption by default", seen=seen)

    first = Check(f"{suite}.bucket.exists", suite, subject, exists, requests=("s3:GetEncryptionConfiguration",))
    second = Check(
        f"{suite}.bucket.encrypted",
        suite,
        subject,
        encrypted,
        (first.id,),
        requests=("s3:GetEncryptionConfiguration",),
    )
    return [first, second]
