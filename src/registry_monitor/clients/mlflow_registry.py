"""The registry as its users meet it: the real MLflow client (mlflow-skinny), below the write guard.

Importing this module imports mlflow (seconds on a small Lambda), so suites import it where they use it.
"""

import contextvars
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository
from mlflow.utils.rest_utils import MlflowHostCreds, http_request_safe

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.clients.mlflow_transport import Conversation, GuardedSession, conversing
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.clients.write_guard import (
    EXPIRES_TAG,
    OWNER_TAG,
    OwnNames,
    WriteGuard,
    WriteRefusedError,
)
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.target import Mlflow

_API = "/api/2.0"


class RegistryError(Exception):
    """The registry did not do what was asked: a clause for people, and the answer where there was one."""

    def __init__(self, message: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True)
class OwnRun:
    """A run of the monitor's in MLflow. ``artifact_uri``: where MLflow says that its files are."""

    id: str
    name: str
    experiment_id: str
    artifact_uri: str
    tags: Mapping[str, str]

    @property
    def is_expired(self) -> bool:
        """Whether its time to live is over, so that any run of the monitor may sweep it."""
        return _is_expired(self.tags)


@dataclass(frozen=True)
class OwnModel:
    """A registered model of the monitor's in MLflow."""

    name: str
    tags: Mapping[str, str]

    @property
    def is_expired(self) -> bool:
        """Whether its time to live is over, so that any run of the monitor may sweep it."""
        return _is_expired(self.tags)


@dataclass(frozen=True)
class OwnVersion:
    """A version of one of the monitor's models."""

    version: str
    run_id: str
    source: str
    status: str


def _is_expired(tags: Mapping[str, str]) -> bool:
    expires = tags.get(EXPIRES_TAG, "")
    return expires.isdigit() and int(expires) < time.time()


class _InContext(ThreadPoolExecutor):
    """Hands the caller's context (and with it the conversation) to its threads."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """As ThreadPoolExecutor.submit, in a copy of the caller's context."""
        return super().submit(contextvars.copy_context().run, fn, *args, **kwargs)


class _Artifacts(MlflowArtifactsRepository):  # type: ignore[misc]  # mlflow's class is untyped
    """MLflow's own client of proxied artifacts; its download threads keep the conversation."""

    def _create_thread_pool(self) -> ThreadPoolExecutor:
        return _InContext(max_workers=self.max_workers)


