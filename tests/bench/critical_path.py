"""What a run cannot be faster than, whatever runs side by side: its longest chain, and its busiest host. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from statistics import median
from typing import Any

ALLOWED_S = 0.3  # of each run, for what is no check: its beginning, its end and its reports

type Run = Mapping[str, Any]  # as tests.bench.function tells it


@dataclass(frozen=True)
class Chain:
    """Checks that wait for each other, first to last, and the seconds that they take one after another."""

    checks: tuple[str, ...]
    seconds: float


def longest_chain(serial: Sequence[Run]) -> Chain:
    """The longest chain of dependent checks, each measured alone: the median over runs in which one ran at a time."""
    lasts_ms = {
        name: median(each["duration_ms"] for run in serial for each in run["checks"] if each["id"] == name)
        for name in (each["id"] for each in serial[0]["checks"])
    }
    waits_for = {each["id"]: [name for name in each["waits_for"] if name in lasts_ms] for each in serial[0]["checks"]}
    ends: dict[str, Chain] = {}
    for name in TopologicalSorter(waits_for).static_order():
        before = max((ends[each] for each in waits_for[name]), key=lambda chain: chain.seconds, default=Chain((), 0.0))
        ends[name] = Chain((*before.checks, name), before.seconds + lasts_ms[name] / 1000)
    return max(ends.values(), key=lambda chain: chain.seconds)


def host_bound_s(run: Run, round_trip_s: float, concurrency_per_host: int) -> float:
    """The busiest host's requests, as many side by side as the target permits, a round trip each."""
    return max(run["requests"].values()) * round_trip_s / concurrency_per_host


def over_bound(wall_s: float, chain: Chain, host_s: float) -> float:
    """How many times as long a run takes as it must; below 1 where the noise of measuring is larger than its waste."""
    return (wall_s - ALLOWED_S) / max(chain.seconds, host_s)
