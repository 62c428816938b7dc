"""What more than one request tells of keys: whether answers agree, and whether caches mix them up.

Each stops at the first wrong answer: a platform in trouble is not asked for more.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.model import Attempt, Outcome, Status
from registry_monitor.suites.authentication_place import KeyedPlace
from registry_monitor.suites.key_refusals import fits
from registry_monitor.suites.rate_limits import judge_probe

SAME_ANSWERS = 3  # requests with each key
_TO_END_S = 1.0  # a probe that is about to run out of time tells how far it came


@dataclass(frozen=True)
class Step:
    """One request of a sequence. ``told``: a noun, such as "the same random key again"."""

    told: str
    ask: Callable[[Attempt], Outcome]


def in_order(attempt: Attempt, steps: Sequence[Step], told: str) -> Outcome:
    """Ask one after another; the first wrong answer is the outcome, else the slowest. ``told``: what all prove."""
    passed: list[Outcome] = []
    for number, step in enumerate(steps, start=1):
        outcome = step.ask(attempt)
        if not outcome.status.is_passed:
            return outcome.model_copy(
                update={"seen": f"{outcome.seen} (request {number} of {len(steps)}: {step.told})"}
            )
        passed.append(outcome)
    return _retold(_slowest(passed), told)


def consistency(attempt: Attempt, place: KeyedPlace, names: Sequence[str]) -> Outcome:
    """Ask with several keys side by side (``at_once``), each a few times in a row. Raises CannotTellError."""

    def ask(name: str) -> Outcome:
        step = Step(f"key '{name}'", lambda attempt: place.accepts(attempt, place.key(name), f"the key '{name}'"))
        return in_order(attempt, [step] * SAME_ANSWERS, f"accepted the key '{name}'")

    with ThreadPoolExecutor(max_workers=at_once(place, names)) as pool:
        return judge_consistency(dict(zip(names, pool.map(ask, names), strict=True)))


def at_once(place: KeyedPlace, names: Sequence[str]) -> int:
    """How many keys are asked with side by side: all, within the target's limit."""
    return min(len(names), place.context.target.limits.concurrency_per_host)


def judge_consistency(by_key: Mapping[str, Outcome]) -> Outcome:
    """PASS when all keys got the accepted answer; else which one differs. Pure."""
    accepted = [name for name, outcome in by_key.items() if outcome.status.is_passed]
    wrong = [outcome for outcome in by_key.values() if not outcome.status.is_passed]
    if not wrong:
        return _retold(
            _slowest(by_key.values()), f"accepted the keys {_listed(accepted)} alike, {SAME_ANSWERS} times each"
        )
    differs = f"accepted {_listed(accepted)}, but" if accepted else "accepted none of the keys: it"
    seen = f"{differs} {', and '.join(outcome.seen for outcome in wrong)}"
    return wrong[0].model_copy(update={"seen": seen, "is_final": any(outcome.is_final for outcome in wrong)})


@dataclass(frozen=True)
class Side:
    """What one of two ways to the same thing said to a key."""

    place: str
    outcome: Outcome


def propagation(attempt: Attempt, through: KeyedPlace, straight: KeyedPlace, name: str) -> Outcome:
    """Ask through the proxy and past it with the same key. Raises CannotTellError."""
    sides = [
        Side(place.place.id, place.accepts(attempt, place.key(name), f"the key '{name}'"))
        for place in (through, straight)
    ]
    return judge_propagation(*sides)


def judge_propagation(through: Side, straight: Side) -> Outcome:
    """PASS when both ways accept the key; else on which side it is lost. Pure."""
    if through.outcome.status.is_passed and straight.outcome.status.is_passed:
        slowest = _slowest((through.outcome, straight.outcome))
        return _retold(slowest, f"takes the key, and so does {straight.place}")
    if straight.outcome.status.is_passed:
        side, lost = through, f"fails on the proxy's side, while {straight.place} accepts the key"
    elif through.outcome.status.is_passed:
        side, lost = straight, f"accepts the key, while {straight.place} does not"
    else:
        side, lost = through, f"does not accept the key, and neither does {straight.place}"
    evidence = {"through": through.outcome.evidence, "straight": straight.outcome.evidence}
    is_final = through.outcome.is_final or straight.outcome.is_final
    seen = f"{lost}: {side.place} {side.outcome.seen}"
    return side.outcome.model_copy(update={"seen": seen, "evidence": evidence, "is_final": is_final})


def probe_rate_limit(attempt: Attempt, place: KeyedPlace, name: str, requests: int) -> Outcome:
    """Send requests until one is not accepted, or time is nearly over. Raises CannotTellError."""
    answers: list[Answer] = []
    while len(answers) < requests and (not answers or attempt.remaining_s > _TO_END_S):
        try:
            answers.append(place.fetch(attempt, key=place.key(name)))
        except HttpError as error:
            outcome = place.silence(error)
            seen = f"{outcome.seen}, after {len(answers)} of {requests} requests"
            return outcome.model_copy(update={"seen": seen, "is_final": True})
        if not fits(answers[-1], place.place.accepted):
            break
    return judge_probe(answers, requests, place.rules, place.subject)


def _slowest(outcomes: Collection[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: outcome.latency_ms or 0.0)


def _retold(outcome: Outcome, told: str) -> Outcome:
    """A passed outcome with what a whole sequence proves, and the slowest answer's latency."""
    over = f", over its budget of {outcome.budget_ms:.0f} ms" if outcome.status is Status.SLOW else ""
    return outcome.model_copy(update={"seen": f"{told}{over}"})


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)
