"""The registry as its users meet it: the real MLflow client (mlflow-skinny), below the write guard.

Importing this module imports mlflow (seconds on a small Lambda), so suites import it where they use it.
"""

import contextvars
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from google.protobuf.json_format import ParseError
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository
from mlflow.utils.rest_utils import MlflowHostCreds, http_request_safe

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.clients.mlflow_transport import Conversation, GuardedSession, conversing
from registry_monitor.clients.own_objects import (
    OwnModel,
    OwnRun,
    OwnVersion,
    RegistryError,
    RunData,
    own_model,
    own_run,
    own_version,
)
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
from registry_monitor.target import Keys, Mlflow

_API = "/api/2.0"


class _InContext(ThreadPoolExecutor):
    """Hands the caller's context (and with it the conversation) to its threads."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """As ThreadPoolExecutor.submit, in a copy of the caller's context."""
        return super().submit(contextvars.copy_context().run, fn, *args, **kwargs)


class _Artifacts(MlflowArtifactsRepository):  # type: ignore[misc]  # mlflow's class is untyped
    """MLflow's own client of proxied artifacts, one file at a time; its download thread keeps the conversation.

    MLflow itself fetches as many files at once as the machine has processors, twice over. The target's limit of what
    is asked of a host at once is kept by counting checks, so a check asks one thing at a time.
    """

    def _create_thread_pool(self) -> ThreadPoolExecutor:
        return _InContext(max_workers=1)

    def files(self, folder: str | None = None) -> list[str]:
        """All files below a folder; a store may still list folders whose last file has been deleted."""
        found: list[str] = []
        for each in self.list_artifacts(folder):
            found += self.files(each.path) if each.is_dir else [each.path]
        return found


