"""What disturbs a healthy platform, seeded: blips, slow minutes, throttling. Each asking meets it on its own."""

import hashlib
from dataclasses import dataclass

from registry_monitor.model import Leftover, Outcome, Status
from tests.alarms.recordings import RecordedCheck

_BLIP = "answered 502 (a blip of the simulation)"


@dataclass(frozen=True)
class Weather:
    """How often what happens: each a share, of askings, of minutes, or of runs."""

    seed: int
    blips: float = 0.01
    slow_minutes: float = 0.005
    slower: float = 8.0  # how many times as long everything takes in a slow minute
    throttled_runs: float = 0.002

    def is_blip(self, run: str, check: str, asking: int) -> bool:
        """Whether this asking of a check fails, whatever the platform is like."""
        return self._chance("blip", run, check, str(asking)) < self.blips

    def is_slow(self, minute: int) -> bool:
        """Whether the platform is slow in this minute."""
        return self._chance("slow", str(minute)) < self.slow_minutes

    def is_throttled(self, run: str) -> bool:
        """Whether AWS throttles this run."""
        return self._chance("throttled", run) < self.throttled_runs

    def _chance(self, *parts: str) -> float:
        """A number from 0 to 1 that depends on nothing else: threads may ask in any order."""
        digest = hashlib.blake2b(f"{self.seed} {' '.join(parts)}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


CALM = Weather(seed=0, blips=0.0, slow_minutes=0.0, throttled_runs=0.0)


def blipped(check: RecordedCheck) -> Outcome:
    """What a blip makes of a check; of a clean-up, which is no fault of a user's, a leftover."""
    if check.always:
        left = Leftover(kind="run", id="of the simulation", reason=_BLIP)
        return Outcome(status=Status.UNKNOWN, expected="nothing left", seen="left 1 object", leftovers=(left,))
    return Outcome.judge(False, expected=check.outcome.expected, seen=_BLIP)


def slowed(outcome: Outcome, factor: float) -> Outcome:
    """What a slow minute makes of an outcome: SLOW, where that is over its budget."""
    if outcome.latency_ms is None or not outcome.status.is_passed:
        return outcome
    latency_ms = outcome.latency_ms * factor
    is_over = outcome.budget_ms is not None and latency_ms > outcome.budget_ms
    status = Status.SLOW if is_over else outcome.status
    return outcome.model_copy(update={"latency_ms": latency_ms, "status": status})
