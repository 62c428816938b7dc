"""A stack's life: schedules and deployments start runs, runs print metrics, and alarms look at them each minute."""

import heapq
import io
import json
import random
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field

from aws_lambda_powertools import Metrics

from registry_monitor.model import Depth
from registry_monitor.outputs.metrics import emit
from registry_monitor.outputs.standing import KeptStanding, StandingStore
from registry_monitor.run import Run
from registry_monitor.standing import stands_after
from tests.alarms.region import Region
from tests.alarms.simulated_runs import AnyPlatform, Asked
from tests.alarms.weather import Weather
from tests.unit.state.shelf import Shelf

SILENCE = "silence"  # a state in which no run begins
FULL_MINUTES = {2: True, 17: False, 32: False, 47: False}  # of each hour; whether it is the hourly one, of all suites
_JITTER_S = 59.0  # Scheduler starts a run at any second of its minute (EventBridge Scheduler user guide)
_DELAY_S = (5.0, 90.0)  # until CloudWatch shows a value
_LATE = (0.01, 300.0)  # the share of lines that take longer, and how long


@dataclass(order=True)
class _Event:
    at_s: float
    number: int
    act: Callable[[float], None] = field(compare=False)


class Life:
    """One stack, from a minute on. ``state_at``: the state of the platform at a second."""

    def __init__(
        self, region: Region, platform: AnyPlatform, weather: Weather, state_at: Callable[[float], str], seed: int
    ) -> None:
        self.region = region
        self.full_runs: list[tuple[float, float]] = []  # when each began and ended
        self.runs: list[Run] = []  # the last of each depth stands last
        self._platform = platform
        self._weather = weather
        self._state_at = state_at
        self._chance = random.Random(seed)
        self._store = StandingStore(Shelf())
        self._metrics = Metrics(namespace="RegistryMonitor", service="registry-monitor")
        self._events: list[_Event] = []
        self._number = 0

    def deploy(self, at_s: float) -> None:
        """A deployment ends: it starts a full run of all suites."""
        self._begin_at(at_s, Depth.FULL, "deployment", is_hourly=True)

    def live(self, from_minute: int, until_minute: int, *, looks_after: int = 0) -> None:
        """Let these minutes pass; the alarms look from ``looks_after`` minutes on."""
        for minute in range(from_minute, until_minute):
            self._begin_at(self._in_minute(minute), Depth.LIGHT, "schedule", is_hourly=True)
            if minute % 60 in FULL_MINUTES:
                self._begin_at(self._in_minute(minute), Depth.FULL, "schedule", is_hourly=FULL_MINUTES[minute % 60])
            while self._events and self._events[0].at_s < (minute + 1) * 60:
                event = heapq.heappop(self._events)
                event.act(event.at_s)
            if minute >= from_minute + looks_after:
                self.region.run_minute(minute)

    def _in_minute(self, minute: int) -> float:
        return minute * 60 + self._chance.uniform(0, _JITTER_S)

    def _at(self, at_s: float, act: Callable[[float], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, _Event(at_s, self._number, act))

    def _begin_at(self, at_s: float, depth: Depth, reason: str, *, is_hourly: bool) -> None:
        def begin(now_s: float) -> None:
            state = self._state_at(now_s)
            if state == SILENCE:
                return
            kept = self._store.read()
            asked = Asked(f"{depth}-{now_s:.3f}", depth, reason, now_s, is_hourly)
            run = self._platform.run(asked, state, self._weather, kept.standing)
            ends_s = now_s + run.duration_ms / 1000
            if depth is Depth.FULL:
                self.full_runs.append((now_s, ends_s))
            self._at(ends_s, lambda end_s: self._end(run, kept, end_s))

        self._at(at_s, begin)

    def _end(self, run: Run, kept: KeptStanding, now_s: float) -> None:
        """As the handler does: print, keep what stands. Then CloudWatch reads the line."""
        with redirect_stdout(io.StringIO()) as printed:
            emit(run, self._metrics, stands_after(kept.standing, run))
        self._store.write_after(kept, run)
        self.runs = [each for each in self.runs if each.trigger.depth is not run.trigger.depth] + [run]
        is_late = self._chance.random() < _LATE[0]
        arrives_s = now_s + (_LATE[1] if is_late else self._chance.uniform(*_DELAY_S))
        for line in printed.getvalue().splitlines():
            self._put(json.loads(line), now_s, arrives_s)

    def _put(self, line: dict[str, object], at_s: float, arrives_s: float) -> None:
        """Read a line of the embedded metric format as CloudWatch does (its specification)."""
        about: dict[str, list[dict[str, list[object]]]] = line["_aws"]  # type: ignore[assignment]
        for definition in about["CloudWatchMetrics"]:
            for names in definition["Dimensions"]:
                dimensions = frozenset((str(name), str(line[str(name)])) for name in names)  # type: ignore[attr-defined]
                for metric in definition["Metrics"]:
                    name = str(metric["Name"])  # type: ignore[index]
                    for value in line[name]:  # type: ignore[attr-defined]
                        self.region.put((str(definition["Namespace"]), name, dimensions), at_s, arrives_s, value)
