"""The sandbox as the alarms' drill sees it: real runs at simulated moments, with what the function keeps and tells."""

from datetime import UTC, datetime, timedelta

import pytest

from registry_monitor.memory import Memory
from registry_monitor.monitor import FLOW_REPEATS
from registry_monitor.outputs.objects import publish
from registry_monitor.outputs.state_store import StateError
from registry_monitor.reports.notice import Notice
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from tests.alarms.recordings import HEALTHY
from tests.alarms.simulated_runs import Asked
from tests.alarms.weather import Weather
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here
from tests.unit.state.shelf import Shelf


class SandboxPlatform:
    """The sandbox, which is broken and mended as the state changes.

    ``epoch``: second 0 of the simulation; ``broken_s`` seconds after it is now, so that what the platform tells of its
    own times fits. ``notices``: what was told so far, with the second in which its run ended.
    """

    def __init__(self, sandbox: Sandbox, broken_s: float) -> None:
        self.epoch = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=broken_s)
        self.notices: list[tuple[float, Notice]] = []
        self._sandbox = sandbox
        self._state = HEALTHY
        self._shelf = Shelf()

    def run(self, asked: Asked, state: str, weather: Weather, standing: StandingVerdict | None) -> Run:
        """A real run, at a simulated moment. Raises StateError where what it keeps and tells fails."""
        self._enter(state)
        event = {"depth": asked.depth, "reason": asked.reason, "suites": list(asked.suites)}
        with pytest.MonkeyPatch.context() as patch:
            run = monitor_here(
                self._sandbox,
                patch,
                event,
                flow_repeats=FLOW_REPEATS,
                standing=standing,
                reports_bucket=REPORTS_BUCKET,
            )
            run = run.model_copy(update={"started_at": self.epoch + timedelta(seconds=asked.at_s)})
            return self._remembered(run, ended_s=asked.at_s + run.duration_ms / 1000)

    def _enter(self, state: str) -> None:
        if state == self._state:
            return
        if self._state != HEALTHY:
            self._sandbox.mend(self._state)
        if state != HEALTHY:
            self._sandbox.break_(state)
        self._state = state

    def _remembered(self, run: Run, ended_s: float) -> Run:
        """What the handler does with a run, but for its metrics: those are the alarms'."""
        memory = Memory(self._shelf, tell=lambda notice: self.notices.append((ended_s, notice)))
        run = memory.with_standing(run)
        memory.tell(run, publish(run, REPORTS_BUCKET, history=memory.history))
        if memory.problems:
            raise StateError("\n".join(memory.problems))
        return run
