"""Planned times of a target: once or weekly, validated whole, and open when they should be."""

from datetime import UTC, datetime, timedelta

import pytest

from registry_monitor.target import ExpectedDown, TargetError, Weekly, parse_target
from tests.unit.target.small import SMALL, line_of

SATURDAY = datetime(2026, 8, 1, 22, 0, tzinfo=UTC)


def problems(section: str) -> list[str]:
    with pytest.raises(TargetError) as caught:
        parse_target(SMALL + section, "bad.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_planned_times__are_read() -> None:
    """Once with its offset, or weekly in UTC; of some services, or of all."""
    section = """expected_down:
  - {reason: an upgrade, begins: 2026-08-01T22:00:00+02:00, minutes: 90, services: [api]}
  - {reason: a backup, weekly: {days: [sat, sun], time_utc: "22:00"}, minutes: 60}
"""
    once, weekly = parse_target(SMALL + section, "small.yaml").expected_down
    assert once.begins is not None and once.begins.astimezone(UTC).hour == 20
    assert weekly.weekly is not None and weekly.weekly.days == ("sat", "sun")


def test_wrong_planned_times__are_all_told_at_once() -> None:
    """With line and key: no offset, an unquoted time, both ways, neither, a service that is not there, no reason."""
    section = """expected_down:
  - {reason: r, begins: 2026-08-01T22:00:00, minutes: 90}
  - {reason: r, weekly: {days: [sat], time_utc: 22:00}, minutes: 90}
  - {reason: r, minutes: 90}
  - {reason: r, begins: 2026-08-01T22:00:00Z, minutes: 0, services: [nobody]}
  - {begins: 2026-08-01T22:00:00Z, minutes: 90}
incidents: {open_after_light_runs: 0}
"""
    told = "\n".join(problems(section))
    first = line_of(SMALL + section, "expected_down:")
    for expected in (
        f"line {first + 1}: expected_down.0.begins: input should have timezone info",
        f"line {first + 2}: expected_down.1.weekly.time_utc: got 1320; expected a time of day in quotes",
        f"line {first + 3}: expected_down.2: expected one of begins (once) and weekly",
        f"line {first + 4}: expected_down.3.minutes: got 0; input should be greater than or equal to 1",
        f"line {first + 4}: expected_down.3.services.0: got 'nobody'; expected one of: auth, api",
        f"line {first + 5}: expected_down.4.reason: is missing",
        f"line {first + 6}: incidents.open_after_light_runs: got 0",
    ):
        assert expected.lower() in told.lower(), told


@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-1, False), (0, True), (59, True), (60, False), (7 * 1440 + 30, True), (1440, False)]
)
def test_weekly_window__is_open_at_its_time_of_its_days(minutes: int, is_open: bool) -> None:
    """From its beginning on, up to and without its end."""
    window = ExpectedDown(reason="r", weekly=Weekly(days=("sat",), time_utc="22:00"), minutes=60)
    now = SATURDAY + timedelta(minutes=minutes)
    ends_at = window.ends_at(now)
    assert (ends_at is not None) is is_open
    assert ends_at is None or timedelta(0) < ends_at - now <= timedelta(minutes=60)


def test_weekly_window__goes_on_over_midnight_and_for_days() -> None:
    """It is looked for where it began."""
    window = ExpectedDown(reason="r", weekly=Weekly(days=("sat",), time_utc="22:00"), minutes=3 * 1440)
    assert window.ends_at(SATURDAY + timedelta(days=2)) == SATURDAY + timedelta(days=3)
    assert window.ends_at(SATURDAY + timedelta(days=3)) is None
