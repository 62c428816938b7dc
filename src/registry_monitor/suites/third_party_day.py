"""What a third-party engineer does in a day: two versions of a model of real data, the better one the champion."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry_monitor.clients.own_objects import OwnModel, OwnRun, OwnVersion
from registry_monitor.model import Attempt, Outcome
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.registry_flow import MODEL_PATH, RegistryFlow, folder_difference

if TYPE_CHECKING:
    from registry_monitor.suites.trained_model import TrainedModel

ALIAS = "champion"
METRIC = "accuracy"  # by which the two versions are compared

_USEFUL = 0.85
_TAGS = {"registry-monitor.purpose": "a third-party engineer's day, made by a monitor"}
_DESCRIPTION = "Made by a monitor, and deleted by it."


@dataclass
class Candidate:
    """One version on its way: trained here, logged as a run, registered."""

    number: int
    trained: "TrainedModel"
    folder: Path
    run: OwnRun | None = None
    version: OwnVersion | None = None

    @property
    def version_tags(self) -> dict[str, str]:
        """The tags with which an engineer tells others how good the version is."""
        return {"benchmark_metric": METRIC, "benchmark_value": f"{self.trained.metrics[METRIC]:.4f}"}


class ThirdPartyDay(RegistryFlow):
    """The day's memory."""

    def __init__(self, context: SuiteContext) -> None:
        model = f"{context.target.mlflow.model}-e2e-{context.run_id}"
        super().__init__(context, model, (f"{context.run_id}-e2e-1", f"{context.run_id}-e2e-2"))
        self._candidates: dict[int, Candidate] = {}
        self._model: OwnModel | None = None
        self._champion: Candidate | None = None

    @property
    def model(self) -> OwnModel:
        """The registered model."""
        assert self._model is not None  # noqa: S101 - the stages come in this order
        return self._model

    @property
    def champion(self) -> Candidate:
        """The better version, as MLflow's own figures say."""
        assert self._champion is not None  # noqa: S101 - the stages come in this order
        return self._champion

    def train(self, number: int, attempt: Attempt) -> Outcome:
        """Train, evaluate on held-out data, and write the folder; the second try must be no worse than the first."""
        from registry_monitor.suites import cancer_models, trained_model  # noqa: PLC0415 - imports sklearn

        trained = (cancer_models.train_first if number == 1 else cancer_models.train_better)()
        folder = self.folder / str(number)
        trained_model.write_folder(trained, folder, with_example=True)
        self._candidates[number] = Candidate(number, trained, folder)
        reached = trained.metrics[METRIC]
        wanted = _USEFUL if number == 1 else self._candidates[1].trained.metrics[METRIC]
        seen = f"gave an {METRIC} of {reached:.3f} on held-out data of '{cancer_models.DATA_SET}'"
        return Outcome.judge(reached >= wanted, expected="", seen=seen, evidence={"metrics": dict(trained.metrics)})

    def log(self, number: int, attempt: Attempt) -> Outcome:
        """Log a run with parameters, metrics and tags, read it back, and upload the model's folder to it."""
        registry, candidate = self.registry, self._candidates[number]
        trained = candidate.trained
        with registry.asking(attempt):
            if self.experiment_id is None:
                self.experiment_id = registry.find_or_create_experiment()
            candidate.run = run = self.new_run(self.run_names[number - 1], _TAGS)
            registry.log(run.id, trained.params, trained.metrics)
            read = registry.read_run(run.id)
            registry.upload(run, candidate.folder, MODEL_PATH)
        is_same = (read.params, read.metrics) == (
            trained.params,
            trained.metrics,
        ) and _TAGS.items() <= read.tags.items()
        logged = f"{len(read.params)} parameters, {len(read.metrics)} metrics and {len(read.tags)} tags"
        seen = f"was read back with {logged}" + ("" if is_same else ", not those that were logged")
        evidence: dict[str, Any] = {"run": run.id, "artifact_uri": run.artifact_uri, "metrics": read.metrics}
        return Outcome.judge(is_same, expected="", seen=seen, evidence=evidence)

    def register(self, number: int, attempt: Attempt) -> Outcome:
        """Register a version with a description and tags; the first one makes the registered model."""
        registry, candidate = self.registry, self._candidates[number]
        assert candidate.run is not None  # noqa: S101 - the stages come in this order
        with registry.asking(attempt):
            if self._model is None:
                self._model = self.new_model(_DESCRIPTION)
            made = registry.register(self._model, candidate.run, MODEL_PATH, _DESCRIPTION, _TAGS)
            registry.tag_version(self._model, made.version, candidate.version_tags)
            candidate.version = version = self.when_ready(attempt, self._model, made)
        is_right = (version.version, version.status) == (str(number), "READY")
        is_told = (
            version.description == _DESCRIPTION and (_TAGS | candidate.version_tags).items() <= version.tags.items()
        )
        seen = f"gave version {version.version} of '{self.model_name}', {version.status}"
        seen += "" if is_told else ", without the description and tags that it was given"
        evidence: dict[str, Any] = {"version": version.version, "source": version.source, "tags": dict(version.tags)}
        return Outcome.judge(is_right and is_told, expected="", seen=seen, evidence=evidence)

    def promote(self, attempt: Attempt) -> Outcome:
        """Let the alias name the version whose run has the better metric in MLflow, and ask for it by the alias."""
        registry = self.registry
        with registry.asking(attempt):
            figures = {number: registry.read_run(_run(each).id).metrics for number, each in self._candidates.items()}
            lacking = [str(number) for number, metrics in figures.items() if METRIC not in metrics]
            if lacking:
                seen = f"could not be given: MLflow has no {METRIC} for version {' and '.join(lacking)}"
                return Outcome.judge(False, expected="", seen=seen)
            best = max(figures, key=lambda number: (figures[number][METRIC], number))  # of equals, the newer
            self._champion = champion = self._candidates[best]
            registry.set_alias(self.model, ALIAS, str(best))
            named = registry.version_by_alias(self.model_name, ALIAS)
        evidence: dict[str, Any] = {f"version_{number}": metrics for number, metrics in figures.items()}
        seen = f"names version {named.version}; the better one by {METRIC} is version {champion.number}"
        return Outcome.judge(named.version == str(champion.number), expected="", seen=seen, evidence=evidence)

    def describe(self, attempt: Attempt) -> Outcome:
        """Tell in the model's description and tags which version is the champion, and read them back."""
        description = f"{_DESCRIPTION} The {ALIAS} is version {self.champion.number}."
        with self.registry.asking(attempt):
            self.registry.describe_model(self.model_name, description, _TAGS)
            read = self.registry.model(self.model_name)
        is_same = read.description == description and _TAGS.items() <= read.tags.items()
        seen = "was read back as it was written" if is_same else f"was read back as '{read.description}'"
        return Outcome.judge(is_same, expected="", seen=seen, evidence={"tags": dict(read.tags)})

    def compare(self, attempt: Attempt) -> Outcome:
        """Search the model's versions: both there, each with its run, tags and metrics."""
        registry = self.registry
        with registry.asking(attempt):
            found = {each.version: each for each in registry.versions(self.model)}
            metrics = {version: registry.read_run(each.run_id).metrics for version, each in found.items()}
        wrong = [f"version {number} {difference}" for number, difference in self._differences(found, metrics).items()]
        seen = "; ".join(wrong) if wrong else f"found both versions, with their runs, tags and {METRIC}"
        evidence: dict[str, Any] = {"metrics": metrics, "runs": {each.version: each.run_id for each in found.values()}}
        return Outcome.judge(not wrong, expected="", seen=seen, evidence=evidence)

    def _differences(self, found: dict[str, OwnVersion], metrics: dict[str, dict[str, float]]) -> dict[int, str]:
        differences = {}
        for number, candidate in self._candidates.items():
            version = found.get(str(number))
            if version is None:
                differences[number] = "was not found"
            elif version.run_id != _run(candidate).id:
                differences[number] = f"points at run {version.run_id}, not at {_run(candidate).id}"
            elif not candidate.version_tags.items() <= version.tags.items():
                differences[number] = f"has the tags {dict(version.tags)}"
            elif metrics[str(number)] != candidate.trained.metrics:
                differences[number] = f"has the metrics {metrics[str(number)]}"
        return differences

    def fetch(self, attempt: Attempt) -> Outcome:
        """As another key: find the version by its alias, download, load and predict the held-out rows."""
        from registry_monitor.suites import trained_model  # noqa: PLC0415 - imports sklearn

        champion, key = self.champion, self.context.target.mlflow.reader_key
        received = self.folder / "received"
        received.mkdir(exist_ok=True)
        with self.registry.asking(attempt, key):
            version = self.registry.version_by_alias(self.model_name, ALIAS)
            self.registry.download(version.source, received)
        differs = folder_difference(champion.folder, received)
        if differs is not None:
            return Outcome.judge(False, expected="", seen=f"by its alias {differs}")
        sample, wanted = champion.trained.sample, champion.trained.predictions
        is_same = bool((trained_model.load(received).predict(sample) == wanted).all())
        seen = f"came back whole for the key '{key}', and predicts {'the same' if is_same else 'differently'}"
        return Outcome.judge(is_same, expected="", seen=seen)


def _run(candidate: Candidate) -> OwnRun:
    assert candidate.run is not None  # noqa: S101 - the stages come in this order
    return candidate.run
