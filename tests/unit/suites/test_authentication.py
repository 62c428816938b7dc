"""Each check of the suite, turned red by a small platform that treats keys wrongly in one way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from registry_monitor.model import Status
from registry_monitor.suites import authentication
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import load_target
from tests.unit.suites import authentication_misbehaviour as platforms
from tests.unit.suites.authentication_platform import (
    BAD,
    KEYS,
    Platform,
    Said,
    Sent,
    ids,
    run_suite,
    running_platform,
    target_of,
)

STATES = {"state.member", "state.revoked"}
PRECEDENCE = {"precedence.bad-bearer", "precedence.bad-x-api-key"}
BEHIND_FIRST_KEY = {"malformed.basic", "malformed.two-spaces", "caching"} | STATES | PRECEDENCE
BY_PROXY = {f"accepted.proxy.{way}" for way in ("bearer", "x-api-key", "upper-case-name")}


@dataclass(frozen=True)
class Row:
    """Who is to fail for ``answer``, who is blocked, which of the failures are security failures."""

    answer: Callable[[Sent], Said]
    failed: set[str]
    blocked: set[str] = field(default_factory=set)
    security: set[str] = field(default_factory=set)


ROWS = [
    Row(platforms.no_x_api_key, {"accepted.proxy.x-api-key"}, PRECEDENCE),
    Row(
        platforms.only_x_api_key,
        {"bad-key", "bad.direct", "accepted.proxy.bearer", "accepted.proxy.upper-case-name", "accepted.direct.bearer"}
        | {"consistency", "propagation", "rate-limit", "validation.accepted", "validation.bad"},
        BEHIND_FIRST_KEY,
    ),
    Row(platforms.names_in_one_case, {"accepted.proxy.upper-case-name"}),
    Row(platforms.any_scheme, {"malformed.basic", "malformed.two-spaces"}),
    Row(platforms.last_header_wins, PRECEDENCE),
    Row(platforms.open_to_no_key, {"missing.direct"}, security={"missing.direct"}),
    Row(
        platforms.open_when_empty,
        {"empty.bearer", "empty.x-api-key", "malformed.basic"},
        security={"empty.bearer", "empty.x-api-key"},
    ),
    Row(
        platforms.open_to_any_key,
        {"bad-key", "bad.direct", "malformed.two-spaces", "validation.bad"} | STATES,
        {"caching"} | PRECEDENCE,
        security={"bad-key", "bad.direct", "validation.bad"} | STATES,
    ),
    Row(platforms.open_to_any_key_directly, {"bad.direct"}, security={"bad.direct"}),
    Row(platforms.asks_no_rights, {"state.member"}, security={"state.member"}),
    Row(platforms.forgets_revocation, {"state.revoked"}, security={"state.revoked"}),
    Row(
        platforms.dead_monitor_key,
        {"accepted.direct.bearer", "consistency", "propagation", "rate-limit", "validation.accepted"} | BY_PROXY,
        BEHIND_FIRST_KEY,
    ),
    Row(platforms.dead_second_key, {"consistency"}),
    Row(platforms.key_lost_in_the_proxy, {"consistency", "propagation", "rate-limit"} | BY_PROXY, BEHIND_FIRST_KEY),
    Row(platforms.key_lost_past_the_proxy, {"accepted.direct.bearer", "propagation"}),
    Row(platforms.validation_open, {"validation.bad"}, security={"validation.bad"}),
    Row(platforms.validation_dead, {"validation.accepted", "validation.bad"}),
    Row(
        platforms.no_authentication_service,
        {"bad-key", "bad.direct", "accepted.direct.bearer", "consistency", "propagation", "rate-limit"} | BY_PROXY,
        BEHIND_FIRST_KEY,
    ),
    Row(
        platforms.limited,
        {"accepted.direct.bearer", "consistency", "propagation", "rate-limit", "validation.accepted"} | BY_PROXY,
        BEHIND_FIRST_KEY,
    ),
]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running_platform() as served:
        yield served


def test_healthy_platform__passes_all_but_the_probe_that_is_switched_off(platform: Platform) -> None:
    """No check is red on a platform that treats keys as its target says."""
    results = run_suite(target_of(platform))
    assert ids(results, Status.SKIPPED) == {"rate-limit-probe"}
    assert ids(results, Status.PASS) == set(results) - {"rate-limit-probe"}
    assert len(results) == 23


def test_bad_keys__are_few_and_bear_their_prefix_and_good_keys_are_not_among_them(platform: Platform) -> None:
    """At most six deliberate bad keys, however many places there are; the rest are keys of the target, or none."""
    run_suite(target_of(platform))
    keys = {key for sent in platform.sent for key in sent.keys.values()}
    bad = {key for key in keys if key.startswith(BAD)}
    assert len(bad) == 6
    assert {key.strip() for key in keys - bad} == set(KEYS.values())


def test_light_depth__is_one_bad_key(platform: Platform) -> None:
    """Each minute one random key tells whether the authentication service works."""
    target = target_of(platform)
    context = SuiteContext("fake-run", target, None, None, None, None, is_inside_vpc=False)  # type: ignore[arg-type]
    light = [check for check in authentication.checks(context) if check.depth == "light"]
    assert [(check.id, check.service, len(check.requests)) for check in light] == [
        ("authentication.bad-key", "auth", 1)
    ]


def test_target_without_the_section__has_no_checks(platform: Platform) -> None:
    """What is not configured is not there; the score of the suite is then "no data"."""
    target = load_target("hokusai-development").model_copy(update={"authentication": None})
    context = SuiteContext("fake-run", target, None, None, None, None, is_inside_vpc=False)  # type: ignore[arg-type]
    assert authentication.checks(context) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.answer.__name__)
def test_fault__fails_exactly_what_it_breaks(platform: Platform, row: Row) -> None:
    """Each check fails for a reason of its own, and what proves nothing without a valid key is blocked."""
    platform.answer = row.answer
    results = run_suite(target_of(platform))
    assert ids(results, Status.FAIL) == row.failed
    assert ids(results, Status.BLOCKED) == row.blocked
    assert {name for name, result in results.items() if result.is_security_failure} == row.security
    assert ids(results, Status.UNKNOWN, Status.FLAKY) == set()


def test_silence__fails_with_what_happened_on_the_way(platform: Platform) -> None:
    """No answer is no refusal."""
    target = target_of(platform)
    section = target.authentication
    assert section is not None
    gone = section.places[0].model_copy(update={"url": "http://127.0.0.1:1/proxy"})
    silent = section.model_copy(update={"places": (gone, *section.places[1:])})
    results = run_suite(target.model_copy(update={"authentication": silent}))
    assert {"bad-key", "missing.proxy", "consistency", "propagation", "rate-limit"} <= ids(results, Status.FAIL)
    assert ids(results, Status.PASS) >= {"missing.direct", "bad.direct", "accepted.direct.bearer"}
    assert results["bad-key"].seen == "refused the connection"
    assert not any(result.is_security_failure for result in results.values())
