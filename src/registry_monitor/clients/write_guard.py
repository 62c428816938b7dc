"""The one guard that every write to MLflow passes, at the last place before a request is sent.

Some keys can delete anybody's model. So: create only under the monitor's own names; change or delete only what
it has just read back with its own tag; anything else raises before a request is made. Reads pass.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

OWNER_TAG = "registry-monitor.owner"
EXPIRES_TAG = "registry-monitor.expires-at"  # Unix time in seconds after which any run of the monitor may sweep it

# POST requests of MLflow's REST API that only read (MLflow 3.17 protos).
_READS_BY_POST = frozenset({"experiments/search", "runs/search", "logged-models/search"})
_RUN_CHANGES = frozenset(
    {"runs/update", "runs/delete", "runs/log-batch", "runs/log-metric", "runs/log-parameter", "runs/set-tag"}
)
_MODEL_CHANGES = frozenset(
    {
        "DELETE registered-models/delete",
        "PATCH registered-models/update",
        "POST registered-models/set-tag",
        "POST registered-models/alias",
        "POST model-versions/set-tag",
    }
)
_ARTIFACT = re.compile(r"^(?P<experiment>[^/]+)/(?P<run>[^/]+)/artifacts(/|$)")
# Nothing that a client, a proxy or a server on the way may resolve or decode to another path: no dots alone, no
# empty segments, escapes, control characters or letters beyond ASCII. What the monitor writes needs none of them.
_PLAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)*/?")


class WriteRefusedError(Exception):
    """A write that is not the monitor's to make. It was not sent."""


@dataclass(frozen=True)
class OwnNames:
    """What the monitor calls its own objects on this platform, and the tag value that marks them.

    Its registered models are named ``<model>-<anything>``.
    """

    experiment: str
    model: str
    owner: str

    def is_model(self, name: object) -> bool:
        """Whether a registered model's name is one of the monitor's."""
        return isinstance(name, str) and name.startswith(f"{self.model}-")


class WriteGuard:
    """Knows what is the monitor's own, and refuses every other write. Safe to use from several threads."""

    def __init__(self, names: OwnNames) -> None:
        self.names = names
        self._lock = threading.Lock()
        self._experiment_id: str | None = None
        self._runs: set[str] = set()
        self._models: set[str] = set()

    def claim_experiment(self, experiment_id: str, name: str, asked_for: str | None = None) -> None:
        """Remember the monitor's experiment, as it was read back. ``asked_for``: the id by which it was."""
        is_another = asked_for is not None and experiment_id != asked_for
        if is_another or name != self.names.experiment:
            with self._lock:
                self._experiment_id = None
            raise WriteRefusedError(f"experiment '{name}' is not the monitor's own ('{self.names.experiment}')")
        with self._lock:
            self._experiment_id = experiment_id

    def claim_run(self, run_id: str, experiment_id: str, tags: Mapping[str, str], asked_for: str) -> None:
        """Take a run as one's own, by its experiment and tags as they were just read back under the id asked for."""
        with self._lock:
            is_own = experiment_id == self._experiment_id and tags.get(OWNER_TAG) == self.names.owner
            if not is_own or run_id != asked_for:
                self._runs -= {run_id, asked_for}
                raise WriteRefusedError(f"run {asked_for} does not carry the monitor's tag in its own experiment")
            self._runs.add(run_id)

    def claim_model(self, name: str, tags: Mapping[str, str], asked_for: str) -> None:
        """Take a registered model as one's own, by its name and tags as they were just read back under its name."""
        is_own = self.names.is_model(name) and tags.get(OWNER_TAG) == self.names.owner
        with self._lock:
            if not is_own or name != asked_for:
                self._models -= {name, asked_for}
                raise WriteRefusedError(f"registered model '{asked_for}' does not carry the monitor's name and tag")
            self._models.add(name)

    def authorize(self, method: str, resource: str, body: Mapping[str, Any]) -> None:
        """Let a request pass, or raise WriteRefusedError.

        ``resource``: the path below ``/api/2.0/mlflow/`` (such as ``runs/create``), or from ``mlflow-artifacts/``
        on; empty for a path that is neither.
        """
        method = method.upper()
        if method in ("GET", "HEAD") or (method == "POST" and resource in _READS_BY_POST):
            return
        if not _PLAIN.fullmatch(resource) or not self._is_own_write(method, resource, body):
            named = {key: body[key] for key in ("name", "run_id", "experiment_id", "version") if key in body}
            raise WriteRefusedError(f"{method} {resource or 'outside the API'} {named} is not the monitor's to make")

    def _is_own_write(self, method: str, resource: str, body: Mapping[str, Any]) -> bool:
        if resource.startswith("mlflow-artifacts/artifacts/") and method in ("PUT", "DELETE"):
            return self._is_own_artifact(resource.removeprefix("mlflow-artifacts/artifacts/"))
        name, run_id = (_text(body.get(key)) for key in ("name", "run_id"))
        allowed: dict[str, Callable[[], bool]] = {
            "POST experiments/create": lambda: body.get("name") == self.names.experiment,
            "POST runs/create": lambda: (
                self._experiment_id is not None and body.get("experiment_id") == self._experiment_id
            ),
            "POST registered-models/create": lambda: self.names.is_model(body.get("name")),
            "POST model-versions/create": lambda: run_id in self._runs and name in self._models,
        }
        with self._lock:
            if method == "POST" and resource in _RUN_CHANGES:
                return run_id in self._runs
            if f"{method} {resource}" in _MODEL_CHANGES:
                return name in self._models
            rule = allowed.get(f"{method} {resource}")
            return rule is not None and rule()

    def _is_own_artifact(self, path: str) -> bool:
        match = _ARTIFACT.match(path)
        with self._lock:
            return match is not None and match["experiment"] == self._experiment_id and match["run"] in self._runs


def _text(value: object) -> str | None:
    """A name or id; whatever is no text is none of the monitor's."""
    return value if isinstance(value, str) else None
