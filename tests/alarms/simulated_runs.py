"""Runs made of recordings: the monitor's own runner asks recorded checks again, in whatever weather."""

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Protocol

from registry_monitor.flows import confirmed, flows_to_confirm
from registry_monitor.model import (
    HOURLY,
    Attempt,
    CannotTellError,
    Check,
    Depth,
    NotAskedError,
    Outcome,
    Result,
    Status,
    SuiteName,
)
from registry_monitor.monitor import CONFIRM_AFTER_S, FLOW_REPEATS
from registry_monitor.redaction import Redactor
from registry_monitor.run import Run
from registry_monitor.runner import Bounds, Runner
from registry_monitor.standing import Standing, light_checks
from registry_monitor.suites import ALL
from tests.alarms.recordings import RecordedCheck, Recording
from tests.alarms.weather import Weather, blipped, slowed
from tests.unit.reports.samples import run_of

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # second 0 of each simulation


@dataclass(frozen=True)
class Asked:
    """What is asked of the monitor: a run of this depth, for this reason, at a second of the simulation."""

    name: str
    depth: Depth
    reason: str
    at_s: float
    is_hourly: bool = True

    @property
    def suites(self) -> tuple[SuiteName, ...]:
        """The suites that the event names."""
        return ALL if self.is_hourly else tuple(suite for suite in ALL if suite not in HOURLY)


class AnyPlatform(Protocol):
    """Where runs are made: the sandbox, or what was recorded on it."""

    def run(self, asked: Asked, state: str, weather: Weather, standing: Standing | None) -> Run:
        """One run while the platform is in a state."""


class Platform:
    """The recordings of all states, as a monitor finds them."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings: dict[tuple[str, Depth], list[Recording]] = defaultdict(list)
        for recording in recordings:
            self._recordings[recording.state, recording.depth].append(recording)
        self._undisturbed: dict[tuple[int, bool], tuple[Result, ...]] = {}

    @cached_property
    def states(self) -> frozenset[str]:
        """The states that were recorded."""
        return frozenset(state for state, _ in self._recordings)

    def run(self, asked: Asked, state: str, weather: Weather, standing: Standing | None) -> Run:
        """One run while the platform is in a state; a light one asks again what failed in the verdict that stands."""
        chance = random.Random(f"{weather.seed} {asked.name}")
        recording = chance.choice(self._recordings[state, asked.depth])
        listed = [each for each in recording.checks if each.suite in asked.suites]
        if asked.depth is Depth.LIGHT:
            full = chance.choice(self._recordings[state, Depth.FULL]).checks
            listed += [each for each in full if each.depth is Depth.FULL]
        asking = _Asking(asked, listed, weather)
        checks = asking.checks(standing)
        is_disturbed = len(checks) > len(recording.checks) or asking.is_disturbed(checks)
        if is_disturbed:
            results = asking.results(checks)
        else:
            key = (id(recording), asked.is_hourly)
            results = self._undisturbed.setdefault(key, self._undisturbed.get(key) or asking.results(checks))
        paused_s = sum(CONFIRM_AFTER_S[asked.depth]) if any(len(each.attempts) > 2 for each in results) else 0.0
        run = run_of(results, depth=asked.depth, reason=asked.reason, suites=asked.suites)
        return run.model_copy(
            update={
                "run_id": asked.name,
                "started_at": EPOCH + timedelta(seconds=asked.at_s),
                "duration_ms": (recording.duration_s + paused_s) * 1000,
                "findings": recording.own_faults,
                "leftovers": tuple(left for each in results for left in each.leftovers),
            }
        )


class _Asking:
    """One run's askings."""

    def __init__(self, asked: Asked, listed: Sequence[RecordedCheck], weather: Weather) -> None:
        self._asked = asked
        self._listed = listed
        self._weather = weather
        self._factor = weather.slower if weather.is_slow(int(asked.at_s // 60)) else 1.0
        self._is_throttled = weather.is_throttled(asked.name)

    def checks(self, standing: Standing | None) -> tuple[Check, ...]:
        """The checks of this run."""
        made = [self._check(each, first_asking=1) for each in self._listed]
        return light_checks(made, standing) if self._asked.depth is Depth.LIGHT else tuple(made)

    def _flow_again(self, flow: SuiteName, number: int) -> tuple[Check, ...]:
        first_asking = 10 * (number + 1)  # in weather of its own
        return tuple(self._check(each, first_asking) for each in self._listed if each.suite is flow)

    def is_disturbed(self, checks: Sequence[Check]) -> bool:
        """Whether anything differs from what was recorded."""
        is_weather = self._factor != 1.0 or self._is_throttled
        return is_weather or any(self._is_blip(check.id, 1) for check in checks if check.host)

    def results(self, checks: Sequence[Check]) -> tuple[Result, ...]:
        """What the monitor makes of them: the runner confirms what failed, and flows are confirmed whole."""
        results = self._run(checks)
        for number in range(FLOW_REPEATS):
            for flow in flows_to_confirm(results):
                results = confirmed(results, self._run(self._flow_again(flow, number)), after_ms=0.0)
        return results

    def _run(self, checks: Sequence[Check]) -> tuple[Result, ...]:
        pauses_s = tuple(0.0 for _ in CONFIRM_AFTER_S[self._asked.depth])
        bounds = Bounds(time.monotonic() + 60.0, confirm_after_s=pauses_s, concurrency=32, concurrency_per_host=32)
        return Runner(self._asked.name, bounds, Redactor()).run(checks)

    def _check(self, recorded: RecordedCheck, first_asking: int) -> Check:
        kept = {name: getattr(recorded, name) for name in RecordedCheck.model_fields.keys() - {"outcome", "statuses"}}
        return Check(**kept, run=lambda attempt: self._outcome(recorded, attempt, first_asking))

    def _outcome(self, recorded: RecordedCheck, attempt: Attempt, first_asking: int) -> Outcome:
        if recorded.host and self._is_blip(recorded.id, first_asking + attempt.number - 1):
            return blipped(recorded)
        if self._is_throttled and recorded.host is None and recorded.suite is SuiteName.INFRASTRUCTURE_HEALTH:
            raise CannotTellError("AWS has throttled it")
        outcome = recorded.outcome
        if outcome.status is Status.SKIPPED:
            raise NotAskedError(outcome.seen)
        if outcome.status in (Status.UNKNOWN, Status.BLOCKED):
            raise CannotTellError(outcome.seen)
        status = recorded.statuses[min(attempt.number, len(recorded.statuses)) - 1]
        return slowed(outcome.model_copy(update={"status": status}), self._factor)

    def _is_blip(self, check: str, asking: int) -> bool:
        return self._weather.is_blip(self._asked.name, check, asking)
