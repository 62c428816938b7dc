"""What the flows that register models have in common: a registry, a folder, measured stages, and the clean-up.

mlflow and sklearn are imported inside the stages: a light run must not pay for them, nor a Lambda's first ten seconds.
Their import is not part of a stage's latency.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from registry_monitor.clients.own_objects import OwnModel, OwnRun, OwnVersion, RegistryError
from registry_monitor.clients.write_guard import EXPIRES_TAG
from registry_monitor.model import Attempt, CannotTellError, Leftover, Outcome, Status
from registry_monitor.suites import clean_up
from registry_monitor.suites.clean_up import CleanUp, FlowNames
from registry_monitor.suites.context import SuiteContext

if TYPE_CHECKING:
    from registry_monitor.clients.mlflow_registry import Registry

TOO_MANY_REQUESTS = 429  # nothing is asked again against a rate limit
COLD_IMPORT_S = 45.0  # mlflow and sklearn on a cold Lambda of 1024 MB: 9 s measured, with room
_SHORTEST_IMPORT_S = 4.0  # with two processors
MODEL_PATH = "model"

_TIME_TO_LIVE_S = 3600
_READY_WITHIN_S = 10.0

type Step = Callable[[Attempt], Outcome]


class RegistryFlow:
    """One flow's memory: each stage leaves what the next one needs.

    It makes one registered model and some runs, whose names are known before: see ``FlowNames``.
    """

    def __init__(self, context: SuiteContext, model_name: str, run_names: tuple[str, ...]) -> None:
        self.context = context
        self.model_name = model_name
        self.run_names = run_names
        self.names = FlowNames(frozenset({model_name}), frozenset(run_names))
        self.stage_ms: dict[str, float] = {}
        self.experiment_id: str | None = None
        self._expires_at = int(time.time()) + _TIME_TO_LIVE_S
        self._registry: Registry | None = None
        self._folder: Path | None = None
        self._begun: list[Leftover] = []

    def measured(self, name: str, expected: str, step: Step) -> Step:
        """The check function of a stage: import, then measure, then judge. Its time counts only where it passed."""

        def run(attempt: Attempt) -> Outcome:
            import_heavy_libraries(attempt)
            started = time.monotonic()
            outcome = judged(expected, step, attempt)
            if not outcome.status.is_passed:
                return outcome
            elapsed_ms = round((time.monotonic() - started) * 1000, 1)
            self.stage_ms[name] = elapsed_ms
            return outcome.model_copy(update={"latency_ms": elapsed_ms})

        return run

    def judge_duration(self, attempt: Attempt) -> Outcome:
        """All stages together, against the target's budget (the seeds': under 30 s)."""
        total_ms = round(sum(self.stage_ms.values()), 1)
        budget_ms = self.context.target.mlflow.registration_budget_s * 1000
        return Outcome.judge(
            True,
            expected=f"all {len(self.stage_ms)} stages within {budget_ms / 1000:.0f} s",
            seen=f"took {total_ms / 1000:.2f} s over its {len(self.stage_ms)} stages",
            evidence={f"{stage}_ms": ms for stage, ms in self.stage_ms.items()},
            latency_ms=total_ms,
            budget_ms=budget_ms,
        )

    def clean_up(self, attempt: Attempt) -> Outcome:
        """Delete what this run made and what killed runs left; tell what stays behind."""
        self.remove_folder()
        if self.experiment_id is None:
            seen = "had nothing to remove: nothing was written"
            return Outcome(status=Status.SKIPPED, expected=clean_up.EXPECTED, seen=seen)
        try:
            return CleanUp(self.registry, self.names, self.begun).run(attempt)
        finally:
            self.close()

    @property
    def begun(self) -> tuple[Leftover, ...]:
        """What this flow has begun to make, whether or not an answer came."""
        return tuple(self._begun)

    @property
    def registry(self) -> "Registry":
        """MLflow's registry, below the write guard; made when it is first asked for."""
        if self._registry is None:
            from registry_monitor.clients.mlflow_registry import Registry  # noqa: PLC0415 - imports mlflow

            target, context = self.context.target, self.context
            self._registry = Registry(target.mlflow, target.name, context.keyring, target.keys, context.budget)
        return self._registry

    @property
    def folder(self) -> Path:
        """A temporary folder of this flow's own; the clean-up removes it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="registry-monitor-"))
        return self._folder

    def remove_folder(self) -> None:
        """Remove the temporary folder, if there is one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def close(self) -> None:
        """Close the registry's connections, if it was asked."""
        if self._registry is not None:
            self._registry.close()

    # Inside ``registry.asking``

    def new_run(self, name: str, tags: Mapping[str, str] | None = None) -> OwnRun:
        """Start a run in the experiment, which must have been found. Raises CannotTellError as ``new_model``."""
        assert self.experiment_id is not None  # noqa: S101 - the stages come in this order
        there = [run.name for run in self.registry.runs(self.experiment_id) if EXPIRES_TAG in run.tags]
        self._refuse_too_many("runs", there)
        noted = len(self._begun)
        self._begun.append(Leftover(kind="run", id=f"named {name}", reason=""))
        run = self.registry.create_run(self.experiment_id, name, self._expires_at, tags)
        self._begun[noted] = Leftover(kind="run", id=run.id, reason="")
        return run

    def new_model(self, description: str | None = None) -> OwnModel:
        """Create the flow's registered model. Raises CannotTellError where too many stayed behind."""
        self._refuse_too_many("models", [model.name for model in self.registry.models()])
        self._begun.append(Leftover(kind="model", id=self.model_name, reason=""))
        return self.registry.create_model(self.model_name, self._expires_at, description)

    def _refuse_too_many(self, kind: str, names: list[str]) -> None:
        """What is of this very run is no leftover: another flow of it is under way."""
        limit = self.context.target.mlflow.max_leftovers
        there = sum(self.context.run_id not in name for name in names)
        if there >= limit:
            raise CannotTellError(
                f"{there} {kind} of the monitor's stay behind and mlflow.max_leftovers is {limit}: "
                "no more are written until they can be deleted (see the clean-up)"
            )

    def when_ready(self, attempt: Attempt, model: OwnModel, version: OwnVersion) -> OwnVersion:
        """The version as soon as MLflow calls it READY, or as it is when the time is over."""
        give_up = time.monotonic() + min(_READY_WITHIN_S, attempt.remaining_s)
        version = self.registry.version(model, version.version)
        while version.status == "PENDING_REGISTRATION" and time.monotonic() < give_up:
            time.sleep(0.2)
            version = self.registry.version(model, version.version)
        return version


