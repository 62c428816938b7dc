"""A station tries cases one after another on one sandbox: it breaks the world, runs the monitor, and mends it.

Of a fault that is alone, it tries between run and mending whether the suggested fix helps.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.denial import denying
from tests.diagnosis.fix_trial import FixTrial, try_fix
from tests.diagnosis.history import forget_history
from tests.diagnosis.noise import noisy
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here
from tests.unit.sandbox.breaking import assert_healthy
from tests.unit.sandbox.world_state import state_of

_TIME_SCALE = 0.1  # the load balancers' 60 s of silence become 6 s
_PAUSE_SCALE = 0.02  # of the wait for packets that are dropped, or for the next try, nobody learns anything
_RUN_TIME_S = 120.0


@dataclass(frozen=True)
class Tried:
    """What came of a case: its run as JSON, or the problem that kept it from being tried.

    ``mended``: whether the world was healthy afterwards; ``seconds``: how long each step took; ``fix``: what came of
    the suggested fix, where that was tried.
    """

    case: str
    run_json: str | None
    problem: str | None
    mended: bool
    seconds: dict[str, float]
    fix: FixTrial | None = None


class Station:
    """Keeps a healthy sandbox of the platform that was asked for last; another is started where one did not mend."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._healthy: object = None  # the state of its world when it was new

    def attempt(self, case: Case) -> Tried:
        """Try one case; never raises for what a world, a scenario or the monitor does."""
        seconds: dict[str, float] = {}
        run: Run | None = None
        fix: FixTrial | None = None
        problem: str | None = None
        try:
            with _timed(seconds, "start"):
                sandbox = self._sandbox_of(case)
            with _broken(sandbox, case, seconds):
                with _timed(seconds, "run"):
                    run = ask_monitor(sandbox, case)
                if case.kind is Kind.SINGLE and len(case.causes) == 1:
                    with _timed(seconds, "fix"):
                        fix = try_fix(sandbox, run, partial(ask_monitor, sandbox, case))
        except Exception as error:  # noqa: BLE001 - one world that cannot be made must not end the others
            if fix is None:  # else the scenario could not undo what the fix has changed already
                problem = f"{type(error).__name__}: {error}"
        mended = problem is None and self._is_mended(seconds)
        if not mended:
            self.close()
        return Tried(case.id, run.model_dump_json() if run and not problem else None, problem, mended, seconds, fix)

    def close(self) -> None:
        """Stop the sandbox, if one runs."""
        if self._sandbox:
            self._sandbox.__exit__(None, None, None)
            self._sandbox = None

    def _sandbox_of(self, case: Case) -> Sandbox:
        if self._sandbox and self._sandbox.platform.era != case.platform:
            self.close()
        if not self._sandbox:
            self._sandbox = Sandbox(case.platform, time_scale=_TIME_SCALE, pause_scale=_PAUSE_SCALE).__enter__()
            self._healthy = state_of(self._sandbox.world)
            ask_monitor(self._sandbox, Case(Kind.HEALTHY))  # the first run makes what the monitor keeps for ever
        forget_history(self._sandbox)
        return self._sandbox

    def _is_mended(self, seconds: dict[str, float]) -> bool:
        assert self._sandbox
        with _timed(seconds, "check"):
            try:
                assert_healthy(self._sandbox)
                return state_of(self._sandbox.world) == self._healthy
            except Exception:  # noqa: BLE001 - whatever it is that does not answer, the world is not as it was
                return False


def ask_monitor(sandbox: Sandbox, case: Case, suites: Sequence[str] = ()) -> Run:
    """Make the run of a case in this process; of some ``suites`` alone where they are named."""
    event: dict[str, object] = {"depth": "light"} if case.kind is Kind.LIGHT else {}
    if suites:
        event["suites"] = list(suites)
    with pytest.MonkeyPatch.context() as patch, denying(case.denied):
        return monitor_here(sandbox, patch, event, time_s=_RUN_TIME_S)


@contextmanager
def _broken(sandbox: Sandbox, case: Case, seconds: dict[str, float]) -> Iterator[None]:
    """The world of a case for a while: its scenario, or its harmless noise."""
    if case.seed is None:
        with _timed(seconds, "break"):
            sandbox.break_(case.scenario)
        try:
            yield
        finally:
            with _timed(seconds, "mend"):
                sandbox.mend(case.scenario)
        return
    with noisy(sandbox.world, case.seed):
        with _timed(seconds, "break"):
            sandbox.settle()
        yield
    with _timed(seconds, "mend"):
        sandbox.settle()


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        seconds[step] = round(time.monotonic() - began, 2)
