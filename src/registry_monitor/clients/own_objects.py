"""What the monitor owns in MLflow, as the MLflow client gives it; and what it says when it does not get it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry_monitor.clients.mlflow_rest import RestError
from registry_monitor.clients.write_guard import EXPIRES_TAG

_LONGEST_MOMENT = 12  # digits of Unix seconds; a longer one is nobody's time to live


class RegistryError(RestError):
    """The registry did not do what was asked of it by the MLflow client."""

    @property
    def is_gone(self) -> bool:
        """Whether MLflow says that the object does not exist: somebody else deleted it before."""
        return self.error_code == "RESOURCE_DOES_NOT_EXIST"


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
class RunData:
    """What was logged to a run, as MLflow has it."""

    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


@dataclass(frozen=True)
class OwnModel:
    """A registered model of the monitor's in MLflow."""

    name: str
    description: str
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
    description: str
    tags: Mapping[str, str]


def own_run(run: Any) -> OwnRun:
    """A run of the MLflow client's."""
    info = run.info
    return OwnRun(info.run_id, info.run_name or "", info.experiment_id, info.artifact_uri, dict(run.data.tags))


def own_model(model: Any) -> OwnModel:
    """A registered model of the MLflow client's."""
    return OwnModel(model.name, model.description or "", dict(model.tags))


def own_version(version: Any) -> OwnVersion:
    """A model version of the MLflow client's."""
    return OwnVersion(
        version=str(version.version),
        run_id=version.run_id or "",
        source=version.source,
        status=version.status,
        description=version.description or "",
        tags=dict(version.tags),
    )


def _is_expired(tags: Mapping[str, str]) -> bool:
    expires = tags.get(EXPIRES_TAG, "")
    return expires.isdecimal() and len(expires) <= _LONGEST_MOMENT and int(expires) < time.time()
