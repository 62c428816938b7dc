"""Judges a wave of registrations by the service levels of the target. Pure."""

from pydantic import JsonValue

from registry_monitor.model import CannotTellError, Outcome
from registry_monitor.suites.load_figures import Load, percentiles
from registry_monitor.target import Performance

_SHOWN_PROBLEMS = 5


def judge_registrations(load: Load, levels: Performance, given_up: str | None) -> Outcome:
    """The error rate. Raises CannotTellError where too little could be found out, and nothing failed."""
    count, failed = len(load.registrations), len(load.problems)
    unknown = [each.unknown for each in load.registrations if each.unknown is not None]
    is_right = load.error_rate_pct <= levels.error_rate_pct and given_up is None
    if is_right and unknown:
        raise CannotTellError(f"{len(unknown)} of {count} registrations could not be made: {unknown[0]}")
    seen = f"worked for {len(load.passed)} of {count}, {failed} failed ({load.error_rate_pct:g} %)"
    if given_up is not None:
        seen += f"; {given_up}"
    if load.problems:
        seen += f"; the first failed at {load.problems[0]}"
    evidence: dict[str, JsonValue] = {
        "registrations": count,
        "failed": failed,
        "stopped": sum(each.is_stopped for each in load.registrations),
        "could_not_be_made": len(unknown),
        "error_rate_pct": load.error_rate_pct,
        "problems": list(load.problems[:_SHOWN_PROBLEMS]),
    }
    expected = f"an error rate of at most {levels.error_rate_pct:g} %"
    return Outcome.judge(is_right, expected=expected, seen=seen, evidence=evidence)


def judge_time(load: Load, levels: Performance) -> Outcome:
    """The 95th percentile of a whole registration; those of each stage as evidence."""
    totals = load.total_ms()
    budget_ms = levels.registration_s * 1000
    p95_ms = percentiles(totals)["p95_ms"]
    return Outcome.judge(
        p95_ms <= budget_ms,
        expected=f"at most {levels.registration_s:g} s (p95)",
        seen=f"took {p95_ms / 1000:.2f} s (p95 of {len(totals)} at once)",
        evidence={name: dict(figures) for name, figures in load.stages().items()},
        latency_ms=p95_ms,
        budget_ms=budget_ms,
    )


def judge_throughput(load: Load, levels: Performance) -> Outcome:
    """Registrations a minute. The least that is promised: all of a wave that passed, in the time promised for one."""
    promised = round(60 * len(load.passed) / levels.registration_s, 1)
    evidence: dict[str, JsonValue] = {
        "registrations": len(load.passed),
        "wall_s": round(load.wall_s, 2),
        "per_minute": load.per_minute,
    }
    return Outcome.judge(
        load.per_minute >= promised,
        expected=f"at least {promised:g} registrations a minute: those of the wave in {levels.registration_s:g} s",
        seen=f"was {load.per_minute:g} registrations a minute ({len(load.passed)} in {load.wall_s:.2f} s)",
        evidence=evidence,
    )
