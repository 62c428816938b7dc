"""Many registrations at once: each whole, with a run and a model of its own, all given up when they do harm."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from registry_monitor.model import Attempt, CannotTellError, Outcome, Status
from registry_monitor.suites import clean_up
from registry_monitor.suites.clean_up import CleanUp, FlowNames
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.load_figures import Load, Registration
from registry_monitor.suites.registration_stages import STAGES, RegistrationFlow
from registry_monitor.suites.registry_flow import import_heavy_libraries


class RegistrationLoad:
    """One wave of registrations, and its clean-up.

    ``context``: with the budget of requests under which the load is made. ``own``: the run's own context, whose budget
    the load has not used up: what was made can be deleted. Stages include the monitor's own share, which grows with
    their number on a small machine.
    """

    def __init__(self, context: SuiteContext, own: SuiteContext) -> None:
        count = context.target.performance.concurrent_registrations
        self._flows = [RegistrationFlow(context, f"load-{number}") for number in range(1, count + 1)]
        self._keeper = RegistrationFlow(own, "load")  # makes nothing itself
        self._give_up = threading.Event()
        self._lock = threading.Lock()
        self._failed = 0
        self._load: Load | None = None
        self.reason: str | None = None

    @property
    def load(self) -> Load:
        """What was measured. Raises CannotTellError before it was."""
        if self._load is None:
            raise CannotTellError("no registrations were made before")
        return self._load

    def run(self, attempt: Attempt) -> Load:
        """Make all registrations at once, and wait for them."""
        import_heavy_libraries(attempt)
        began = time.monotonic()
        pool = ThreadPoolExecutor(max_workers=len(self._flows))
        try:
            futures = [
                pool.submit(self._register, flow, replace(attempt, check_id=f"{attempt.check_id}-{number}"))
                for number, flow in enumerate(self._flows, start=1)
            ]
            registrations = tuple(future.result() for future in futures)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self._load = Load(registrations, time.monotonic() - began)
        return self._load

    def clean_up(self, attempt: Attempt) -> Outcome:
        """Delete what all of them made, and what killed runs left."""
        for flow in self._flows:
            flow.remove_folder()
            flow.close()
        if all(flow.experiment_id is None for flow in self._flows):
            seen = "had nothing to remove: nothing was written"
            return Outcome(status=Status.SKIPPED, expected=clean_up.EXPECTED, seen=seen)
        names = FlowNames(
            models=frozenset(flow.model_name for flow in self._flows),
            runs=frozenset(name for flow in self._flows for name in flow.run_names),
        )
        begun = tuple(leftover for flow in self._flows for leftover in flow.begun)
        try:
            return CleanUp(self._keeper.registry, names, begun).run(attempt)
        finally:
            self._keeper.close()

    def _register(self, flow: RegistrationFlow, attempt: Attempt) -> Registration:
        for stage in STAGES:
            if self._give_up.is_set():
                return Registration(flow.stage_ms, is_stopped=True)
            try:
                outcome = flow.stage(stage)(attempt)
            except CannotTellError as error:
                return Registration(flow.stage_ms, unknown=f"{stage}: {error}")
            if not outcome.status.is_passed:
                problem = f"the stage '{stage}': it {outcome.seen}"
                self._note_failure(problem, is_rate_limit=outcome.is_final)
                return Registration(flow.stage_ms, problem=problem)
        return Registration(dict(flow.stage_ms))

    def _note_failure(self, problem: str, *, is_rate_limit: bool) -> None:
        """Give up on all, when the platform asks for less or most of them fail."""
        with self._lock:
            self._failed += 1
            is_most = 2 * self._failed > len(self._flows)
            if (is_rate_limit or is_most) and not self._give_up.is_set():
                why = "the platform asked for less (429)" if is_rate_limit else "more than half of them had failed"
                self.reason = f"what was left was given up, because {why}"
                self._give_up.set()
