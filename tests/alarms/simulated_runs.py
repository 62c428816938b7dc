"""Runs made of recordings: the monitor's own runner asks recorded checks again, in whatever weather."""

import random
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from registry_monitor.standing import StandingVerdict, light_checks
from registry_monitor.suites import ALL
from tests.alarms.recordings import RecordedCheck, Recording
from tests.alarms.weather import CALM, Weather, blipped, slowed
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

    def run(self, asked: Asked, state: str, weather: Weather, standing: StandingVerdict | None) -> Run:
        """One run while the platform is in a state."""


class Platform:
    """The recordings of all states, as a monitor finds them."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self._recordings: dict[tuple[str, Depth], list[Recording]] = defaultdict(list)
        for recording in recordings:
            self._recordings[recording.state, recording.depth].append(recording)
        self._calm: dict[tuple[int, bool], tuple[Result, ...]] = {}

    def run(self, asked: Asked, state: str, weather: Weather, standing: StandingVerdict | None) -> Run:
        """One run while the platform is in a state; a light one asks again what failed in the verdict that stands."""
        chance = random.Random(f"{weather.seed} {asked.name}")
        recording = chance.choice(self._recordings[state, asked.depth])
        listed = [each for each in recording.checks if each.suite in asked.suites]
        calm = self._calm_results(recording, asked, listed)
        if asked.depth is Depth.LIGHT:
            full = chance.choice(self._recordings[state, Depth.FULL]).checks
            listed += [each for each in full if each.depth is Depth.FULL]
        results = _Asking(asked, listed, weather).results(standing, calm)
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

    def _calm_results(self, recording: Recording, asked: Asked, listed: Sequence[RecordedCheck]) -> tuple[Result, ...]:
        """What the monitor makes of a recording in calm weather: most checks of a run meet no other."""
        key = (id(recording), asked.is_hourly)
        if key not in self._calm:
            self._calm[key] = _Asking(asked, listed, CALM).results(None, ())
        return self._calm[key]


class _Asking:
    """One run's askings."""

    def __init__(self, asked: Asked, listed: Sequence[RecordedCheck], weather: Weather) -> None:
        self._asked = asked
        self._listed = listed
        self._weather = weather
        self._factor = weather.slower if weather.is_slow(int(asked.at_s // 60)) else 1.0
        self._is_throttled = weather.is_throttled(asked.name)

    def results(self, standing: StandingVerdict | None, calm: Sequence[Result]) -> tuple[Result, ...]:
        """What the monitor makes of it: the runner confirms what failed, and flows are confirmed whole.

        ``calm``: what is known of checks that no weather meets, nor anything that they wait for: they are not run.
        """
        made = [self._check(each, first_asking=1) for each in self._listed]
        checks = light_checks(made, standing) if self._asked.depth is Depth.LIGHT else tuple(made)
        known = {result.check_id: result for result in calm}
        met = self._met_by_weather(checks, known)
        known |= {result.check_id: result for result in self._run([check for check in checks if check.id in met])}
        results = tuple(known[check.id] for check in checks)
        for number in range(FLOW_REPEATS):
            for flow in flows_to_confirm([result for result in results if result.check_id in met]):
                results = confirmed(results, self._run(self._flow_again(flow, number)), after_ms=0.0)
        return results

    def _met_by_weather(self, checks: Sequence[Check], known: Collection[str]) -> set[str]:
        """Which checks differ from what is known, with all that they are joined to by what waits for what."""
        is_weather = self._factor != 1.0 or self._is_throttled
        joined: dict[str, set[str]] = {}
        for check in checks:
            group = {check.id}.union(*(joined[name] for name in check.after))
            joined |= dict.fromkeys(group, group)
        met: set[str] = set()
        for check in checks:
            is_blip = check.host is not None and self._is_blip(check.id, 1)
            if is_weather or is_blip or check.id not in known:
                met |= joined[check.id]
        return met

    def _flow_again(self, flow: SuiteName, number: int) -> tuple[Check, ...]:
        first_asking = 10 * (number + 1)  # in weather of its own
        return tuple(self._check(each, first_asking) for each in self._listed if each.suite is flow)

    def _run(self, checks: Sequence[Check]) -> tuple[Result, ...]:
        pauses_s = tuple(0.0 for _ in CONFIRM_AFTER_S[self._asked.depth])
        bounds = Bounds(time.monotonic() + 60.0, confirm_after_s=pauses_s, concurrency=32, concurrency_per_host=32)
        return Runner(self._asked.name, bounds, Redactor()).run(checks)

    def _check(self, recorded: RecordedCheck, first_asking: int) -> Check:
        kept = {name: getattr(recorded, name) for name in RecordedCheck.model_fields.keys() - {"outcome", "statuses"}}
        return Check(**kept, run=lambda attempt: self._outcome(recorded, attempt, first_asking))

    def _outcome(self, recorded: RecordedCheck, attempt: Attempt, first_asking: int) -> Outcome:
        if self._is_throttled and recorded.host is None and recorded.suite is SuiteName.INFRASTRUCTURE_HEALTH:
            raise CannotTellError("AWS has throttled it")
        outcome = recorded.outcome
        if outcome.status is Status.SKIPPED:
            raise NotAskedError(outcome.seen)
        if outcome.status in (Status.UNKNOWN, Status.BLOCKED):
            raise CannotTellError(outcome.seen)
        if recorded.host and self._is_blip(recorded.id, first_asking + attempt.number - 1):
            return blipped(recorded)  # only where something was asked
        status = recorded.statuses[min(attempt.number, len(recorded.statuses)) - 1]
        return slowed(outcome.model_copy(update={"status": status}), self._factor)

    def _is_blip(self, check: str, asking: int) -> bool:
        return self._weather.is_blip(self._asked.name, check, asking)
