"""From a fault to the page and back, on the sandbox: ``make drill SCENARIO=MLF-01``.

The runs are real, and so is what they print; the minutes are simulated, with the template's own alarms.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from registry_monitor.model import Status
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from tests.alarms.cloudwatch import State
from tests.alarms.deployed import PAGE, deployed_alarms
from tests.alarms.life import Life
from tests.alarms.messages import fix_text, notice_text, page_text
from tests.alarms.recordings import HEALTHY
from tests.alarms.region import Region
from tests.alarms.simulated_runs import EPOCH, AnyPlatform, Asked
from tests.alarms.weather import CALM, Weather
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here

_BEGIN = 10  # minutes of the hour: a full run comes at 17, and before it light ones have three minutes for themselves
_BROKEN_S = 13.2 * 60
_AFTER_PAGE_MINUTES = 3  # that on-call takes to read, and to mend: in a drill it knows how
_LONGEST_MINUTES = 40
_TIME_SCALE = 0.1  # the load balancers' 60 s of silence become 6 s

type Say = Callable[[str], None]


class SandboxPlatform:
    """The sandbox, which is broken and mended as the state changes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._state = HEALTHY

    def run(self, asked: Asked, state: str, weather: Weather, standing: StandingVerdict | None) -> Run:
        """A real run, at a simulated moment."""
        if state != self._state:
            if self._state != HEALTHY:
                self._sandbox.mend(self._state)
            if state != HEALTHY:
                self._sandbox.break_(state)
            self._state = state
        event = {"depth": asked.depth, "reason": "schedule", "suites": list(asked.suites)}
        with pytest.MonkeyPatch.context() as patch:
            run = monitor_here(self._sandbox, patch, event, standing=standing)
        return run.model_copy(update={"started_at": EPOCH + timedelta(seconds=asked.at_s)})


def drill(platform: AnyPlatform, fault: str, say: Say) -> bool:
    """Break, page, mend, all-clear: tell each step; return whether all of them came."""
    mended_s = float("inf")
    alarms = deployed_alarms()
    region = Region(alarms.metric, alarms.composite, random.Random(fault))
    region.state_at_start((name, State.OK) for name in region.states)
    life = Life(region, platform, CALM, lambda at_s: fault if _BROKEN_S <= at_s < mended_s else HEALTHY, seed=1)
    life.deploy(_BEGIN * 60 + 1)
    told = _Told(region, life, say)
    for minute in range(_BEGIN, _BEGIN + _LONGEST_MINUTES):
        if minute * 60 <= _BROKEN_S < (minute + 1) * 60:
            say(f"{_clock(_BROKEN_S)}  {fault} breaks the platform")
        life.live(minute, minute + 1, looks_after=0 if minute > _BEGIN + 1 else 1)
        told.tell_news()
        if told.paged_s is not None and mended_s == float("inf") and minute >= told.paged_s / 60 + _AFTER_PAGE_MINUTES:
            mended_s = (minute + 1) * 60.0
            told.tell_fix()
            say(f"{_clock(mended_s)}  the platform is mended")
        if told.is_over:
            return True
    say("The drill ended without a page." if told.paged_s is None else "The drill ended without the all-clear.")
    return False


class _Told:
    """What has been told of a drill, and what is new."""

    def __init__(self, region: Region, life: Life, say: Say) -> None:
        self.paged_s: float | None = None
        self.is_over = False
        self._region = region
        self._life = life
        self._say = say
        self._transitions = 0
        self._verdicts: dict[str, str] = {}

    def tell_news(self) -> None:
        """Verdicts and alarms that have changed; the page, and what explains it."""
        for run in self._life.runs:
            verdict = f"{run.verdict} ({len(run.of_status(Status.FAIL))} checks fail)"
            if self._verdicts.get(run.trigger.depth) != verdict:
                self._verdicts[run.trigger.depth] = verdict
                ended_s = (run.started_at - EPOCH).total_seconds() + run.duration_ms / 1000
                self._say(f"{_clock(ended_s)}  {run.trigger.depth} run: {verdict}")
        new = self._region.transitions[self._transitions :]
        self._transitions = len(self._region.transitions)
        for at_s, name, state in new:
            self._say(f"{_clock(at_s)}  alarm {name}: {state}")
            if name in self._region.composites:
                self._tell_page(name, state, at_s)

    def tell_fix(self) -> None:
        """What the newest run that knows a cause says that mends it."""
        for run in reversed(self._life.runs):
            for cause in run.causes[:1]:
                self._say(_framed("The fix", fix_text(cause)))
                return

    def _tell_page(self, name: str, state: State, at_s: float) -> None:
        ringing = [each for each in self._region.alarms if self._region.states[each] is State.ALARM]
        reason = f"in ALARM: {', '.join(ringing) or 'none'}"
        description = self._region.composites[name].description
        self._say(_framed(f"SNS tells {PAGE}", page_text(name, description, state, reason)))
        if state is State.ALARM:
            self.paged_s = self.paged_s or at_s
            self._say(_framed("What explains it", notice_text(self._life.runs[-1])))
        elif self.paged_s is not None:
            self.is_over = True


def _clock(at_s: float) -> str:
    return f"{EPOCH + timedelta(seconds=at_s):%H:%M:%S}"


def _framed(title: str, text: str) -> str:
    lines = "\n".join(f"    | {line}".rstrip() for line in text.splitlines())
    return f"    {title}\n{lines}"


@contextmanager
def _sandbox_platform() -> Iterator[SandboxPlatform]:
    with Sandbox(time_scale=_TIME_SCALE, pause_scale=_TIME_SCALE, progress=print) as sandbox:
        yield SandboxPlatform(sandbox)


def main() -> int:
    """Make the drill of a scenario; 0 when it paged and was over, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.alarms.drill", description="From a fault to the page.")
    parser.add_argument("scenario", nargs="?", default="MLF-01", help="of tests/scenarios (MLF-01)")
    fault = parser.parse_args().scenario
    with _sandbox_platform() as platform:
        return 0 if drill(platform, fault, lambda text: print(text, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
