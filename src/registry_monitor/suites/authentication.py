"""Keys should open what they are for, and nothing else: sent in each documented way, on each place that takes keys.

*Passes when* a valid key is accepted in every way that a place takes it; a key that is missing, empty, malformed,
random, revoked or of another service is refused with exactly the documented answer; and no answer depends on which
valid key is asked with, on what was asked before, or on the way to MLflow. A random key is the probe of whoever
judges keys: failures are never cached, so no cache can hide an outage from it. Whatever should
be refused and is let in is a security failure.
*Needs* the keys of the target's secret. Makes at most six deliberate bad keys a run, and one in a light run.
"""

from dataclasses import replace

from registry_monitor.model import Attempt, Check, Depth, Outcome, SuiteName
from registry_monitor.suites.asking import fresh_bad_key
from registry_monitor.suites.authentication_place import KeyedPlace
from registry_monitor.suites.authentication_sequence_checks import sequence_checks
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.key_refusals import Refusal, told_stale
from registry_monitor.target import KeyHeader, KeyState

SUITE = SuiteName.AUTHENTICATION
BAD_KEY_CHECK = f"{SUITE}.bad-key"
_NO_KEY = "a request without a key"
_RANDOM = "a random key"


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported; none where the target names no places."""
    authentication = context.target.authentication
    if authentication is None:
        return []
    places = [KeyedPlace(context, authentication, place) for place in authentication.places]
    first, others = places[0], places[1:]
    listed = [_bad_key_check(first)]
    for place in places:
        listed.append(_missing_check(place))
        listed.extend(_accepted_check(place, header) for header in _ways(place, is_first=place is first))
    bad_key = fresh_bad_key(authentication)
    listed.extend(_bad_check(place, bad_key) for place in others)
    listed.extend(_malformed_check(first, header) for header in authentication.headers if header.expect != "accepted")
    listed.extend(_empty_check(first, header) for header in _one_a_name(_ways(first, is_first=True)))
    listed.extend(_state_check(first, state) for state in authentication.keys)
    listed.extend(sequence_checks(places, BAD_KEY_CHECK))
    return listed


def _bad_key_check(first: KeyedPlace) -> Check:
    """The one bad key of a light run: it reaches whoever judges keys past every cache."""
    check = _refused_check(first, "bad-key", fresh_bad_key(first.authentication))
    return replace(check, depth=Depth.LIGHT, service=first.judge)


def _bad_check(place: KeyedPlace, bad_key: str) -> Check:
    return _refused_check(place, f"bad.{place.place.id}", bad_key)


def _refused_check(place: KeyedPlace, name: str, bad_key: str) -> Check:
    refusal = Refusal(_RANDOM, place.rules.invalid)

    def run(attempt: Attempt) -> Outcome:
        return place.refuses(attempt, refusal, headers=place.bare(bad_key))

    return replace(place.check(name, run), sends_bad_key=True)


def _missing_check(place: KeyedPlace) -> Check:
    refusal = Refusal(_NO_KEY, place.rules.missing, asks_auth=False)
    return place.check(f"missing.{place.place.id}", lambda attempt: place.refuses(attempt, refusal))


def _ways(place: KeyedPlace, *, is_first: bool) -> list[KeyHeader]:
    """The ways to send a key that a place takes; those that no place is said to take are tried on the first one."""
    takes = [place.named(header) for header in place.place.takes]
    if is_first:
        named = {header for each in place.authentication.places for header in each.takes}
        counted = [header for header in place.authentication.headers if header.expect == "accepted"]
        takes.extend(header for header in counted if header.id not in named)
    return takes


def _accepted_check(place: KeyedPlace, header: KeyHeader) -> Check:
    name = place.key_name
    sent = f"the key '{name}' (sent as {header.id})"

    def run(attempt: Attempt) -> Outcome:
        return place.accepts(attempt, place.key(name, header), sent)

    return place.check(f"accepted.{place.place.id}.{header.id}", run)


def _malformed_check(first: KeyedPlace, header: KeyHeader) -> Check:
    """A valid key, sent in a way that does not count. That nothing is refused but for this, ``after`` sees to."""
    name = first.key_name
    expect = first.rules.missing if header.expect == "missing" else first.rules.invalid
    refusal = Refusal(f"a valid key (sent as {header.id})", expect, is_door=False, asks_auth=header.expect == "invalid")

    def run(attempt: Attempt) -> Outcome:
        return first.refuses(attempt, refusal, key=first.key(name, header))

    return replace(first.check(f"malformed.{header.id}", run), after=(first.accepted_check,))


def _one_a_name(ways: list[KeyHeader]) -> list[KeyHeader]:
    """One way to send a key for each header that counts, whatever the case of its name."""
    by_name: dict[str, KeyHeader] = {}
    for header in ways:
        by_name.setdefault(header.header.lower(), header)
    return list(by_name.values())


def _empty_check(first: KeyedPlace, header: KeyHeader) -> Check:
    refusal = Refusal(f"an empty key (sent as {header.id})", first.rules.missing, asks_auth=False)

    def run(attempt: Attempt) -> Outcome:
        return first.refuses(attempt, refusal, headers=first.bare("", header))

    return first.check(f"empty.{header.id}", run)


def _state_check(first: KeyedPlace, state: KeyState) -> Check:
    """What a key of a certain state is answered. Without a key that is accepted, a refusal would prove nothing."""
    sent = f"the key '{state.key}', which is {state.state}"
    rules = first.rules
    is_refused = state.expect.status in (rules.invalid.status, rules.missing.status)
    refusal = Refusal(sent, state.expect, is_door=is_refused or state.expect.status == 403)

    def run(attempt: Attempt) -> Outcome:
        if state.expect.status < 400:
            return _as_answered(first, state).accepts(attempt, first.key(state.key), sent)
        outcome = first.refuses(attempt, refusal, key=first.key(state.key))
        return told_stale(outcome) if is_refused else outcome

    check = first.check(f"state.{state.key}", run)
    return replace(check, after=(first.accepted_check,), service=first.judge)


def _as_answered(place: KeyedPlace, state: KeyState) -> KeyedPlace:
    """The same place, as a valid key of this state should be answered there."""
    return replace(place, place=place.place.model_copy(update={"accepted": state.expect}))
