"""What the six stages of a registration do, one after another."""

from typing import TYPE_CHECKING, Any

from registry_monitor.clients.own_objects import OwnModel, OwnRun, OwnVersion
from registry_monitor.model import Attempt, Outcome
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.registry_flow import MODEL_PATH, RegistryFlow, Step, folder_difference

if TYPE_CHECKING:
    from registry_monitor.suites.trained_model import TrainedModel

STAGES = ("train", "experiment", "run", "register", "retrieve", "artifact")


class RegistrationFlow(RegistryFlow):
    """One registration of the small model. ``label`` tells several flows of one run apart."""

    def __init__(self, context: SuiteContext, label: str = "") -> None:
        part = f"{label}-" if label else ""
        run_name = f"{context.run_id}-{label}" if label else context.run_id
        super().__init__(context, f"{context.target.mlflow.model}-{part}{context.run_id}", (run_name,))
        self._canary: TrainedModel | None = None
        self._run: OwnRun | None = None
        self._model: OwnModel | None = None
        self._version: OwnVersion | None = None

    def stage(self, name: str) -> Step:
        """The check function of a stage."""
        steps: dict[str, tuple[str, Step]] = {
            "train": ("an accuracy of at least 0.8 on held-out data", self._train),
            "experiment": ("the one experiment of the monitor, found or created", self._find_experiment),
            "run": ("a run with the parameters and metrics that were logged", self._log_run),
            "register": ("the files stored and a version that becomes READY", self._register),
            "retrieve": ("the version in a search, with its run and source", self._retrieve),
            "artifact": ("files byte for byte as sent, that load and predict the same", self._fetch_artifact),
        }
        expected, step = steps[name]
        return self.measured(name, expected, step)

    @property
    def run(self) -> OwnRun:
        """The run that stage 3 made."""
        assert self._run is not None  # noqa: S101 - the stages come in this order
        return self._run

    def _train(self, attempt: Attempt) -> Outcome:
        from registry_monitor.suites import canary_model, trained_model  # noqa: PLC0415 - imports sklearn

        self._canary = canary = canary_model.train()
        trained_model.write_folder(canary, self.folder / "sent")
        accuracy = canary.metrics["accuracy"]
        return Outcome.judge(accuracy >= 0.8, expected="", seen=f"gave an accuracy of {accuracy:.2f}")

    def _find_experiment(self, attempt: Attempt) -> Outcome:
        with self.registry.asking(attempt):
            self.experiment_id = self.registry.find_or_create_experiment()
        name = self.context.target.mlflow.experiment
        evidence: dict[str, Any] = {"experiment_id": self.experiment_id}
        return Outcome.judge(True, expected="", seen=f"is there: '{name}', id {self.experiment_id}", evidence=evidence)

    def _log_run(self, attempt: Attempt) -> Outcome:
        registry, canary = self.registry, self._canary
        assert canary is not None  # noqa: S101 - the stages come in this order
        with registry.asking(attempt):
            self._run = run = self.new_run(self.run_names[0])
            registry.log(run.id, canary.params, canary.metrics)
            read = registry.read_run(run.id)
        is_same = read.params == canary.params and read.metrics == canary.metrics
        logged = f"{len(read.params)} parameters and {len(read.metrics)} metrics"
        seen = f"was read back with {logged}" + ("" if is_same else ", not those that were logged")
        evidence: dict[str, Any] = {"run": run.id, "artifact_uri": run.artifact_uri, "metrics": read.metrics}
        return Outcome.judge(is_same, expected="", seen=seen, evidence=evidence)

    def _register(self, attempt: Attempt) -> Outcome:
        registry, run = self.registry, self.run
        with registry.asking(attempt):
            registry.upload(run, self.folder / "sent", MODEL_PATH)
            self._model = model = self.new_model()
            version = self.when_ready(attempt, model, registry.register(model, run, MODEL_PATH))
        self._version = version
        seen = f"gave version {version.version} of '{model.name}', {version.status}"
        evidence: dict[str, Any] = {"version": version.version, "source": version.source}
        return Outcome.judge(version.status == "READY", expected="", seen=seen, evidence=evidence)

    def _retrieve(self, attempt: Attempt) -> Outcome:
        model, run, version = self._model, self.run, self._version
        assert model is not None and version is not None  # noqa: S101 - the stages come in this order
        with self.registry.asking(attempt):
            found = next((each for each in self.registry.versions(model) if each.version == version.version), None)
        if found is None:
            return Outcome.judge(False, expected="", seen=f"does not find version {version.version} of '{model.name}'")
        is_right = found.run_id == run.id and found.source == version.source
        seen = f"found version {found.version} of run {found.run_id}, from {found.source}"
        return Outcome.judge(is_right, expected="", seen=seen)

    def _fetch_artifact(self, attempt: Attempt) -> Outcome:
        from registry_monitor.suites import trained_model  # noqa: PLC0415 - imports sklearn

        canary, version = self._canary, self._version
        assert canary is not None and version is not None  # noqa: S101 - the stages come in this order
        received = self.folder / "received"
        received.mkdir(exist_ok=True)
        with self.registry.asking(attempt):
            self.registry.download(version.source, received)
        differs = folder_difference(self.folder / "sent", received)
        if differs is not None:
            return Outcome.judge(False, expected="", seen=differs)
        is_same = bool((trained_model.load(received).predict(canary.sample) == canary.predictions).all())
        seen = f"came back whole and predicts {'the same' if is_same else 'differently'}"
        return Outcome.judge(is_same, expected="", seen=seen)
