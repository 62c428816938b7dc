"""What a process of ``make alarms`` is given to do. The recordings are read once in each."""

from functools import cache

from tests.alarms.figures import FaultFigures
from tests.alarms.recordings import read_recordings
from tests.alarms.simulated_runs import Platform
from tests.alarms.trials import Rest, healthy_days, is_seen_by_light_runs, try_fault


def rest_of(days: int, seed: int) -> Rest:
    """Days of a healthy platform."""
    return healthy_days(_platform(), seed, days)


def figures_of(fault: str, trials: int) -> FaultFigures:
    """Trials of one fault."""
    platform = _platform()
    rings = [try_fault(platform, fault, seed) for seed in range(trials)]
    return FaultFigures.of(rings, is_seen_by_light=is_seen_by_light_runs(platform, fault))


@cache
def _platform() -> Platform:
    return Platform(read_recordings())