def judged(expected: str, step: Step, attempt: Attempt) -> Outcome:
    """The outcome of a step, with what was expected; a RegistryError is a FAIL."""
    try:
        return step(attempt).model_copy(update={"expected": expected})
    except RegistryError as error:
        evidence = error.answer.evidence() if error.answer else {}
        is_final = error.answer is not None and error.answer.status == TOO_MANY_REQUESTS
        return Outcome.judge(False, expected=expected, seen=str(error), evidence=evidence, is_final=is_final)


def import_heavy_libraries(attempt: Attempt) -> None:
    """Import mlflow and sklearn before anything is measured.

    Raises CannotTellError where there is no time: an import cannot be abandoned, and takes the report's processor.
    """
    if "sklearn" not in sys.modules and attempt.remaining_s < _SHORTEST_IMPORT_S:
        raise CannotTellError(
            f"the run's time was over before mlflow could be imported: {attempt.remaining_s:.1f} s were left, "
            f"expected at least {_SHORTEST_IMPORT_S:.0f} s in an environment that is new"
        )
    from registry_monitor.clients import mlflow_registry  # noqa: F401, PLC0415 - imports mlflow
    from registry_monitor.suites import trained_model  # noqa: F401, PLC0415 - imports sklearn


def folder_difference(sent: Path, received: Path) -> str | None:
    """How a folder that came back differs from the one that was sent, as a clause; null where it does not."""
    wanted, there = _contents(sent), _contents(received)
    if wanted == there:
        return None
    differing = sorted(name for name in wanted if there.get(name) != wanted[name])
    return f"came back with {len(there)} of {len(wanted)} files; differing: {', '.join(differing) or 'none'}"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