class Registry:
    """What the suites may do with MLflow. One per run; each call belongs to one attempt of one check."""

    def __init__(self, mlflow: Mlflow, owner: str, keyring: Keyring, key: str, budget: RequestBudget) -> None:
        self._mlflow = mlflow
        self._owner = owner
        self._keyring = keyring
        self._key = key
        self._budget = budget
        names = OwnNames(experiment=mlflow.experiment, model=mlflow.model, owner=owner)
        self._guard = WriteGuard(names)
        self._session = GuardedSession()
        self._client = MlflowClient(tracking_uri=mlflow.api_url, registry_uri=mlflow.api_url)

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    @contextmanager
    def asking(self, attempt: Attempt) -> Iterator[Conversation]:
        """Talk with MLflow for this attempt. Whatever fails becomes a RegistryError, or CannotTellError."""
        prefixes = [f"{self._mlflow.api_url}{_API}/mlflow", f"{self._mlflow.api_url}{_API}"]
        if self._mlflow.direct_url is not None:
            prefixes.append(f"{self._mlflow.direct_url}{self._mlflow.direct_api_path}")
        if attempt.number > 1:
            self._session.close()  # a failure is confirmed on a fresh connection
        conversation = Conversation(
            self._session, attempt, self._keyring, self._key, self._guard, self._budget, tuple(prefixes)
        )
        try:
            with conversing(conversation):
                yield conversation
        except WriteRefusedError as error:
            raise CannotTellError(f"the write guard refused: {error}") from error
        except (MlflowException, requests.RequestException) as error:
            if conversation.refused is not None:  # never sent: mlflow wraps whatever its session raises
                raise CannotTellError(str(conversation.refused)) from error
            raise _registry_error(error, conversation) from error
        except OSError as error:
            raise CannotTellError(f"the monitor's own disk failed: {error}") from error

    def find_or_create_experiment(self) -> str:
        """The id of the one long-lived experiment, created by the first run ever. Raises RegistryError."""
        experiment = self._client.get_experiment_by_name(self._mlflow.experiment)
        if experiment is None:
            tags = {OWNER_TAG: self._owner}
            experiment_id = str(self._client.create_experiment(self._mlflow.experiment, tags=tags))
            experiment = self._client.get_experiment(experiment_id)
        if experiment.lifecycle_stage != "active":
            state = f"experiment '{self._mlflow.experiment}' exists, but is {experiment.lifecycle_stage}"
            raise CannotTellError(f"{state}: restore it (experiments/restore), its name stays taken until then")
        self._guard.claim_experiment(experiment.experiment_id, experiment.name)
        return str(experiment.experiment_id)

    def create_run(self, experiment_id: str, name: str, expires_at: int) -> OwnRun:
        """Start a run that carries the monitor's tag and its time to live (Unix seconds)."""
        tags = {OWNER_TAG: self._owner, EXPIRES_TAG: str(expires_at)}
        return self._claimed_run(self._client.create_run(experiment_id, run_name=name, tags=tags))

    def log(self, run_id: str, params: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        """Log parameters and metrics in one batch, and end the run."""
        now_ms = int(time.time() * 1000)
        self._client.log_batch(
            run_id,
            metrics=[Metric(name, value, now_ms, 0) for name, value in metrics.items()],
            params=[Param(name, value) for name, value in params.items()],
            tags=[RunTag("registry-monitor.logged", "true")],
        )
        self._client.set_terminated(run_id)

    def read_run(self, run_id: str) -> tuple[dict[str, str], dict[str, float]]:
        """Parameters and metrics of a run, as MLflow has them."""
        data = self._client.get_run(run_id).data
        return dict(data.params), dict(data.metrics)

    def upload(self, run: OwnRun, folder: Path, path: str) -> None:
        """Upload a folder's files to the run, below ``path``."""
        self._artifacts(run).log_artifacts(str(folder), path)

    def download(self, run: OwnRun, path: str, folder: Path) -> Path:
        """Download what stands below ``path`` of the run; the folder that holds it."""
        return Path(self._artifacts(run).download_artifacts(path, str(folder)))

    def create_model(self, name: str, expires_at: int) -> OwnModel:
        """Create a registered model that carries the monitor's tag and its time to live (Unix seconds)."""
        tags = {OWNER_TAG: self._owner, EXPIRES_TAG: str(expires_at)}
        return self._claimed_model(self._client.create_registered_model(name, tags=tags))

    def register(self, model: OwnModel, run: OwnRun, path: str) -> OwnVersion:
        """Register the run's files below ``path`` as a version of the model; does not wait until it is READY."""
        source = f"{run.artifact_uri}/{path}"
        return _own_version(self._client.create_model_version(model.name, source, run.id, await_creation_for=0))

    def version(self, model: OwnModel, version: str) -> OwnVersion:
        """One version of a model, as MLflow has it."""
        return _own_version(self._client.get_model_version(model.name, version))

    def versions(self, model: OwnModel) -> list[OwnVersion]:
        """All versions of a model, as a search finds them."""
        found = self._client.search_model_versions(f"name='{model.name}'", max_results=10)
        return [_own_version(version) for version in found]

    def models(self) -> list[OwnModel]:
        """All registered models of the monitor's, by name and tag."""
        found = self._client.search_registered_models(f"name LIKE '{self._mlflow.model}-%'", max_results=1000)
        models = [OwnModel(model.name, dict(model.tags)) for model in found]
        return [model for model in models if model.tags.get(OWNER_TAG) == self._owner]

    def runs(self, experiment_id: str) -> list[OwnRun]:
        """All active runs in the monitor's experiment that carry its tag, oldest first."""
        found = self._client.search_runs(
            [experiment_id],
            f"tags.`{OWNER_TAG}` = '{self._owner}'",
            max_results=200,
            order_by=["start_time ASC"],
        )
        return [_own_run(run) for run in found]

    def delete_run(self, run_id: str) -> None:
        """Delete a run of the monitor's own, its files first; read back just before. MLflow keeps a soft row."""
        run = self._claimed_run(self._client.get_run(run_id))
        self._artifacts(run).delete_artifacts()
        self._client.delete_run(run.id)

    def delete_model(self, name: str) -> None:
        """Delete a model with its versions for good, read back just before.

        It goes by the direct way: the proxy loses a DELETE's body. Deleting a version alone would leave its row in
        the database for ever (MLflow 3.17: stage "Deleted_Internal"), deleting the model takes them with it.
        Raises RegistryError where the target names no direct way.
        """
        if self._mlflow.direct_url is None:
            raise RegistryError("has no way to delete a model: mlflow.direct_url is not set in the target")
        model = self._claimed_model(self._client.get_registered_model(name))
        host = MlflowHostCreds(self._mlflow.direct_url)
        endpoint = f"{self._mlflow.direct_api_path}/registered-models/delete"
        http_request_safe(host, endpoint, "DELETE", json={"name": model.name})

    def _claimed_model(self, model: Any) -> OwnModel:
        self._guard.claim_model(model.name, model.tags)
        return OwnModel(model.name, dict(model.tags))

    def _claimed_run(self, run: Any) -> OwnRun:
        own = _own_run(run)
        self._guard.claim_run(own.id, own.experiment_id, own.tags)
        return own

    def _artifacts(self, run: OwnRun) -> _Artifacts:
        if urlsplit(run.artifact_uri).scheme != "mlflow-artifacts":
            place = run.artifact_uri.partition(":")[0]
            raise RegistryError(
                f"keeps its artifacts in {place}:, not behind MLflow (mlflow-artifacts:/), "
                "so a third party would need credentials of the platform's store"
            )
        return _Artifacts(run.artifact_uri, tracking_uri=self._mlflow.api_url)


def _own_run(run: Any) -> OwnRun:
    return OwnRun(
        run.info.run_id, run.info.run_name or "", run.info.experiment_id, run.info.artifact_uri, dict(run.data.tags)
    )


def _own_version(version: ModelVersion) -> OwnVersion:
    return OwnVersion(str(version.version), version.run_id or "", version.source, version.status)


def _registry_error(error: Exception, conversation: Conversation) -> RegistryError:
    """Tell a failure of the client by the answer behind it, where one is known."""
    failed = conversation.failed
    if isinstance(failed, Answer):
        return RegistryError(failed.describe(), failed)
    if isinstance(failed, HttpError):
        return RegistryError(str(failed))
    return RegistryError(f"made the MLflow client raise {type(error).__name__}: {error}")
