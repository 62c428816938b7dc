"""The checks of the suite ``authentication`` that take more than one request, or that ask more than the places."""

from collections.abc import Sequence
from dataclasses import replace

from registry_monitor.clients.http import HttpError
from registry_monitor.model import Attempt, Check, Outcome
from registry_monitor.suites.asking import fresh_bad_key
from registry_monitor.suites.authentication_place import KeyedPlace
from registry_monitor.suites.authentication_sequences import (
    SAME_ANSWERS,
    Step,
    at_once,
    consistency,
    in_order,
    probe_rate_limit,
    propagation,
)
from registry_monitor.suites.key_refusals import Refusal
from registry_monitor.suites.rate_limits import judge_told_limits
from registry_monitor.target import ProtectedPlace

_TIMEOUT_S = 45.0  # a slow authentication service takes seconds for each request


def sequence_checks(places: Sequence[KeyedPlace], bad_key_check: str) -> list[Check]:
    """Precedence, consistency, propagation, caching, validation and rate limits, in this order."""
    first = places[0]
    return [
        *_precedence_checks(first, bad_key_check),
        *_consistency_checks(first),
        _propagation_check(places),
        _caching_check(first, bad_key_check),
        *_validation_checks(places),
        _rate_limit_check(first),
        _rate_limit_probe_check(first),
    ]


def _precedence_checks(first: KeyedPlace, bad_key_check: str) -> list[Check]:
    """Both headers are sent: the bad key alone decides in the winner, and does nothing in the loser."""
    authentication = first.authentication
    if authentication.first_header_wins is None:
        return []
    winner, loser = (first.named(header) for header in authentication.first_header_wins)
    name, bad_key = first.key_name, fresh_bad_key(authentication)
    sent = f"a random key ({winner.id}) beside a valid one ({loser.id})"
    refusal = Refusal(sent, first.rules.invalid, is_door=False)

    def bad_wins(attempt: Attempt) -> Outcome:
        return first.refuses(attempt, refusal, key=first.key(name, loser), headers=first.bare(bad_key, winner))

    def good_wins(attempt: Attempt) -> Outcome:
        sent = f"a valid key ({winner.id}) beside a random one ({loser.id})"
        return first.accepts(attempt, first.key(name, winner), sent, headers=first.bare(bad_key, loser))

    after = (bad_key_check, *(first.accepted_check_of(header) for header in (winner, loser)))
    return [
        replace(first.check(f"precedence.bad-{winner.id}", bad_wins), after=after),
        replace(first.check(f"precedence.bad-{loser.id}", good_wins), after=after),
    ]


def _consistency_checks(first: KeyedPlace) -> list[Check]:
    names = first.authentication.consistent_keys
    if not names:
        return []
    check = first.check("consistency", lambda attempt: consistency(attempt, first, names), SAME_ANSWERS * len(names))
    return [replace(check, timeout_s=_TIMEOUT_S, service=first.judge, at_once=at_once(first, names))]


def _propagation_check(places: Sequence[KeyedPlace]) -> Check:
    first, mlflow = places[0], places[0].context.target.mlflow.service
    straight = next((each for each in places[1:] if _is_other_way(first, each, mlflow)), None)
    if straight is None:
        check = first.check("propagation", _not_asked, requests=0)
        return replace(check, skip=f"the target names no place of '{mlflow}' that answers as {first.place.id} does")
    run = lambda attempt: propagation(attempt, first, straight, first.key_name)  # noqa: E731
    requests = (first.told, straight.told)
    return replace(first.check("propagation", run), timeout_s=_TIMEOUT_S, requests=requests)


def _is_other_way(first: KeyedPlace, other: KeyedPlace, mlflow: str) -> bool:
    there, here = other.place, first.place
    return there.service == mlflow != here.service and there.accepted == here.accepted


def _caching_check(first: KeyedPlace, bad_key_check: str) -> Check:
    """A cache must give each key its own answer, whichever was asked about before. Nothing is read from times."""
    name = first.key_name
    one, another = fresh_bad_key(first.authentication), fresh_bad_key(first.authentication)

    def refused(bad_key: str, told: str) -> Step:
        refusal = Refusal(told, first.rules.invalid)
        return Step(told, lambda attempt: first.refuses(attempt, refusal, headers=first.bare(bad_key)))

    def accepted(told: str) -> Step:
        return Step(told, lambda attempt: first.accepts(attempt, first.key(name), told))

    steps = (
        refused(one, "a random key"),
        accepted("a valid key after it"),
        refused(one, "the same random key again"),
        accepted("the valid key again"),
        refused(another, "a second random key"),
    )
    told = "accepted a valid key and refused random ones, whatever was asked before"
    check = first.check("caching", lambda attempt: in_order(attempt, steps, told), len(steps))
    return replace(check, after=(bad_key_check, first.accepted_check), timeout_s=_TIMEOUT_S)


def _validation_checks(places: Sequence[KeyedPlace]) -> list[Check]:
    """The authentication service itself, asked as the other services ask it."""
    authentication = places[0].authentication
    validation = authentication.validation
    if validation is None or authentication.service is None:
        return []
    own = next((each for each in places if each.place.service == authentication.service), places[0])
    place = ProtectedPlace(
        id="key-validation",
        service=authentication.service,
        url=validation.url,
        takes=own.place.takes[:1],
        accepted=validation.accepted,
    )
    asked = KeyedPlace(own.context, authentication, place, "POST", validation.body)
    name, bad_key = own.key_name, fresh_bad_key(authentication)
    refusal = Refusal("a random key", asked.rules.invalid)

    def accepted(attempt: Attempt) -> Outcome:
        return asked.accepts(attempt, asked.key(name), f"the key '{name}'")

    def refused(attempt: Attempt) -> Outcome:
        return asked.refuses(attempt, refusal, headers=asked.bare(bad_key))

    return [asked.check("validation.accepted", accepted), asked.check("validation.bad", refused)]


def _rate_limit_check(first: KeyedPlace) -> Check:
    name = first.key_name

    def run(attempt: Attempt) -> Outcome:
        try:
            answer = first.fetch(attempt, key=first.key(name))
        except HttpError as error:
            return first.silence(error)
        return judge_told_limits(answer, f"the key '{name}'", first.rules, first.authentication.budget_ms)

    return replace(first.check("rate-limit", run), service=first.judge)


def _rate_limit_probe_check(first: KeyedPlace) -> Check:
    authentication, target = first.authentication, first.context.target
    requests = authentication.rate_limit_probe_requests
    if requests is None:
        skip: str | None = "it is switched off: the target sets no authentication.rate_limit_probe_requests"
    elif requests > target.limits.requests_per_host // 2:
        skip = f"{requests} requests are more than half of what limits.requests_per_host of the target leaves to all"
    else:
        skip = None
    # Limits are counted for each key: another key than the monitor's, where there is one, leaves it its own.
    name = next((each for each in authentication.consistent_keys if each != first.key_name), first.key_name)
    check = first.check(
        "rate-limit-probe", lambda attempt: probe_rate_limit(attempt, first, name, requests or 0), requests or 0
    )
    return replace(check, skip=skip, timeout_s=_TIMEOUT_S, only_when_well=True)


def _not_asked(attempt: Attempt) -> Outcome:
    raise AssertionError("this check is skipped")
