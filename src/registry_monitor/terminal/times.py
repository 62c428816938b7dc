"""Times as people type them: "2h", "1d12h", "90m"; or a moment with its offset from UTC."""

import re
from datetime import datetime, timedelta

from registry_monitor.invocation import InvocationError

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


def parse_duration(text: str) -> timedelta:
    """A duration. Raises InvocationError."""
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise InvocationError(f"got '{text}'; expected a duration such as 90m, 2h or 1d12h")
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def parse_until(text: str, now: datetime) -> datetime:
    """A moment, or one so long after ``now``. Raises InvocationError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now + parse_duration(text)
    if moment.tzinfo is None:
        raise InvocationError(f"got '{text}'; expected a moment with its offset, such as 2026-12-01T08:00:00Z")
    return moment
