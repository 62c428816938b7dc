"""Judges what answers tell of rate limits. Pure."""

from pydantic import JsonValue

from registry_monitor.clients.http import Answer
from registry_monitor.model import Observation, Outcome
from registry_monitor.suites.expecting import evidence_of
from registry_monitor.suites.key_refusals import KeyRules, fits, is_limit, judge_acceptance, told_limit

TOO_MANY_REQUESTS = 429  # RFC 6585
_PREFIXES = ("x-ratelimit-", "x-rate-limit-", "ratelimit")  # two habits, and draft-ietf-httpapi-ratelimit-headers


def limit_headers(answer: Answer) -> dict[str, JsonValue]:
    """The headers of an answer that tell of a rate limit."""
    return {
        name: value
        for name, value in answer.headers.items()
        if name.lower().startswith(_PREFIXES) or name.lower() == "retry-after"
    }


def judge_told_limits(answer: Answer, sent: str, rules: KeyRules, budget_ms: float | None = None) -> Outcome:
    """PASS for a good answer, with what it tells of limits; a limit that was met is FAIL."""
    outcome = judge_acceptance(answer, sent, rules, budget_ms)
    told = limit_headers(answer)
    evidence = {**outcome.evidence, "rate_limit_headers": told}
    if not outcome.status.is_passed:
        return outcome.model_copy(update={"evidence": evidence})
    listed = ", ".join(f"{name} {value}" for name, value in told.items())
    tells = f"tells of rate limits: {listed}" if told else "tells of no rate limit"
    return outcome.model_copy(update={"evidence": evidence, "seen": f"{outcome.seen} and {tells}"})


def judge_probe(answers: list[Answer], wanted_requests: int, rules: KeyRules, subject: str) -> Outcome:
    """PASS when no limit was met, or one that says 429 and when to ask again. Never asked twice.

    ``answers``: at least one, the last of them the first that was not the accepted one, if there was such.
    """
    last = answers[-1]
    sent = f"{len(answers)} of {wanted_requests} requests"
    evidence = {**evidence_of(last, has_key=True), "rate_limit_headers": limit_headers(last), "requests": len(answers)}
    if fits(last, rules.accepted):
        seen = f"met no rate limit within {sent}"
        outcome = Outcome.judge(True, expected="", seen=seen, evidence=evidence)
        return outcome.model_copy(update={"observations": (Observation(subject=subject, told=seen),)})
    is_right = last.status == TOO_MANY_REQUESTS and "Retry-After" in last.headers
    return Outcome.judge(
        is_right,
        expected=f"{TOO_MANY_REQUESTS} with Retry-After, where a limit is met",
        seen=f"{told_limit(last) if is_limit(last) else last.describe()}, after {sent}",
        evidence=evidence,
        is_final=True,
    )
