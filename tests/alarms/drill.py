"""From a fault to the page and back, on the sandbox: ``make drill SCENARIO=MLF-01``.

The runs are real, and so is what they print and tell; the minutes are simulated, with the template's own alarms.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from registry_monitor.incident import Step
from registry_monitor.reports.notice import Notice
from tests.alarms.cloudwatch import State
from tests.alarms.deployed import deployed_alarms
from tests.alarms.life import Life
from tests.alarms.messages import Messages
from tests.alarms.recordings import HEALTHY
from tests.alarms.region import Region
from tests.alarms.sandbox_platform import SandboxPlatform
from tests.alarms.simulated_runs import EPOCH, AnyPlatform
from tests.alarms.weather import CALM
from tests.sandbox.sandbox import Sandbox

_BEGIN = 8  # minutes of the hour: a full run comes at 17, and before it light ones have three minutes for themselves
_LOOKS_FROM = 12  # by then the alarms have data, as those of a stack that has been there for long
_BROKEN_S = 13.2 * 60
_AFTER_PAGE_MINUTES = 3  # that on-call takes to read, and to mend: in a drill it knows how
_LONGEST_MINUTES = 45
_TIME_SCALE = 0.1  # the load balancers' 60 s of silence become 6 s

type Say = Callable[[str], None]


class Drill:
    """One fault, from its breaking to the all-clear.

    ``notices``: those that runs tell, as they come, with the second of each. ``epoch``: second 0.
    """

    def __init__(
        self,
        platform: AnyPlatform,
        fault: str,
        say: Say,
        notices: Sequence[tuple[float, Notice]],
        epoch: datetime = EPOCH,
    ) -> None:
        alarms = deployed_alarms()
        self._region = Region(alarms.metric, alarms.composite, random.Random(fault))
        self._region.state_at_start((name, State.OK) for name in self._region.states)
        self._fault = fault
        self._say = say
        self._notices = notices
        self._messages = Messages(self._region, epoch, say)
        self._mended_s = float("inf")
        self._paged_s: float | None = None
        self._over_s: float | None = None
        self._life = Life(self._region, platform, CALM, self._state_at, seed=1)

    def make(self) -> bool:
        """Let it happen, and tell each step; return whether all of them came."""
        self._life.deploy(_BEGIN * 60 + 1)
        for minute in range(_BEGIN, _BEGIN + _LONGEST_MINUTES):
            if minute * 60 <= _BROKEN_S < (minute + 1) * 60:
                self._messages.tell_at(_BROKEN_S, f"{self._fault} breaks the platform")
            self._life.live(minute, minute + 1, looks_after=int(minute < _LOOKS_FROM))
            self._tell_news((minute + 1) * 60.0)
            if self._is_over():
                break
            if self._paged_s and self._mended_s == float("inf") and minute >= self._paged_s / 60 + _AFTER_PAGE_MINUTES:
                self._mend((minute + 1) * 60.0)
        return self._tell_end()

    def _state_at(self, at_s: float) -> str:
        return self._fault if _BROKEN_S <= at_s < self._mended_s else HEALTHY

    def _tell_news(self, until_s: float) -> None:
        for at_s, state in self._messages.tell_news(until_s, self._life.runs, self._notices):
            if state is State.ALARM:
                self._paged_s = self._paged_s or at_s
                self._over_s = None
            elif self._paged_s:
                self._over_s = at_s

    def _mend(self, at_s: float) -> None:
        self._mended_s = at_s
        self._messages.tell_fix(self._life.runs)
        self._messages.tell_at(at_s, "the platform is mended")

    def _is_over(self) -> bool:
        """Whether the last page was taken back, and the last notice told that it is over."""
        is_told = self._messages.last_step is Step.RESOLVED
        return is_told and self._over_s is not None and self._over_s >= self._mended_s

    def _tell_end(self) -> bool:
        lacking = [] if self._paged_s else ["the page"]
        lacking += [] if self._messages.last_step else ["a notice"]
        lacking += [] if self._is_over() else ["the all-clear"]
        if self._paged_s is None or self._over_s is None or lacking:
            self._say(f"The drill ended without {' and '.join(lacking)}.")
            return False
        to_page, to_ok = (self._paged_s - _BROKEN_S) / 60, (self._over_s - self._mended_s) / 60
        told = f"paged {to_page:.1f} min after the fault, OK {to_ok:.1f} min after the mending"
        self._say(f"All steps came: {told}, {len(self._notices)} notices.")
        return True


def main() -> int:
    """Make the drill of a scenario; 0 when it paged, was explained and was over, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.alarms.drill", description="From a fault to the page.")
    parser.add_argument("scenario", nargs="?", default="MLF-01", help="of tests/scenarios (MLF-01)")
    fault = parser.parse_args().scenario

    def say(text: str) -> None:
        print(text, flush=True)

    with Sandbox(time_scale=_TIME_SCALE, pause_scale=_TIME_SCALE, progress=say) as sandbox:
        platform = SandboxPlatform(sandbox, _BROKEN_S)
        return 0 if Drill(platform, fault, say, platform.notices, platform.epoch).make() else 1


if __name__ == "__main__":
    sys.exit(main())
