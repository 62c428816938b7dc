"""CloudWatch minute by minute: late data, periods, transitions, mutes, and alarms that are new."""

import random
from collections.abc import Sequence

from tests.alarms.cloudwatch import MetricAlarm, Series, State
from tests.alarms.composite import CompositeAlarm
from tests.alarms.region import Action, MuteRule, Region

SERIES: Series = ("Own", "Failures", frozenset({("target", "one")}))
TOLD = {State.ALARM: ("topic",), State.OK: ("topic",), State.INSUFFICIENT_DATA: ()}


def alarm(missing: str = "ignore", periods: int = 1) -> MetricAlarm:
    return MetricAlarm(
        name="broken",
        description="It is broken.",
        series=SERIES,
        statistic="Maximum",
        period_s=60,
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        missing=missing,
        actions=TOLD,
    )


def region(*mutes: MuteRule, **fields: object) -> Region:
    page = CompositeAlarm("page", "Somebody is hurt.", 'ALARM("broken")', TOLD)
    return Region([alarm(**fields)], [page], random.Random(3), mutes)  # type: ignore[arg-type]


def live(made: Region, values: Sequence[float | None], delay_s: float = 5.0) -> None:
    """One value in the middle of each minute; None: none."""
    for minute, value in enumerate(values):
        if value is not None:
            made.put(SERIES, minute * 60 + 30, minute * 60 + 30 + delay_s, value)
        made.run_minute(minute)


def told(made: Region, name: str = "broken") -> list[tuple[int, State]]:
    """In which minute the topic was told of what."""
    return [(int(action.at_s // 60), action.state) for action in made.actions if action.alarm == name]


def test_alarm__sees_a_minute_when_it_is_over_and_its_value_has_come() -> None:
    """The value of minute 2 shows in minute 3; one that comes a minute later, a minute later."""
    soon, late = region(), region()
    live(soon, [0, 0, 1, 1])
    live(late, [0, 0, *[1] * 4], delay_s=65.0)
    assert told(soon)[-1] == (3, State.ALARM)
    assert told(late)[-1] == (4, State.ALARM)


def test_value__that_comes_after_the_evaluation_range_has_passed_is_not_seen() -> None:
    """Of one period, two more are looked at; what is five minutes late belongs to an older one."""
    made = region()
    made.put(SERIES, 30, 330, 1)
    live(made, [None, 0, 0, 0, 0, 0, 0, 0])
    assert told(made) == [(2, State.OK)]


def test_alarm__acts_when_its_state_changes_and_not_while_it_stays() -> None:
    """Three bad minutes are one message."""
    made = region()
    live(made, [0, 0, 1, 1, 1, 0, 0])
    assert told(made) == [(1, State.OK), (3, State.ALARM), (6, State.OK)]


def test_new_alarm__has_no_state_until_it_has_data() -> None:
    """With `ignore` it stays so; with `breaching` the lack itself is the fault."""
    ignoring, breaching = region(), region(missing="breaching")
    live(ignoring, [None, None])
    live(breaching, [None, None])
    assert (ignoring.states["broken"], told(ignoring)) == (State.INSUFFICIENT_DATA, [])
    assert told(breaching) == [(0, State.ALARM)]


def test_other_dimensions__are_another_series() -> None:
    """An alarm sees nothing of a value that lacks one of its dimensions, or has one more."""
    made = region()
    for dimensions in (frozenset[tuple[str, str]](), frozenset({("target", "one"), ("service", "x")})):
        made.put(("Own", "Failures", dimensions), 30, 35, 1)
    live(made, [None, None])
    assert made.states["broken"] is State.INSUFFICIENT_DATA


def test_composite__follows_and_tells_by_itself() -> None:
    """It is in ALARM as long as its rule is true."""
    made = region()
    live(made, [0, 1, 1, 0, 0])
    assert told(made, "page")[1:] == [(2, State.ALARM), (4, State.OK)]


def mute(from_minute: int, until_minute: int) -> MuteRule:
    return MuteRule(from_minute * 60, until_minute * 60, frozenset({"broken"}))


def test_mute__holds_what_happens_and_drops_what_is_over() -> None:
    """The guide's first scenario: ALARM and OK again within the window, and nobody is told; the state goes on."""
    made = region(mute(2, 8))
    live(made, [0, 0, 1, 1, 0, 0, 0, 0, 0, 0])
    assert told(made) == [(1, State.OK)]
    assert [state for _, name, state in made.transitions if name == "broken"] == [State.OK, State.ALARM, State.OK]


def test_mute__that_ends_tells_what_still_lasts() -> None:
    """The guide's second scenario: the action is executed when the window ends and the state is the same."""
    made = region(mute(2, 5))
    live(made, [0, 0, *[1] * 6])
    assert told(made) == [(1, State.OK), (5, State.ALARM)]


def test_mute__of_one_alarm_holds_no_other() -> None:
    """The composite was not named: it pages."""
    made = region(mute(0, 9))
    live(made, [0, 1, 1])
    assert [action for action in made.actions if action.state is State.ALARM] == [
        Action(made.actions[-1].at_s, "topic", "page", State.ALARM)
    ]
