"""Reads what an answer says of the key that was sent, or of the key that was not. Pure.

A status alone does not tell: in some platforms every failure is a 401, and only its body says whether the key is
wrong or the authentication service is in trouble; and a 403 to a random key means that it was taken for a valid one.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from registry_monitor.clients.http import Answer
from registry_monitor.model import Outcome
from registry_monitor.suites.expecting import describe, difference, evidence_of
from registry_monitor.target import Expectation

# A limit is 429 (RFC 6585); what stands between may turn it into another refusal, and then its words remain.
_LIMIT = re.compile(r"rate.?limit|too many requests", re.IGNORECASE)
_STALE = "a key that was valid a short time ago stays so until the platform's cache has forgotten it"


class Meaning(StrEnum):
    """What an answer says of a key."""

    INVALID = "the key was seen, and refused"
    MISSING = "no key was seen"
    LIMITED = "a rate limit was met"
    TAKEN = "it was let in"
    RIGHTS = "the key was taken for a valid one, whose holder has no access"
    TROUBLE = "whoever judges keys could not be asked about the key"
    ELSEWHERE = "the application was not reached"
    UNCLEAR = "neither a refusal nor an acceptance"


@dataclass(frozen=True)
class KeyRules:
    """How one place answers keys. ``behind``: parts of bodies that nobody sees who was not let in.

    ``judge``: who tells whether a key is valid, as sentences name it.
    """

    missing: Expectation
    invalid: Expectation
    accepted: Expectation
    behind: tuple[str, ...] = ()
    judge: str = "the authentication service"


@dataclass(frozen=True)
class Refusal:
    """What should be refused, and how. ``sent``: a noun, such as "a random key".

    ``is_door``: whether an acceptance is a security failure. ``asks_auth``: whether the place has to ask whoever judges
    keys before it can refuse.
    """

    sent: str
    expect: Expectation
    is_door: bool = True
    asks_auth: bool = True


def fits(answer: Answer, expectation: Expectation) -> bool:
    """Whether an answer is exactly the one that is expected."""
    return difference(answer, expectation) is None


def read(answer: Answer, rules: KeyRules) -> Meaning:
    """What an answer says of the key that was sent."""
    if fits(answer, rules.invalid):
        return Meaning.INVALID
    if fits(answer, rules.missing):
        return Meaning.MISSING
    if is_limit(answer):
        return Meaning.LIMITED
    if fits(answer, rules.accepted):
        return Meaning.TAKEN
    if answer.written_by in ("load balancer", "firewall"):
        return Meaning.ELSEWHERE
    # Where nothing has come, nothing has come from behind the door: a proxy may answer 204 to everything.
    if (200 <= answer.status < 300 and answer.body) or _is_behind(answer, rules):
        return Meaning.TAKEN
    if answer.status in (402, 403) and _is_object(answer):  # a firewall's or MLflow's own 403 is no JSON
        return Meaning.RIGHTS
    # About a key that it does not know the application has nothing to do but to ask the authentication service.
    return Meaning.TROUBLE if answer.status == 401 or answer.status >= 500 else Meaning.UNCLEAR


def is_limit(answer: Answer) -> bool:
    """Whether an answer is the refusal of a rate limit."""
    return answer.status == 429 or (answer.status in (401, 403, 503) and bool(_LIMIT.search(answer.text)))


def told_limit(answer: Answer) -> str:
    """A clause about a rate limit that was met, with the time after which one may ask again."""
    after = answer.headers.get("Retry-After")
    return f"met a rate limit: {answer.describe()} {f'with Retry-After {after}' if after else 'without Retry-After'}"


def judge_refusal(answer: Answer, refusal: Refusal, rules: KeyRules, budget_ms: float | None = None) -> Outcome:
    """PASS or SLOW for exactly the expected refusal; an acceptance is a security failure where it is a door."""
    is_right = fits(answer, refusal.expect)
    meaning = read(answer, rules)
    is_let_in = not is_right and _is_let_in(meaning, refusal, rules)
    outcome = Outcome.judge(
        is_right,
        expected=f"to refuse it with {describe(refusal.expect)}",
        seen=f"refused {refusal.sent}" if is_right else _told(answer, refusal, meaning, rules, is_let_in=is_let_in),
        evidence=evidence_of(answer, has_key=True),
        latency_ms=answer.elapsed_ms,
        budget_ms=budget_ms,
        is_final=meaning is Meaning.LIMITED,
    )
    if is_let_in and refusal.is_door:
        # A door that stood open once was open: asked again it could look like a passing disturbance.
        return outcome.model_copy(update={"is_security_failure": True, "is_final": True})
    return outcome


def judge_acceptance(answer: Answer, sent: str, rules: KeyRules, budget_ms: float | None = None) -> Outcome:
    """PASS or SLOW for a key that is taken; otherwise what kept it from being taken.

    What answers behind the check of keys proves that the key was taken, even where it is broken itself: that is told
    by the suites that ask for it, and is no fault of authentication.
    """
    differs = difference(answer, rules.accepted)
    is_behind = differs is not None and _answers_behind(answer, rules)
    seen = f"accepted {sent}" if differs is None else _told_unaccepted(answer, sent, rules, differs)
    return Outcome.judge(
        differs is None or is_behind,
        expected=f"to accept it with {describe(rules.accepted)}",
        seen=f"let {sent} in; what stands behind it {answer.describe()}" if is_behind else seen,
        evidence=evidence_of(answer, has_key=True),
        latency_ms=answer.elapsed_ms,
        budget_ms=budget_ms,
        is_final=is_limit(answer),
    )


def _answers_behind(answer: Answer, rules: KeyRules) -> bool:
    """Whether MLflow itself, or the way to it, answered a request with a valid key."""
    is_refused = fits(answer, rules.missing) or fits(answer, rules.invalid) or is_limit(answer)
    return not is_refused and (answer.written_by == "MLflow" or any(text in answer.text for text in rules.behind))


def _is_behind(answer: Answer, rules: KeyRules) -> bool:
    """Whether it speaks of what lies behind the check of keys: the way to MLflow, or an error of MLflow's own API."""
    is_of_mlflow = answer.written_by == "MLflow" and _is_object(answer)
    return is_of_mlflow or any(text in answer.text for text in rules.behind)


