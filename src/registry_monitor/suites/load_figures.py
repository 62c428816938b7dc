"""What many samples say together: percentiles, error rates, throughput. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registry_monitor.suites.endpoint_answers import percentile

PERCENTS = (50, 95, 99)


@dataclass(frozen=True)
class Registration:
    """What became of one registration under load. ``problem``: what it failed with, null where it passed.

    ``is_stopped``: it was given up because others had failed; then it says nothing. ``unknown``: why nothing could be
    found out, which says nothing of the platform either.
    """

    stage_ms: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None
    unknown: str | None = None
    is_stopped: bool = False

    @property
    def is_passed(self) -> bool:
        """Whether all stages passed."""
        return self.problem is None and self.unknown is None and not self.is_stopped

    @property
    def total_ms(self) -> float:
        """All its stages together."""
        return sum(self.stage_ms.values())


@dataclass(frozen=True)
class Load:
    """All registrations of one wave, and how long the wave took from its first request to its last answer."""

    registrations: tuple[Registration, ...]
    wall_s: float

    @property
    def passed(self) -> tuple[Registration, ...]:
        """Those that passed."""
        return tuple(each for each in self.registrations if each.is_passed)

    @property
    def problems(self) -> list[str]:
        """What the failed ones failed with."""
        return [each.problem for each in self.registrations if each.problem is not None]

    @property
    def error_rate_pct(self) -> float:
        """Failed of those that ended, one way or the other; those that were stopped did not end."""
        ended = len(self.passed) + len(self.problems)
        return round(100 * len(self.problems) / ended, 1) if ended else 0.0

    @property
    def per_minute(self) -> float:
        """Registrations that passed, in a minute at this pace."""
        return round(60 * len(self.passed) / self.wall_s, 1) if self.wall_s else 0.0

    def stages(self) -> dict[str, dict[str, float]]:
        """Percentiles of each stage and of the whole registration, of those that passed."""
        names = list(self.passed[0].stage_ms) if self.passed else []
        found = {name: percentiles([each.stage_ms[name] for each in self.passed]) for name in names}
        return found | {"registration": percentiles(self.total_ms())}

    def total_ms(self) -> list[float]:
        """How long each one took that passed."""
        return [round(each.total_ms, 1) for each in self.passed]


def percentiles(samples_ms: Sequence[float]) -> dict[str, float]:
    """By nearest rank; of fewer than 20 samples the 95th is the largest."""
    return {f"p{percent}_ms": percentile(samples_ms, percent) for percent in PERCENTS} if samples_ms else {}