class Registry:
    """What the suites may do with MLflow. One per run; each call belongs to one attempt of one check."""

    def __init__(self, mlflow: Mlflow, owner: str, keyring: Keyring, keys: Keys, budget: RequestBudget) -> None:
        self._mlflow = mlflow
        self._owner = owner
        self._keyring = keyring
        self._keys = keys
        self._budget = budget
        names = OwnNames(experiment=mlflow.experiment, model=mlflow.model, owner=owner)
        self._guard = WriteGuard(names)
        self._session = GuardedSession()
        self._client = MlflowClient(tracking_uri=mlflow.api_url, registry_uri=mlflow.api_url)

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    @contextmanager
    def asking(self, attempt: Attempt, key: str | None = None) -> Iterator[Conversation]:
        """Talk with MLflow for this attempt. Whatever fails becomes a RegistryError, or CannotTellError.

        ``key``: the name of another key than the monitor's own, to ask as somebody else.
        """
        prefixes = [f"{self._mlflow.api_url}{_API}/mlflow", f"{self._mlflow.api_url}{_API}"]
        if self._mlflow.straight_api is not None:
            prefixes.append("".join(self._mlflow.straight_api))
        if attempt.number > 1:
            self._session.close()  # a failure is confirmed on a fresh connection
        name = key or self._keys.monitor
        conversation = Conversation(
            self._session,
            attempt,
            self._keyring,
            name,
            self._keys.form_of(name),
            self._guard,
            self._budget,
            tuple(prefixes),
        )
        try:
            with conversing(conversation):
                yield conversation
        except WriteRefusedError as error:
            raise CannotTellError(f"the write guard refused: {error}") from error
        # ParseError: a 200 of another shape; RecursionError: JSON without end.
        except (MlflowException, ParseError, requests.RequestException, RecursionError) as error:
            if conversation.refused is not None:  # never sent: mlflow wraps whatever its session raises
                raise CannotTellError(str(conversation.refused)) from error
            raise _registry_error(error, conversation) from error
        except OSError as error:
            raise CannotTellError(f"the monitor's own disk failed: {error}") from error

    def find_or_create_experiment(self) -> str:
        """The id of the one long-lived experiment, created by the first run ever. Raises RegistryError."""
        experiment = self._client.get_experiment_by_name(self._mlflow.experiment)
        if experiment is None:
            try:
                self._client.create_experiment(self._mlflow.experiment, tags={OWNER_TAG: self._owner})
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another flow of this first run was quicker
                    raise
            experiment = self._client.get_experiment_by_name(self._mlflow.experiment)
        if experiment.lifecycle_stage != "active":
            state = f"experiment '{self._mlflow.experiment}' exists, but is {experiment.lifecycle_stage}"
            raise CannotTellError(f"{state}: restore it (experiments/restore), its name stays taken until then")
        experiment_id = str(experiment.experiment_id)
        known = self._client.get_experiment(experiment_id)  # by its id: an answer by name may be of another one
        self._guard.claim_experiment(known.experiment_id, known.name, asked_for=experiment_id)
        return experiment_id

    def create_run(
        self, experiment_id: str, name: str, expires_at: int, tags: Mapping[str, str] | None = None
    ) -> OwnRun:
        """Start a run that carries the monitor's tag and its time to live (Unix seconds), and other tags."""
        tags = {**(tags or {}), OWNER_TAG: self._owner, EXPIRES_TAG: str(expires_at)}
        made = self._client.create_run(experiment_id, run_name=name, tags=tags)
        return self._claimed_run(made.info.run_id)

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

    def read_run(self, run_id: str) -> RunData:
        """What was logged to a run."""
        data = self._client.get_run(run_id).data
        return RunData(dict(data.params), dict(data.metrics), dict(data.tags))

    def upload(self, run: OwnRun, folder: Path, path: str) -> None:
        """Upload a folder's files to the run, below ``path``."""
        self._artifacts(run.artifact_uri).log_artifacts(str(folder), path)

    def download(self, source: str, folder: Path) -> Path:
        """Download all files below a version's ``source`` into ``folder``, which is there; the folder itself."""
        return Path(self._artifacts(source).download_artifacts("", str(folder)))

    def create_model(self, name: str, expires_at: int, description: str | None = None) -> OwnModel:
        """Create a registered model that carries the monitor's tag and its time to live (Unix seconds)."""
        tags = {OWNER_TAG: self._owner, EXPIRES_TAG: str(expires_at)}
        return self._claimed_model(
            self._client.create_registered_model(name, tags=tags, description=description), asked_for=name
        )

    def model(self, name: str) -> OwnModel:
        """A registered model, as MLflow has it."""
        return own_model(self._client.get_registered_model(name))

    def describe_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """Change the description of a model, and add tags to it."""
        self._client.update_registered_model(name, description)
        for key, value in tags.items():
            self._client.set_registered_model_tag(name, key, value)

    def register(
        self,
        model: OwnModel,
        run: OwnRun,
        path: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> OwnVersion:
        """Register the run's files below ``path`` as a version of the model; does not wait until it is READY."""
        source = f"{run.artifact_uri}/{path}"
        made = self._client.create_model_version(
            model.name, source, run.id, tags=dict(tags or {}), description=description, await_creation_for=0
        )
        return own_version(made)

    def tag_version(self, model: OwnModel, version: str, tags: Mapping[str, str]) -> None:
        """Add tags to a version, each by a request of its own."""
        for key, value in tags.items():
            self._client.set_model_version_tag(model.name, version, key, value)

    def set_alias(self, model: OwnModel, alias: str, version: str) -> None:
        """Let an alias of the model name this version."""
        self._client.set_registered_model_alias(model.name, alias, version)

    def version(self, model: OwnModel, version: str) -> OwnVersion:
        """One version of a model, as MLflow has it."""
        return own_version(self._client.get_model_version(model.name, version))

    def version_by_alias(self, name: str, alias: str) -> OwnVersion:
        """The version that an alias names."""
        return own_version(self._client.get_model_version_by_alias(name, alias))

    def versions(self, model: OwnModel) -> list[OwnVersion]:
        """All versions of a model, as a search finds them."""
        found = self._client.search_model_versions(f"name='{model.name}'", max_results=10)
        return [own_version(version) for version in found]

    def models(self) -> list[OwnModel]:
        """All registered models of the monitor's, by name and tag."""
        found = self._client.search_registered_models(f"name LIKE '{self._mlflow.model}-%'", max_results=1000)
        models = [own_model(model) for model in found]
        return [model for model in models if model.tags.get(OWNER_TAG) == self._owner]

    def runs(self, experiment_id: str) -> list[OwnRun]:
        """All active runs in the monitor's experiment that carry its tag, oldest first."""
        found = self._client.search_runs(
            [experiment_id],
            f"tags.`{OWNER_TAG}` = '{self._owner}'",
            max_results=200,
            order_by=["start_time ASC"],
        )
        return [own_run(run) for run in found]

    def delete_run(self, run_id: str) -> None:
        """Delete a run of the monitor's own, its files first; read back just before. MLflow keeps a soft row.

        Raises RegistryError where files stay: MLflow answers 200 also when its store refuses to delete (MLflow 3.17:
        the errors inside S3's answer to DeleteObjects are not looked at).
        """
        run = self._claimed_run(run_id)
        artifacts = self._artifacts(run.artifact_uri)
        artifacts.delete_artifacts()
        if left := artifacts.files():
            raise RegistryError(f"still has the artifacts {', '.join(left)}: MLflow's store did not delete them")
        self._client.delete_run(run.id)

    def delete_model(self, name: str) -> None:
        """Delete a model with its versions for good, read back just before.

        It goes past any proxy, which may lose a DELETE's body. Deleting a version alone would leave its row in
        the database for ever (MLflow 3.17: stage "Deleted_Internal"), deleting the model takes them with it.
        Raises RegistryError where the target names no way past its proxy.
        """
        if self._mlflow.straight_api is None:
            raise RegistryError("has no way to delete a model: mlflow.direct_url is not set in the target")
        model = self._claimed_model(self._client.get_registered_model(name), asked_for=name)
        base, below = self._mlflow.straight_api
        http_request_safe(
            MlflowHostCreds(base), f"{below}/registered-models/delete", "DELETE", json={"name": model.name}
        )

    def send(self, method: str, resource: str, parameters: Mapping[str, str], *, past_proxy: bool = False) -> Answer:
        """Send one request as it stands, past the client's own checks of it. Raises RegistryError when refused.

        ``resource``: as the write guard has it, such as ``runs/create``. ``past_proxy``: by the direct way, which
        must be in the target.
        """
        straight = self._mlflow.straight_api if past_proxy else None
        base, below = straight or (self._mlflow.api_url, f"{_API}/mlflow")
        given = {"params" if method == "GET" else "json": dict(parameters)}
        started = time.monotonic()
        response = http_request_safe(MlflowHostCreds(base), f"{below}/{resource}", method, **given)
        elapsed_ms = round((time.monotonic() - started) * 1000, 1)
        return Answer(response.url, response.status_code, response.headers, response.content, False, elapsed_ms)

    def _claimed_model(self, model: Any, asked_for: str) -> OwnModel:
        self._guard.claim_model(model.name, model.tags, asked_for)
        return own_model(model)

    def _claimed_run(self, run_id: str) -> OwnRun:
        """The run, read back by its id: the answer that told the id may have told another's."""
        own = own_run(self._client.get_run(run_id))
        self._guard.claim_run(own.id, own.experiment_id, own.tags, asked_for=run_id)
        return own

    def _artifacts(self, uri: str) -> _Artifacts:
        if urlsplit(uri).scheme != "mlflow-artifacts":
            place = uri.partition(":")[0]
            raise RegistryError(
                f"keeps its artifacts in {place}:, not behind MLflow (mlflow-artifacts:/), "
                "so a third party would need credentials of the platform's store"
            )
        return _Artifacts(uri, tracking_uri=self._mlflow.api_url)


def _registry_error(error: Exception, conversation: Conversation) -> RegistryError:
    """Tell a failure of the client by the answer behind it, where one is known."""
    failed = conversation.failed
    if isinstance(failed, Answer):
        return RegistryError(failed.describe(), failed)
    if isinstance(failed, HttpError):
        return RegistryError(str(failed))
    return RegistryError(f"made the MLflow client raise {type(error).__name__}: {error}")
