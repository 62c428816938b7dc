"""Pace: what a run may ask at once of hosts that it does not know yet, that answer in time, and that answer late."""

import time

import pytest

from registry_monitor.model import Check, Depth, Outcome, Result, Status, SuiteName
from registry_monitor.pace import Pace

IN_TIME_MS, LATE_MS = 999.0, 1000.0


def check(name: str, host: str | None = "host-a", **fields: object) -> Check:
    outcome = Outcome.judge(True, expected="right", seen="is right")
    return Check(name, SuiteName.SERVICES, name, lambda attempt: outcome, host=host, **fields)  # type: ignore[arg-type]


def answer(asked: Check, latency_ms: float | None, began_ms: float = 0.0) -> Result:
    return Result(
        status=Status.PASS if latency_ms is None else Status.SLOW,
        expected="right",
        seen="is right",
        latency_ms=latency_ms,
        check_id=asked.id,
        suite=asked.suite,
        subject=asked.subject,
        depth=asked.depth,
        started_ms=began_ms,
        duration_ms=latency_ms or 0.0,
    )


def pace_after(*latencies_ms: float | None, host: str = "host-a") -> Pace:
    """The pace of a run to which a host has answered so, one answer after the other."""
    pace, began_ms = Pace(concurrency=12, concurrency_per_host=4), 0.0
    for latency_ms in latencies_ms:
        asked = check("first", host)
        pace.learn(asked, answer(asked, latency_ms, began_ms))
        began_ms += latency_ms or 0.0
    return pace


def room(pace: Pace, host: str = "host-a") -> int:
    """How many checks it lets be asked of a host side by side."""
    under_way: list[Check] = []
    while pace.has_room(check("next", host), under_way):
        under_way.append(check(f"check-{len(under_way)}", host))
    return len(under_way)


@pytest.mark.parametrize(("in_time", "expected"), [(0, 1), (1, 2), (2, 3), (3, 4), (9, 4)])
def test_host__is_asked_one_check_more_for_each_answer_in_time(in_time: int, expected: int) -> None:
    """Up to its limit: what a platform can bear shows in its answers, not in a burst."""
    assert room(pace_after(*[IN_TIME_MS] * in_time)) == expected


def test_hosts_that_have_not_answered__are_asked_one_check_at_a_time_all_together() -> None:
    """They may be names of one service. One that has answered does not wait for them, nor does what asks no host."""
    pace = pace_after(IN_TIME_MS, host="host-b")
    under_way = [check("silent", "host-a")]
    assert not pace.has_room(check("silent too", "host-c"), under_way)
    assert pace.has_room(check("answers", "host-b"), under_way)
    assert pace.has_room(check("of AWS", None), under_way)


def test_name_or_certificate__is_no_answer_of_a_service() -> None:
    """A name resolves, and a load balancer shakes hands, whatever becomes of the service behind."""
    assert room(pace_after(None, None, None)) == 1


def test_host_that_hangs__does_not_keep_a_run_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time that one may hang, one more is asked, up to the limit."""
    pace, now_s = pace_after(), time.monotonic()
    under_way = [check("hangs", "host-a")]
    assert not pace.has_room(check("next", "host-b"), under_way)
    monkeypatch.setattr("registry_monitor.pace.time.monotonic", lambda: now_s + 5.0)
    assert pace.has_room(check("next", "host-b"), under_way)
    assert room(pace) == 2
    monkeypatch.setattr("registry_monitor.pace.time.monotonic", lambda: now_s + 60.0)
    assert room(pace) == 4


def test_late_answer__leaves_room_for_one_check_at_all_hosts_together() -> None:
    """However often they have answered in time: a service has several names, with a limit each."""
    pace = pace_after(IN_TIME_MS, IN_TIME_MS, IN_TIME_MS, LATE_MS)
    assert room(pace) == 1
    assert not pace.has_room(check("next", "host-b"), [check("under way", "host-a")])
    assert pace.has_room(check("of AWS", None), [check("under way", "host-a")])


def test_shortest_question__is_asked_first_until_a_host_has_answered_in_time() -> None:
    """Else all others wait for a registration, which takes many answers. Elsewhere the order is the list's."""
    long, short = check("long", requests=("GET /1", "GET /2")), check("short", requests=("GET /1",))
    light = check("light", requests=("GET /1", "GET /2"), depth=Depth.LIGHT)
    listed = [long, short, light]
    assert pace_after().in_order(listed) == [light, short, long]
    assert pace_after(IN_TIME_MS).in_order(listed) == listed


def test_host_of_which_most_is_asked__is_asked_first() -> None:
    """Of those that have not answered: more waits for its answer."""
    few, one, other = check("few", "host-a"), check("one", "host-b"), check("other", "host-b", requests=("GET /1",))
    assert pace_after(IN_TIME_MS, host="host-c").in_order([few, one, other]) == [one, few, other]
    assert pace_after(IN_TIME_MS, host="host-a").in_order([one, few, other]) == [few, one, other]


def test_shortest_question__is_asked_first_where_an_answer_came_late() -> None:
    """It tells soonest whether that was chance. What light runs ask is asked anyhow."""
    vital, short = check("vital", is_vital=True, requests=("GET /1", "GET /2")), check("short", requests=("GET /1",))
    light = check("light", requests=("GET /1", "GET /2"), depth=Depth.LIGHT)
    assert pace_after(IN_TIME_MS, LATE_MS).in_order([vital, short, light]) == [light, short, vital]


def test_second_late_answer__spares_the_platform_what_is_not_vital() -> None:
    """One may be chance. What each light run asks, a registration, its clean-up and what AWS tells go on."""
    full = check("full")
    others = check("light", depth=Depth.LIGHT), check("vital", is_vital=True), check("clean-up", always=True)
    assert pace_after(LATE_MS).spares(full) is None
    pace = pace_after(LATE_MS, LATE_MS)
    told = "the platform may be about to freeze: answers come late, that to first after 1000 ms"
    assert pace.spares(full) == told
    assert [pace.spares(each) for each in (*others, check("of AWS", None))] == [None] * 4


def test_answers_late_side_by_side__are_one() -> None:
    """One moment, such as a pause of a service, makes all late that are under way."""
    pace = pace_after(LATE_MS)
    beside = check("beside")
    pace.learn(beside, answer(beside, 1500.0, began_ms=999.0))
    assert pace.spares(check("full")) is None
    pace.learn(beside, answer(beside, 1500.0, began_ms=1000.0))
    assert pace.spares(check("full")) is not None