def _is_object(answer: Answer) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _is_let_in(meaning: Meaning, refusal: Refusal, rules: KeyRules) -> bool:
    """Whether what should be refused came through; a key that should be none counts for one when it has an owner."""
    has_owner = meaning is Meaning.RIGHTS and refusal.asks_auth and refusal.expect.status == rules.invalid.status
    return meaning is Meaning.TAKEN or has_owner


def _told(answer: Answer, refusal: Refusal, meaning: Meaning, rules: KeyRules, *, is_let_in: bool) -> str:
    sent, answered = refusal.sent, answer.describe()
    if is_let_in:
        return f"accepted {sent}: {answered}"
    match meaning:
        case Meaning.LIMITED:
            return told_limit(answer)
        case Meaning.TROUBLE if refusal.asks_auth:
            return f"could not find out about {sent}, {rules.judge} is in trouble: {answered}"
        case Meaning.MISSING:
            return f"did not see {sent}: {answered}"
        case Meaning.INVALID:
            return f"took {sent} for a key that is invalid: {answered}"
        case Meaning.ELSEWHERE:
            return f"did not get {sent}, which ended on the way: {answered}"
        case _:
            return f"did not refuse {sent} as it should: {answered}"


def _told_unaccepted(answer: Answer, sent: str, rules: KeyRules, differs: str) -> str:
    answered = answer.describe()
    match read(answer, rules):
        case Meaning.RIGHTS:
            return f"knows {sent} and gives its holder no access: {answered}"
        case Meaning.INVALID:
            return f"refused {sent} as invalid: {answered}"
        case Meaning.MISSING:
            return f"did not see {sent}: {answered}"
        case Meaning.LIMITED:
            return told_limit(answer)
        case Meaning.TROUBLE if answer.status == 401:
            return f"could not find out about {sent}, {rules.judge} is in trouble: {answered}"
        case _:
            return f"did not accept {sent}: {answered}{'' if differs.startswith('status ') else f', {differs}'}"


def told_stale(outcome: Outcome) -> Outcome:
    """Of a key that is no longer valid and was accepted: what a reader must know of caches."""
    if not outcome.is_security_failure:
        return outcome
    return outcome.model_copy(update={"seen": f"{outcome.seen}; {_STALE}"})
