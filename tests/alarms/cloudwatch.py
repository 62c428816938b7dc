"""CloudWatch's alarms: how a state follows from data points, by the user guide. Pure.

The rules are those of "Configuring how CloudWatch alarms treat missing data" and "Alarm evaluation" (CloudWatch user
guide). Not published, and therefore assumed: how far the evaluation range goes beyond the evaluation periods, in which
second of each minute an alarm is evaluated, and what ``missing`` makes of ``- - - - X``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import ge, gt, le, lt
from statistics import fmean

_BEYOND_N = 2  # the guide's own example: five data points are retrieved for three evaluation periods


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


type Series = tuple[str, str, frozenset[tuple[str, str]]]  # namespace, name, dimensions with their values

STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Average": fmean,
    "Sum": sum,
    "SampleCount": len,
}
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": ge,
    "GreaterThanThreshold": gt,
    "LessThanOrEqualToThreshold": le,
    "LessThanThreshold": lt,
}


@dataclass(frozen=True)
class MetricAlarm:
    """An alarm on one series. ``actions``: the topics that are told of each state."""

    name: str
    description: str
    series: Series
    statistic: str
    period_s: int
    evaluation_periods: int
    datapoints_to_alarm: int
    operator: str
    threshold: float
    missing: str
    actions: dict[State, tuple[str, ...]]

    @property
    def evaluation_range(self) -> int:
        """How many data points are looked at."""
        return self.evaluation_periods + _BEYOND_N

    def is_breaching(self, values: Sequence[float]) -> bool:
        """Whether the values of one period are beyond the threshold."""
        return _OPERATORS[self.operator](STATISTICS[self.statistic](values), self.threshold)

    def judge(self, points: Sequence[bool | None]) -> State | None:
        """The state after these periods, the newest last; None: the state stays as it is.

        Each point says whether it is breaching; None: there are no data.
        """
        return judged(points, self.evaluation_periods, self.datapoints_to_alarm, self.missing)


def judged(
    points: Sequence[bool | None], evaluation_periods: int, datapoints_to_alarm: int, missing: str
) -> State | None:
    """The state that an evaluation range leads to; None: it stays as it is.

    Real data points fill the evaluation periods, the newest first; only what then lacks is filled by ``missing``.
    Raises ValueError for a treatment that does not exist.
    """
    if missing not in ("breaching", "notBreaching", "ignore", "missing"):
        raise ValueError(f"TreatMissingData is {missing!r}; expected breaching, notBreaching, ignore or missing")
    real = [point for point in reversed(points) if point is not None][:evaluation_periods]
    lacking = evaluation_periods - len(real)
    breaching = sum(real) + (lacking if missing == "breaching" else 0)
    if lacking and missing in ("ignore", "missing") and breaching < datapoints_to_alarm:
        if not real:
            return State.INSUFFICIENT_DATA if missing == "missing" else None
        if all(real):  # the guide's "avoiding premature transitions to alarm state"
            oldest = len(points) - points.index(True)
            return State.ALARM if missing == "missing" and oldest >= datapoints_to_alarm else None
    return State.ALARM if breaching >= datapoints_to_alarm else State.OK
