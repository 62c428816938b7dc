"""CloudWatch in one region, minute by minute: data that arrive late, alarms that look at them, actions and mutes."""

import random
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.alarms.cloudwatch import MetricAlarm, Series, State
from tests.alarms.composite import CompositeAlarm


@dataclass(frozen=True)
class Action:
    """What a topic was told: ``at_s`` seconds after the beginning of the simulation."""

    at_s: float
    topic: str
    alarm: str
    state: State


@dataclass(frozen=True)
class MuteRule:
    """A window in which the actions of alarms are held (CloudWatch user guide, "How alarm mute rules work")."""

    from_s: float
    until_s: float
    alarms: frozenset[str]


@dataclass(frozen=True, order=True)
class _Arrival:
    at_s: float
    minute: int
    series: Series = field(compare=False)
    value: float = field(compare=False)


class Region:
    """Metrics and alarms. Alarms that are created find what was measured before, and nothing of it has a state."""

    def __init__(
        self,
        alarms: Sequence[MetricAlarm],
        composites: Sequence[CompositeAlarm],
        chance: random.Random,
        mutes: Sequence[MuteRule] = (),
    ) -> None:
        self.alarms = {alarm.name: alarm for alarm in alarms}
        self.composites = {alarm.name: alarm for alarm in composites}
        self.states = dict.fromkeys([*self.alarms, *self.composites], State.INSUFFICIENT_DATA)
        self.transitions: list[tuple[float, str, State]] = []
        self.actions: list[Action] = []
        self._mutes = mutes
        self._held: dict[str, State] = {}
        self._arriving: list[_Arrival] = []
        self._watching: dict[Series, list[str]] = defaultdict(list)
        for alarm in alarms:
            self._watching[alarm.series].append(alarm.name)
        self._values: dict[str, dict[int, list[float]]] = {name: defaultdict(list) for name in self.alarms}
        self._breaching: dict[str, dict[int, bool]] = {name: {} for name in self.alarms}
        self._second = {name: chance.uniform(0, 60) for name in self.alarms}  # in which each minute it is evaluated

    def put(self, series: Series, at_s: float, arrives_s: float, value: float) -> None:
        """A value of a moment, which can be seen from another one on. Series that no alarm watches are dropped."""
        if series in self._watching:
            insort(self._arriving, _Arrival(arrives_s, int(at_s // 60), series, value))

    def run_minute(self, minute: int) -> None:
        """Evaluate each alarm once in this minute, on what has arrived by then; then tell the topics."""
        for name in sorted(self.alarms, key=self._second.__getitem__):
            at_s = minute * 60 + self._second[name]
            self._take_arrivals(at_s)
            self._evaluate(self.alarms[name], at_s)

    def state_at_start(self, states: Iterable[tuple[str, State]]) -> None:
        """Begin as a stack that has been there for long."""
        self.states.update(states)

    def _take_arrivals(self, at_s: float) -> None:
        while self._arriving and self._arriving[0].at_s <= at_s:
            arrival = self._arriving.pop(0)
            for name in self._watching[arrival.series]:
                alarm = self.alarms[name]
                period = arrival.minute * 60 // alarm.period_s
                values = self._values[name][period]
                values.append(arrival.value)
                self._breaching[name][period] = alarm.is_breaching(values)

    def _evaluate(self, alarm: MetricAlarm, at_s: float) -> None:
        """Look at the periods that are over: they begin with the clock's, not with the alarm."""
        newest = int(at_s // alarm.period_s) - 1
        breaching = self._breaching[alarm.name]
        points = [breaching.get(period) for period in range(newest - alarm.evaluation_range + 1, newest + 1)]
        state = alarm.judge(points)
        if state is not None:
            self._enter(alarm, state, at_s)
        self._release(alarm.name, at_s)
        for composite in self.composites.values():
            self._enter(composite, composite.judge(self.states), at_s)
            self._release(composite.name, at_s)

    def _enter(self, alarm: MetricAlarm | CompositeAlarm, state: State, at_s: float) -> None:
        """Actions run when the state changes, and not while it stays."""
        if self.states[alarm.name] is state:
            return
        self.states[alarm.name] = state
        self.transitions.append((at_s, alarm.name, state))
        if self._is_muted(alarm.name, at_s):
            self._held.setdefault(alarm.name, state)
        else:
            self._tell(alarm, state, at_s)

    def _release(self, name: str, at_s: float) -> None:
        """When a mute ends, it is told if the alarm is still in the state in which it was muted first."""
        if name not in self._held or self._is_muted(name, at_s):
            return
        held = self._held.pop(name)
        if held is self.states[name]:
            self._tell(self.alarms.get(name) or self.composites[name], held, at_s)

    def _is_muted(self, name: str, at_s: float) -> bool:
        return any(rule.from_s <= at_s < rule.until_s and name in rule.alarms for rule in self._mutes)

    def _tell(self, alarm: MetricAlarm | CompositeAlarm, state: State, at_s: float) -> None:
        self.actions += [Action(at_s, topic, alarm.name, state) for topic in alarm.actions.get(state, ())]
