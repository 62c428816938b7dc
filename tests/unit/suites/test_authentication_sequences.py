"""What the suite says in words, and what more than one request tells: caches, flickering doors, rate limits."""

from collections.abc import Callable, Iterator

import pytest

from registry_monitor.model import Status
from tests.unit.suites import authentication_misbehaviour as platforms
from tests.unit.suites.authentication_platform import (
    INVALID,
    KEYS,
    LET_IN,
    LIMIT,
    Platform,
    Said,
    Sent,
    healthy,
    ids,
    run_suite,
    running_platform,
    target_of,
)


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running_platform() as served:
        yield served


@pytest.mark.parametrize(
    ("answer", "check", "told"),
    [
        (platforms.no_authentication_service, "bad-key", "the authentication service is in trouble: answered 503"),
        (platforms.open_to_any_key, "bad-key", "accepted a random key: answered 200"),
        (platforms.forgets_revocation, "state.revoked", "accepted the key 'revoked', which is revoked: answered 200"),
        (platforms.forgets_revocation, "state.revoked", "until the platform's cache has forgotten it"),
        (
            platforms.dead_second_key,
            "consistency",
            "accepted 'admin', but refused the key 'second' as invalid: answered 401",
        ),
        (platforms.dead_monitor_key, "consistency", "accepted 'second', but refused the key 'admin' as invalid"),
        (
            platforms.no_authentication_service,
            "consistency",
            "accepted none of the keys: it did not accept the key 'admin': answered 503",
        ),
        (
            platforms.key_lost_in_the_proxy,
            "propagation",
            "fails on the proxy's side, while direct accepts the key: proxy did not see",
        ),
        (
            platforms.key_lost_past_the_proxy,
            "propagation",
            "accepts the key, while direct does not: direct did not see",
        ),
        (platforms.dead_monitor_key, "propagation", "does not accept the key, and neither does direct: proxy refused"),
        (platforms.limited, "rate-limit", "met a rate limit: answered 429"),
        (platforms.limited, "consistency", "accepted 'second', but met a rate limit"),
    ],
)
def test_fault__is_told_in_words(platform: Platform, answer: Callable[[Sent], Said], check: str, told: str) -> None:
    """Which key, which side, whose trouble: a reader need not compare answers."""
    platform.answer = answer
    assert told in run_suite(target_of(platform))[check].sentence


def asks_caching(sent: Sent) -> bool:
    return sent.headers["X-Request-Id"].endswith("authentication.caching")


class MixedUpCache:
    """Remembers what it answered a valid key, but not which key that was."""

    def __init__(self) -> None:
        self.is_let_in = False

    def __call__(self, sent: Sent) -> Said:
        if not asks_caching(sent):
            return healthy(sent)
        self.is_let_in |= sent.key == KEYS["admin"]
        return LET_IN if self.is_let_in else INVALID


class CacheOfFailures:
    """Remembers a refusal until the next request, whose key it refuses too."""

    def __init__(self) -> None:
        self.is_refused = False

    def __call__(self, sent: Sent) -> Said:
        if not asks_caching(sent):
            return healthy(sent)
        was_refused, self.is_refused = self.is_refused, healthy(sent) == INVALID
        return INVALID if was_refused else healthy(sent)


@pytest.mark.parametrize(
    ("cache", "told", "is_security_failure"),
    [
        (MixedUpCache(), "accepted the same random key again: answered 200", True),
        (CacheOfFailures(), "refused a valid key after it as invalid: answered 401", False),
    ],
    ids=["mixes up keys", "remembers failures"],
)
def test_caching__is_judged_by_what_it_must_do(
    platform: Platform, cache: Callable[[Sent], Said], told: str, *, is_security_failure: bool
) -> None:
    """A cache that gives one key the answer of another is found by order, without any time."""
    platform.answer = cache
    results = run_suite(target_of(platform))
    assert ids(results, Status.FAIL) == {"caching"}
    assert told in results["caching"].seen
    assert results["caching"].is_security_failure is is_security_failure


def test_flickering_door__stays_a_security_failure(platform: Platform) -> None:
    """A random key that is let in once is not asked again until it is refused."""
    let_in: list[Sent] = []

    def once(sent: Sent) -> Said:
        if sent.headers["X-Request-Id"].endswith("bad-key") and not let_in:
            let_in.append(sent)
            return LET_IN
        return healthy(sent)

    platform.answer = once
    assert run_suite(target_of(platform))["bad-key"].is_security_failure
    bad_key = next(sent.key for sent in platform.sent if "bad-key" in sent.headers["X-Request-Id"])
    assert [sent.key for sent in platform.sent].count(bad_key) == 1


def test_limit__is_asked_once_by_each_check_and_not_confirmed(platform: Platform) -> None:
    """Nothing is asked again against a rate limit."""
    platform.answer = platforms.limited
    results = run_suite(target_of(platform))
    assert {len(results[name].attempts) for name in ids(results, Status.FAIL)} == {1}


def test_rate_limit_probe__stops_at_the_first_limit(platform: Platform) -> None:
    """Where the target switches it on it sends no more than it must, with another key than the monitor's."""
    met_at = 3

    def limit_of_the_probe(sent: Sent) -> Said:
        if "rate-limit-probe" not in sent.headers["X-Request-Id"]:
            return healthy(sent)
        probes = [each for each in platform.sent if "rate-limit-probe" in each.headers["X-Request-Id"]]
        return LIMIT if len(probes) >= met_at else healthy(sent)

    platform.answer = limit_of_the_probe
    results = run_suite(target_of(platform, rate_limit_probe_requests=10))
    probes = [sent.key for sent in platform.sent if "rate-limit-probe" in sent.headers["X-Request-Id"]]
    assert probes == [KEYS["second"]] * met_at
    assert results["rate-limit-probe"].status is Status.FAIL
    assert "without Retry-After, after 3 of 10 requests" in results["rate-limit-probe"].seen


def test_rate_limit_probe__finds_no_limit_in_its_requests(platform: Platform) -> None:
    """That there is none within so many requests is an observation, and no failure."""
    result = run_suite(target_of(platform, rate_limit_probe_requests=10))["rate-limit-probe"]
    assert (result.status, result.seen) == (Status.PASS, "met no rate limit within 10 of 10 requests")
    assert len(result.observations) == 1


@pytest.mark.parametrize("requests", [None, 1000])
def test_rate_limit_probe__that_is_off_or_too_greedy_is_skipped(platform: Platform, requests: int | None) -> None:
    """It is off by default, and never takes the requests that other checks need."""
    results = run_suite(target_of(platform, rate_limit_probe_requests=requests))
    assert results["rate-limit-probe"].status is Status.SKIPPED
    assert not [sent for sent in platform.sent if "rate-limit-probe" in sent.headers["X-Request-Id"]]
