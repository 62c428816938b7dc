"""Do the alarms rest while the platform is well, and how soon do they ring for a fault: trials of both."""

import random
from dataclasses import dataclass

from registry_monitor.model import Depth
from registry_monitor.outputs.metrics import METRICS
from tests.alarms.cloudwatch import State
from tests.alarms.deployed import PAGE, TICKET, deployed_alarms
from tests.alarms.faults import QUIET
from tests.alarms.life import SILENCE, Life
from tests.alarms.recordings import HEALTHY
from tests.alarms.region import MuteRule, Region
from tests.alarms.simulated_runs import Asked, Platform
from tests.alarms.weather import CALM, Weather

MINUTES_A_DAY = 1440
_SETTLED_AFTER_MINUTES = 60  # by then a life has all that alarms look back at
_WARM_UP_MINUTES = 20  # before a fault: one full run at least
_FAULT_MINUTES = 22  # one full run at least, and time to ring
_RECOVERY_MINUTES = 22  # the same


@dataclass(frozen=True)
class Rest:
    """What rang in days of a healthy platform: the alarms, each time that it did."""

    days: float
    pages: tuple[str, ...]
    tickets: tuple[str, ...]


@dataclass(frozen=True)
class Ring:
    """What one fault led to, in minutes; null: never.

    ``from_fault``: to the page; ``from_run``: to the page, from the begin of the first full run that could meet it;
    ``to_ok``: from its mending to the all-clear; ``by``: the alarms that rang first.
    """

    fault: str
    from_fault: float | None
    from_run: float | None
    to_ok: float | None
    by: tuple[str, ...]


def healthy_days(platform: Platform, seed: int, days: float, weather: Weather | None = None) -> Rest:
    """Let days of a healthy platform pass, with two deployments in each."""
    chance = random.Random(seed)
    region = _region(chance)
    last_minute = _SETTLED_AFTER_MINUTES + int(days * MINUTES_A_DAY)
    deployments = [  # begin, and how long it takes
        (chance.uniform(number, number + 1) * last_minute * 60 / max(1, 2 * days), chance.uniform(120, 360))
        for number in range(max(1, int(2 * days)))
    ]

    def state_at(at_s: float) -> str:
        under_way = any(begins_s <= at_s < begins_s + takes_s for begins_s, takes_s in deployments)
        return QUIET if under_way else HEALTHY

    life = Life(region, platform, weather or Weather(seed), state_at, seed)
    for begins_s, takes_s in deployments:
        life.deploy(begins_s + takes_s)
    life.live(0, last_minute, looks_after=_SETTLED_AFTER_MINUTES)
    rang = [action for action in region.actions if action.state is State.ALARM]
    return Rest(
        days,
        tuple(action.alarm for action in rang if action.topic == PAGE),
        tuple(action.alarm for action in rang if action.topic == TICKET),
    )


def try_fault(platform: Platform, fault: str, seed: int, weather: Weather | None = None) -> Ring:
    """Break a healthy platform at any moment of an hour, and mend it after ``_FAULT_MINUTES``."""
    chance = random.Random(f"{seed} {fault}")
    broken_s = chance.uniform(60, 120) * 60
    mended_s = broken_s + _FAULT_MINUTES * 60
    region = _region(chance)
    region.state_at_start((name, State.OK) for name in region.states)
    state_at = lambda at_s: fault if broken_s <= at_s < mended_s else HEALTHY  # noqa: E731
    life = Life(region, platform, weather or Weather(seed), state_at, seed)
    begins = int(broken_s // 60) - _WARM_UP_MINUTES
    life.live(begins, int(mended_s // 60) + _RECOVERY_MINUTES, looks_after=_WARM_UP_MINUTES - 1)
    pages = [action for action in region.actions if action.topic == PAGE]
    page_s = next((each.at_s for each in pages if each.state is State.ALARM and each.at_s >= broken_s), None)
    is_over = region.states[pages[-1].alarm] is State.OK if pages else False
    ok_s = pages[-1].at_s if is_over else None
    met_s = min((begun_s for begun_s, ended_s in life.full_runs if ended_s >= broken_s), default=None)
    by = [name for at_s, name, state in region.transitions if state is State.ALARM and at_s <= (page_s or 0.0)]
    return Ring(
        fault,
        None if page_s is None else (page_s - broken_s) / 60,
        None if page_s is None or met_s is None else (page_s - met_s) / 60,
        None if ok_s is None else max(0.0, ok_s - mended_s) / 60,
        tuple(name for name in by if name in region.alarms),
    )


def _region(chance: random.Random, mutes: tuple[MuteRule, ...] = ()) -> Region:
    alarms = deployed_alarms()
    return Region(alarms.metric, alarms.composite, chance, mutes)


def is_seen_by_light_runs(platform: Platform, fault: str) -> bool:
    """Whether a light run alone, in calm weather, tells what pages: so soon must the page come."""
    if fault == SILENCE:
        return False
    run = platform.run(Asked("seen", Depth.LIGHT, "schedule", 0.0), fault, CALM, standing=None)
    told = {metric.name: metric.value(run, None) for metric in METRICS}
    return any(told[name] for name in ("CoreFailures", "SecurityFailures", "RunBlind"))
