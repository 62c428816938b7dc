"""A catalogue of what can go wrong below the services, and which checks of infrastructure_health see it."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.catalogue import (
    Fault,
    assert_healthy,
    judge_fault,
    result_of,
    run_outside,
    statuses,
    target_edited,
)
from tests.system.conftest import monitor_here
from tests.system.infrastructure_faults import CATALOGUE, SUITE, ids
from tests.system.world_edits import (
    ROLES,
    closed_to_monitor,
)

EVENT = {"suites": [SUITE], "depth": "full"}
NO_USER = "the target names no user of the monitor's own in Redis"


@pytest.mark.parametrize("platform", ["head", "2025-08"])
def test_healthy_platform__passes_every_check(
    sandbox_of: Callable[[Era], Sandbox], platform: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the target does not configure is skipped."""
    run = monitor_here(sandbox_of(platform), monkeypatch, EVENT)
    assert_healthy(run, {f"{SUITE}.redis.round-trip": NO_USER})


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_fault__is_seen_where_it_is(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """The checks of the row fail, and those that have nothing to do with it pass."""
    judge_fault(sandbox, monkeypatch, fault, SUITE)


def test_catalogue__turns_every_check_red(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that nothing can turn red does not count; the round trip has tests of its own below."""
    listed = statuses(monitor_here(sandbox, monkeypatch, EVENT)).keys()
    assert listed - set().union(*(fault.fails for fault in CATALOGUE)) == ids("redis.round-trip")


CLOSED = {  # (group, port): the checks that ask there, and what names the rule
    ("redis", 6379): (ids("redis.ping"), "TCP 6379 to the security group of Redis hokusai-redis-development"),
    ("rds", 5432): (ids("database.answers"), "TCP 5432 to security group sg-"),
}


@pytest.mark.parametrize(("group", "port"), CLOSED)
def test_port_that_is_closed_to_the_monitor__is_unknown_with_the_rule_or_skipped(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, group: str, port: int
) -> None:
    """Never FAIL; once the target says that it is closed, it is not asked any more."""
    checks, rule = CLOSED[group, port]
    name = {"rds": "database"}.get(group, group)
    with closed_to_monitor(group, port)(sandbox):
        run = monitor_here(sandbox, monkeypatch, EVENT)
        with target_edited(sandbox, closed_to_monitor=f"[{name}]"):
            skipping = statuses(monitor_here(sandbox, monkeypatch, EVENT))
    assert {each.check_id for each in run.of_status(Status.UNKNOWN)} == checks
    assert run.of_status(Status.FAIL, Status.BLOCKED) == ()
    for check in checks:
        assert f"add an ingress rule (aws_vpc_security_group_ingress_rule) for {rule}" in result_of(run, check).seen
        assert skipping[check] is Status.SKIPPED


def test_outside_the_vpc__what_is_inside_is_skipped(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS tells, and what is public, is judged from anywhere."""
    inside = ("redis.ping", "redis.round-trip", "database.answers")
    internal = (f"endpoint.{role}-internal" for role in ROLES)
    skipped = dict.fromkeys(ids(*inside, *internal), "only from inside the VPC")
    assert_healthy(run_outside(sandbox, monkeypatch, SUITE), skipped)


USER = "registry-monitor"
NO_SUCH_KEY = -2  # as TTL answers


@pytest.mark.parametrize(
    ("rights", "status", "seen"),
    [
        (("~registry-monitor:*", "+set", "+get"), Status.PASS, "read back what was written"),
        (("~registry-monitor:*", "+get"), Status.FAIL, "answered -NOPERM"),
        (("~somebody-else:*", "+set", "+get"), Status.FAIL, "answered -NOPERM"),
        ((), Status.FAIL, "answered -NOPERM"),
    ],
    ids=["with its rights", "may not write", "may not have the key", "may do nothing"],
)
def test_redis_user_of_the_monitors_own__writes_and_reads_one_key(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, rights: tuple[str, ...], status: Status, seen: str
) -> None:
    """The platform's own credentials are never used; the key ends by itself."""
    if not sandbox.redis.is_real:
        pytest.skip("redis-server is not installed (Debian package redis-server)")
    password = sandbox.world.secrets.monitor_keys["second"]
    named = f"hokusai-redis-development\n  user: {{name: {USER}, password_key: second}}"
    with sandbox.redis_client() as client:
        client.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{password}", *rights)
        try:
            with target_edited(sandbox, replication_group=named):
                run = monitor_here(sandbox, monkeypatch, EVENT)
            lives_s = client.ttl(f"registry-monitor:hokusai-development:{run.run_id}")
        finally:
            client.execute_command("ACL", "DELUSER", USER)
    trip = result_of(run, f"{SUITE}.redis.round-trip")
    assert (trip.status, trip.seen[: len(seen)]) == (status, seen)
    assert 0 < lives_s <= 60 if status is Status.PASS else lives_s == NO_SUCH_KEY
    assert password not in trip.model_dump_json()
