"""What the stages of a registration do, one after another, and the clean-up after them.

mlflow and sklearn are imported inside the stages: a light run must not pay for them, nor a Lambda's first ten seconds.
Their import is not part of a stage's latency.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry_monitor.model import Attempt, CannotTellError, Leftover, Outcome, Status
from registry_monitor.suites.context import SuiteContext

if TYPE_CHECKING:
    from registry_monitor.clients.mlflow_registry import OwnModel, OwnRun, OwnVersion, Registry
    from registry_monitor.suites.canary_model import CanaryModel

_TIME_TO_LIVE_S = 3600
_READY_WITHIN_S = 10.0
_PATH = "model"


class RegistrationFlow:
    """The flow's memory: each stage leaves what the next one needs."""

    def __init__(self, context: SuiteContext) -> None:
        self._context = context
        self._registry: Registry | None = None
        self._folder: Path | None = None
        self._canary: CanaryModel | None = None
        self._experiment_id: str | None = None
        self._run: OwnRun | None = None
        self._model: OwnModel | None = None
        self._version: OwnVersion | None = None
        self._expires_at = int(time.time()) + _TIME_TO_LIVE_S
        self._stage_ms: dict[str, float] = {}

    def stage(self, name: str) -> Callable[[Attempt], Outcome]:
        """The check function of a stage: import, then measure, then judge."""
        steps: dict[str, tuple[str, Callable[[Attempt], Outcome]]] = {
            "train": ("an accuracy of at least 0.8 on held-out data", self._train),
            "experiment": ("the one experiment of the monitor, found or created", self._find_experiment),
            "run": ("a run with the parameters and metrics that were logged", self._log_run),
            "register": ("the files stored and a version that becomes READY", self._register),
            "retrieve": ("the version in a search, with its run and source", self._retrieve),
            "artifact": ("files byte for byte as sent, that load and predict the same", self._fetch_artifact),
        }
        expected, step = steps[name]

        def run(attempt: Attempt) -> Outcome:
            from registry_monitor.clients.mlflow_registry import RegistryError  # noqa: PLC0415 - imports mlflow
            from registry_monitor.suites import canary_model  # noqa: F401, PLC0415 - imports sklearn

            started = time.monotonic()
            try:
                outcome = step(attempt)
            except RegistryError as error:
                evidence = error.answer.evidence() if error.answer else {}
                return Outcome.judge(False, expected=expected, seen=str(error), evidence=evidence)
            elapsed_ms = round((time.monotonic() - started) * 1000, 1)
            self._stage_ms[name] = elapsed_ms
            return outcome.model_copy(update={"expected": expected, "latency_ms": elapsed_ms})

        return run

    def judge_duration(self, attempt: Attempt) -> Outcome:
        """The six stages together, against the target's budget (the seeds': under 30 s)."""
        total_ms = round(sum(self._stage_ms.values()), 1)
        budget_ms = self._context.target.mlflow.registration_budget_s * 1000
        return Outcome.judge(
            True,
            expected=f"all six stages within {budget_ms / 1000:.0f} s",
            seen=f"took {total_ms / 1000:.2f} s over its six stages",
            evidence={f"{stage}_ms": ms for stage, ms in self._stage_ms.items()},
            latency_ms=total_ms,
            budget_ms=budget_ms,
        )

    def clean_up(self, attempt: Attempt) -> Outcome:
        """Delete what this run made and what killed runs left; tell what stays behind."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        expected = "nothing of the monitor's own left behind"
        if self._experiment_id is None:
            seen = "had nothing to remove: nothing was written"
            return Outcome(status=Status.SKIPPED, expected=expected, seen=seen)
        removed, leftovers = self._sweep(attempt, self._experiment_id)
        self._asking_registry().close()
        if leftovers:
            told = "; ".join(f"{each.kind} {each.id} ({each.reason})" for each in leftovers[:5])
            seen = f"left {len(leftovers)} objects behind: {told}"
            return Outcome(status=Status.UNKNOWN, expected=expected, seen=seen, leftovers=tuple(leftovers))
        evidence: dict[str, Any] = {"removed": removed}
        return Outcome.judge(True, expected=expected, seen=f"removed {len(removed)} objects", evidence=evidence)

    def _asking_registry(self) -> "Registry":
        if self._registry is None:
            from registry_monitor.clients.mlflow_registry import Registry  # noqa: PLC0415 - imports mlflow

            target = self._context.target
            self._registry = Registry(
                target.mlflow, target.name, self._context.keyring, target.keys.monitor, self._context.budget
            )
        return self._registry

    def _train(self, attempt: Attempt) -> Outcome:
        from registry_monitor.suites import canary_model  # noqa: PLC0415 - imports sklearn

        self._folder = folder = Path(tempfile.mkdtemp(prefix="registry-monitor-"))
        self._canary = canary = canary_model.train()
        canary_model.write_folder(canary, folder / "sent")
        accuracy = canary.metrics["accuracy"]
        return Outcome.judge(accuracy >= 0.8, expected="", seen=f"gave an accuracy of {accuracy:.2f}")

    def _find_experiment(self, attempt: Attempt) -> Outcome:
        registry = self._asking_registry()
        with registry.asking(attempt):
            self._experiment_id = registry.find_or_create_experiment()
        name = self._context.target.mlflow.experiment
        evidence: dict[str, Any] = {"experiment_id": self._experiment_id}
        return Outcome.judge(True, expected="", seen=f"is there: '{name}', id {self._experiment_id}", evidence=evidence)

    def _log_run(self, attempt: Attempt) -> Outcome:
        registry, canary, experiment_id = self._asking_registry(), self._canary, self._experiment_id
        assert canary is not None and experiment_id is not None  # noqa: S101 - the stages come in this order
        with registry.asking(attempt):
            self._run = run = registry.create_run(experiment_id, attempt.run_id, self._expires_at)
            registry.log(run.id, canary.params, canary.metrics)
            params, metrics = registry.read_run(run.id)
        is_same = params == canary.params and metrics == canary.metrics
        logged = f"{len(params)} parameters and {len(metrics)} metrics"
        seen = f"was read back with {logged}" + ("" if is_same else ", not those that were logged")
        evidence: dict[str, Any] = {"run": run.id, "artifact_uri": run.artifact_uri, "metrics": metrics}
        return Outcome.judge(is_same, expected="", seen=seen, evidence=evidence)

    def _register(self, attempt: Attempt) -> Outcome:
        registry, run, folder = self._asking_registry(), self._run, self._folder
        assert run is not None and folder is not None  # noqa: S101 - the stages come in this order
        name = self._model_name(attempt.run_id)
        with registry.asking(attempt):
            registry.upload(run, folder / "sent", _PATH)
            self._refuse_more_leftovers(registry)
            self._model = model = registry.create_model(name, self._expires_at)
            version = registry.register(model, run, _PATH)
            give_up = time.monotonic() + min(_READY_WITHIN_S, attempt.remaining_s)
            version = registry.version(model, version.version)
            while version.status == "PENDING_REGISTRATION" and time.monotonic() < give_up:
                time.sleep(0.2)
                version = registry.version(model, version.version)
        self._version = version
        seen = f"gave version {version.version} of '{name}', {version.status}"
        evidence: dict[str, Any] = {"version": version.version, "source": version.source}
        return Outcome.judge(version.status == "READY", expected="", seen=seen, evidence=evidence)

    def _refuse_more_leftovers(self, registry: "Registry") -> None:
        limit = self._context.target.mlflow.max_leftovers
        there = len(registry.models())
        if there >= limit:
            raise CannotTellError(
                f"{there} models of the monitor's stay behind and mlflow.max_leftovers is {limit}: "
                "no more are written until they can be deleted (see the clean-up)"
            )

    def _retrieve(self, attempt: Attempt) -> Outcome:
        registry, model, run, version = self._asking_registry(), self._model, self._run, self._version
        assert model is not None and run is not None and version is not None  # noqa: S101 - in this order
        with registry.asking(attempt):
            found = next((each for each in registry.versions(model) if each.version == version.version), None)
        if found is None:
            return Outcome.judge(False, expected="", seen=f"does not find version {version.version} of '{model.name}'")
        is_right = found.run_id == run.id and found.source == version.source
        seen = f"found version {found.version} of run {found.run_id}, from {found.source}"
        return Outcome.judge(is_right, expected="", seen=seen)

    def _fetch_artifact(self, attempt: Attempt) -> Outcome:
        from registry_monitor.suites import canary_model  # noqa: PLC0415 - imports sklearn

        registry, run, canary, folder = self._asking_registry(), self._run, self._canary, self._folder
        assert run is not None and canary is not None and folder is not None  # noqa: S101 - in this order
        received = folder / "received"
        received.mkdir(exist_ok=True)
        with registry.asking(attempt):
            received = registry.download(run, _PATH, received)
        sent_files, received_files = _contents(folder / "sent"), _contents(received)
        if sent_files != received_files:
            differing = sorted(name for name in sent_files if received_files.get(name) != sent_files[name])
            seen = f"came back with {len(received_files)} of {len(sent_files)} files; differing: {', '.join(differing)}"
            return Outcome.judge(False, expected="", seen=seen)
        predictions = canary_model.load(received).predict(canary.sample)
        is_same = bool((predictions == canary.predictions).all())
        size_bytes = sum(len(content) for content in received_files.values())
        seen = f"came back whole ({len(received_files)} files, {size_bytes} bytes) and predicts " + (
            "the same" if is_same else "differently"
        )
        return Outcome.judge(is_same, expected="", seen=seen)

    def _model_name(self, run_id: str) -> str:
        return f"{self._context.target.mlflow.model}-{run_id}"

    def _perhaps_left(self, run_id: str, reason: str) -> list[Leftover]:
        """What this run may have made, as far as it knows: it tried to make a run, and after that a model."""
        left = [Leftover(kind="run", id=self._run.id if self._run else f"named {run_id}", reason=reason)]
        if self._run is not None:
            left.append(Leftover(kind="model", id=self._model_name(run_id), reason=reason))
        return left

    def _sweep(self, attempt: Attempt, experiment_id: str) -> tuple[list[str], list[Leftover]]:
        """Models first (their versions point at runs), then runs with their files: this run's, and expired ones."""
        from registry_monitor.clients.mlflow_registry import RegistryError  # noqa: PLC0415 - imports mlflow

        registry = self._asking_registry()
        removed: list[str] = []
        leftovers: list[Leftover] = []

        def remove(kind: str, identity: str, delete: Callable[[str], None]) -> None:
            try:
                with registry.asking(attempt):
                    delete(identity)
                removed.append(f"{kind} {identity}")
            except (RegistryError, CannotTellError) as error:
                leftovers.append(Leftover(kind=kind, id=identity, reason=str(error)))

        try:
            with registry.asking(attempt):
                models, runs = registry.models(), registry.runs(experiment_id)
        except (RegistryError, CannotTellError) as error:
            return [], self._perhaps_left(attempt.run_id, f"it may be there, but could not be looked for: {error}")
        # By name, not by memory: an object may exist although the answer to its creation was lost.
        for model in models:
            if model.name == self._model_name(attempt.run_id) or model.is_expired:
                remove("model", model.name, registry.delete_model)
        for run in runs:
            if run.name == attempt.run_id or run.is_expired:
                remove("run", run.id, registry.delete_run)
        return removed, leftovers


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
