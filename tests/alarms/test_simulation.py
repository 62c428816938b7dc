"""The template's alarms on some hours of simulated life: ``make alarms``, short. And what a new stack tells whom."""

import random

import pytest

from tests.alarms.cloudwatch import State
from tests.alarms.deployed import PAGE, TICKET, deployed_alarms
from tests.alarms.figures import FaultFigures, document, table
from tests.alarms.life import SILENCE, Life
from tests.alarms.recordings import HEALTHY, read_recordings
from tests.alarms.region import Action, Region
from tests.alarms.simulated_runs import Platform
from tests.alarms.trials import Rest, Ring, healthy_days, is_seen_by_light_runs, try_fault
from tests.alarms.weather import CALM, Weather


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform(read_recordings())


def test_healthy_platform__wakes_nobody(platform: Platform) -> None:
    """Six hours with blips, slow minutes, throttling and a deployment: no page and no ticket."""
    assert healthy_days(platform, seed=11, days=0.25) == Rest(0.25, (), ())


@pytest.mark.parametrize(
    ("fault", "rings"), [("MLF-01", "core-broken"), ("AUT-11", "authentication-broken"), (SILENCE, "monitor-silent")]
)
def test_fault__pages_in_time_and_is_over_in_time(platform: Platform, fault: str, rings: str) -> None:
    """One that a light run sees, one that a full run alone sees, and a monitor that says nothing more."""
    ring = try_fault(platform, fault, seed=1)
    figures = FaultFigures.of([ring], is_seen_by_light=is_seen_by_light_runs(platform, fault))
    assert (figures.by, figures.problems) == ((rings,), ())


def test_fault_while_nobody_looks_at_it__is_not_seen_in_the_figures() -> None:
    """The figures say so where a fault never pages, pages late, or is not over in time."""
    never = Ring("X", None, None, None, ())
    late = Ring("X", 12.0, 2.0, 30.0, ("registry-monitor-development-core-broken",))
    figures = FaultFigures.of([never, late], is_seen_by_light=True)
    assert [problem.partition(",")[0] for problem in figures.problems] == [
        "1 of 2 never paged",
        "median 12.0 min after it could be seen",
        "p99 12.0 min after it could be seen",
        "not OK within 6 min of mending",
    ]
    told = document([Rest(2, ("page",), ("checks-slow", "checks-slow"))], [figures])
    assert (told["days"], told["false_pages"], told["false_tickets"]) == (2, 1, 2)
    assert "| X | light | core-broken | 12.0 (12.0) | 12.0 (12.0) | 30.0 (30.0) |" in table([], [figures])


def test_door_that_is_shut__may_take_longer_and_the_figures_say_so() -> None:
    """What a full run alone can see shut is over later than wanted: no problem, and no "yes"."""
    shut = FaultFigures.of([Ring("AUT-15", 1.0, 1.0, 17.0, ("any",))], is_seen_by_light=True)
    assert (shut.problems, shut.told) == ((), "page: yes; OK: not within 6 min, which is known")
    soon = FaultFigures.of([Ring("AUT-15", 1.0, 1.0, 5.0, ("any",))], is_seen_by_light=True)
    assert soon.told == "yes"


def new_stack(platform: Platform, state: str, minutes: int) -> list[Action]:
    """What a stack tells in its first minutes."""
    alarms = deployed_alarms()
    region = Region(alarms.metric, alarms.composite, random.Random(1))
    Life(region, platform, CALM, lambda at_s: state, seed=1).live(0, minutes)
    return [action for action in region.actions if action.state is State.ALARM]


def test_new_stack__pages_nobody_and_makes_one_ticket(platform: Platform) -> None:
    """Before its first runs all is silent, which is no outage; the ticket is over when a full run has told."""
    assert [(each.topic, each.alarm) for each in new_stack(platform, HEALTHY, 40)] == [
        (TICKET, "registry-monitor-development-full-runs-missing")
    ]


def test_new_stack_that_never_runs__makes_a_ticket(platform: Platform) -> None:
    """Nobody would be told otherwise that nobody watches."""
    assert {each.topic for each in new_stack(platform, SILENCE, 30)} == {TICKET}


def test_new_stack_on_a_broken_platform__pages(platform: Platform) -> None:
    """What its first runs see is told at once."""
    assert PAGE in {each.topic for each in new_stack(platform, "MLF-01", 10)}


def test_each_alarm__is_told_of_by_its_topic_or_the_composite() -> None:
    """No alarm of the template is out of the simulation's sight."""
    alarms = deployed_alarms()
    (page,) = alarms.composite
    assert page.actions[State.ALARM] == (PAGE,)
    silent = [each.name for each in alarms.metric if not each.actions[State.ALARM]]
    assert len(alarms.metric) == 14
    assert [name for name in silent if f'"{name}"' not in page.rule] == []


def test_weather__is_the_same_for_the_same_seed() -> None:
    """A simulation can be repeated."""
    one, same, other = Weather(1, blips=0.5), Weather(1, blips=0.5), Weather(2, blips=0.5)
    asked = [("run", f"check-{number}", 1) for number in range(50)]
    first = [one.is_blip(*each) for each in asked]
    assert first == [same.is_blip(*each) for each in asked]
    assert first != [other.is_blip(*each) for each in asked]
    assert 10 < sum(first) < 40
