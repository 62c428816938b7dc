"""What the suite ``authentication`` says of the platform, healthy and in every fault of it that was measured."""

from collections.abc import Callable

import pytest

from registry_monitor.model import Status, Verdict
from registry_monitor.run import Run
from registry_monitor.target import Target, load_target
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.authentication_faults import DEBIT, VALIDATE, auth_waits, key
from tests.system.authentication_rows import AUGUST, HEAD, Row
from tests.system.conftest import monitor_here, requests_since

SUITE = {"suites": ["authentication"], "depth": "full"}
NEVER_ASKED = {"head": {"rate-limit-probe"}, "2025-08": {"rate-limit-probe", "propagation"}}


def allow(patch: pytest.MonkeyPatch, budget_ms: int) -> None:
    """Run with another budget than the packaged target's."""

    def load(text: str) -> Target:
        target = load_target(text)
        assert target.authentication is not None
        section = target.authentication.model_copy(update={"budget_ms": budget_ms})
        return target.model_copy(update={"authentication": section})

    patch.setattr("tests.system.conftest.load_target", load)


def forget_keys(sandbox: Sandbox) -> None:
    """Empty the platform's cache of validated keys."""
    with sandbox.redis_client() as cache:
        cache.flushall()


def ids(run: Run, *statuses: Status) -> set[str]:
    return {result.check_id.removeprefix("authentication.") for result in run.of_status(*statuses)}


def seen(run: Run) -> dict[str, str]:
    return {result.check_id.removeprefix("authentication."): result.seen for result in run.results}


@pytest.mark.parametrize(
    ("path", "slow"),
    [
        (VALIDATE, {"bad-key", "accepted.mlflow-direct.bearer", "consistency", "caching"}),
        (DEBIT, {"accepted.api.bearer"}),
    ],
)
def test_slow_auth_service__is_slow_and_no_failure(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, path: str, slow: set[str]
) -> None:
    """Right answers that come late are SLOW by the budget: a slow check of keys, and a debit that takes its time."""
    forget_keys(sandbox)
    with auth_waits(path, 1.1)(sandbox):
        run = monitor_here(sandbox, monkeypatch, SUITE)
    assert ids(run, Status.FAIL, Status.BLOCKED, Status.UNKNOWN, Status.FLAKY) == set()
    assert ids(run, Status.SLOW) >= slow
    assert "over its budget of 1000 ms" in seen(run)[min(slow)]


def test_key_rotated_during_the_run__is_no_fault(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that the run began with is refused, and a fresh read of the secret gives the one that is accepted.

    A busy machine may be slow.
    """
    allow(monkeypatch, 20_000)
    old = sandbox.world.secrets.monitor_keys
    rotated = {**old, "admin": f"{old['admin']}-rotated"}
    reads: list[bool] = []

    def read_keys(target: Target, *, force_fetch: bool) -> dict[str, str]:
        reads.append(force_fetch)
        return rotated if force_fetch else old

    monkeypatch.setattr("tests.system.conftest.read_keys", read_keys)
    forget_keys(sandbox)
    sandbox.keys[rotated["admin"]] = sandbox.keys[old["admin"]]
    try:
        with key("admin", is_revoked=True)(sandbox):
            run = monitor_here(sandbox, monkeypatch, SUITE)
    finally:
        del sandbox.keys[rotated["admin"]]
    assert run.verdict is Verdict.HEALTHY
    assert ids(run, Status.PASS, Status.SLOW) == set(seen(run)) - NEVER_ASKED["head"]
    assert reads == [False, True]


def test_report__keeps_nothing_of_what_keys_open(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of all keys that an administrator's key opens stands in no evidence; nor does any key."""
    run = monitor_here(sandbox, monkeypatch, SUITE)
    text = run.model_dump_json()
    assert "accepted.auth-keys.bearer" in ids(run, Status.PASS, Status.SLOW)
    assert not [record.key_id for record in sandbox.keys.values() if record.key_id in text]
    assert not [name for name, value in sandbox.world.secrets.monitor_keys.items() if value in text]


@pytest.mark.parametrize("row", [*HEAD, *AUGUST], ids=lambda row: f"{row.platform}: {row.name}")
def test_platform__fails_exactly_the_checks_that_it_breaks(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    """No key is accused of an outage, no outage is hidden by a cache, no open door is taken for an outage."""
    allow(monkeypatch, row.budget_ms)
    sandbox = sandbox_of(row.platform)
    forget_keys(sandbox)
    if row.is_warm:
        assert monitor_here(sandbox, monkeypatch, SUITE).verdict is Verdict.HEALTHY
    with row.fault(sandbox):
        before = len(requests_since(sandbox, 0))
        run = monitor_here(sandbox, monkeypatch, {**SUITE, "depth": row.depth})
        requests = len(requests_since(sandbox, before))
    everything = set(seen(run))
    expected = {
        Status.FAIL: row.named(row.failed, everything),
        Status.BLOCKED: row.named(row.blocked, everything),
        Status.SLOW: row.named(row.slow, everything),
        Status.SKIPPED: NEVER_ASKED[row.platform] & everything,
        Status.UNKNOWN: set(),
        Status.FLAKY: set(),
    }
    assert {status: ids(run, status) for status in expected} == expected
    security = {result.check_id.removeprefix("authentication.") for result in run.results if result.is_security_failure}
    assert security == row.named(row.security, everything)
    for name, told in row.told.items():
        assert told in seen(run)[name]
    assert row.requests in (None, requests)
