"""What a list of checks says of their order, and what a prerequisite's result makes of the checks behind it. Pure."""

from collections.abc import Iterable, Sequence

from registry_monitor.model import Check, Depth, Result, Status

# A right answer that takes so long may take seconds the next moment; an endpoint that blocks the platform's event loop
# would then hold up a load balancer's own check too, which waits 5 s (the platform's target groups).
_FREEZES_FROM_MS = 1000.0


def refuse_wrong_list(checks: Iterable[Check]) -> None:
    """Raise ValueError unless each id stands once, behind what it waits for (so there is no cycle)."""
    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            raise ValueError(f"check {check.id} is listed twice, expected once")
        for name in check.after:
            if name not in seen:
                raise ValueError(f"check {check.id} waits for {name}, which is not listed before it")
        seen.add(check.id)


def others(checks: Sequence[Check]) -> dict[str, tuple[str, ...]]:
    """What each check that runs only when all is well waits for: all others, and those of its kind listed before it."""
    names = [check.id for check in checks if not check.only_when_well]
    waits_for: dict[str, tuple[str, ...]] = {}
    for check in checks:
        if check.only_when_well:
            waits_for[check.id] = tuple(names)
            names.append(check.id)
    return waits_for


def longest_first(checks: Sequence[Check]) -> list[Check]:
    """The checks with the longest chain of others behind them first, else as they are listed.

    Where not all can be asked at once, those on which most has to wait must not wait themselves ("critical path" list
    scheduling: R. L. Graham, Bounds on Multiprocessing Timing Anomalies, 1969).
    """
    behind: dict[str, int] = {check.id: 0 for check in checks}
    for check in reversed(checks):  # each stands behind what it waits for
        for name in check.after:
            behind[name] = max(behind[name], behind[check.id] + 1)
    return sorted(checks, key=lambda check: -behind[check.id])


def is_late(result: Result) -> bool:
    """Whether the answer was right, and so late that the platform may be about to freeze."""
    return result.status is Status.SLOW and (result.latency_ms or 0.0) >= _FREEZES_FROM_MS


def is_unwell(result: Result) -> bool:
    """Whether it is a sign of trouble, or hides one."""
    return result.status.is_not_passed or result.status is Status.UNKNOWN or is_late(result)


def is_spared(check: Check) -> bool:
    """Whether a platform that may be about to freeze is spared it: what full runs alone ask, less what is vital."""
    return check.host is not None and check.depth is Depth.FULL and not check.is_vital and not check.always


def inherited(prerequisite: Result) -> tuple[Status, str, str | None]:
    """What a failed, unknown or skipped prerequisite makes of the checks behind it."""
    name = prerequisite.blocked_by or prerequisite.check_id
    if prerequisite.status.is_not_passed:
        return Status.BLOCKED, f"could not be asked: {name} failed", name
    if prerequisite.status is Status.SKIPPED:
        return Status.SKIPPED, f"was not asked: {name} was skipped", None
    return Status.UNKNOWN, f"could not be asked: {name} could not be found out", None
