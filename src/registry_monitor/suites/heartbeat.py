"""The write path, proved each minute without mlflow and sklearn: one permanent run, changed in place.

Nothing grows: the run and its small artifact are made once, by the first run ever; after that one tag
changes, is read back, and the artifact is fetched. The write reaches MLflow's database, the artifact its store.

An artifact that is gone is a FAIL of the run that finds it so, since what lost it may have lost users' models. That run
marks it as lost, and the next one stores it anew: from then on it is red only where the store itself is.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import Answer
from registry_monitor.clients.mlflow_rest import MlflowRest, RestError
from registry_monitor.clients.write_guard import OWNER_TAG, OwnNames, WriteGuard, WriteRefusedError
from registry_monitor.model import Attempt, CannotTellError, Check, Depth, Observation, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext

HEARTBEAT_TAG = "registry-monitor.heartbeat"
WRITTEN_TAG = "registry-monitor.written-by"
LOST_TAG = "registry-monitor.artifact-lost-at"  # Unix time in seconds at which a run of the monitor found it gone
ARTIFACT = "heartbeat.json"
CONTENT: dict[str, JsonValue] = {"written-by": "registry-monitor", "purpose": "fetched each minute; never changes"}
_LOSS_IS_TOLD_S = 7 * 24 * 3600
_LONGEST_MOMENT = 12  # digits of Unix seconds
_STORED, _TO_STORE = "FINISHED", "RUNNING"  # the permanent run's status says whether its artifact was stored


def heartbeat_checks(context: SuiteContext, suite: SuiteName) -> list[Check]:
    """Find the run; then, side by side, change it and fetch its artifact: the database and the store fail apart."""
    heartbeat = Heartbeat(context)
    mlflow = context.target.mlflow
    below = f"{mlflow.api_url}/api/2.0"

    def check(name: str, subject: str, run: Callable[[Attempt], Outcome], *requests: str, **more: Any) -> Check:
        return Check(
            id=f"{suite}.heartbeat.{name}",
            suite=suite,
            subject=subject,
            run=run,
            depth=Depth.LIGHT,
            host=urlsplit(below).hostname,
            service=mlflow.service,
            requests=requests,
            **more,
        )

    find = check(
        "find",
        "The monitor's permanent run",
        heartbeat.find,
        f"GET {below}/mlflow/experiments/get-by-name",
        f"POST {below}/mlflow/runs/search",
        f"GET {below}/mlflow/runs/get",
        writes=True,
        is_idempotent=True,
    )
    write = check(
        "write",
        "A write to MLflow's database",
        heartbeat.write,
        f"POST {below}/mlflow/runs/set-tag",
        f"GET {below}/mlflow/runs/get",
        writes=True,
        is_idempotent=True,
        after=(find.id,),
    )
    fetch = check(
        "artifact",
        "The permanent run's artifact",
        heartbeat.fetch,
        f"GET {below}/mlflow-artifacts/artifacts/…",
        f"PUT {below}/mlflow-artifacts/artifacts/… (by the first run ever)",
        writes=True,
        is_idempotent=True,
        after=(find.id,),
    )
    return [find, write, fetch]


@dataclass(frozen=True)
class HeartbeatRun:
    """The permanent run as it was just read."""

    id: str
    artifact_uri: str
    written_by: str | None  # the run of the monitor that changed it last
    is_stored: bool  # its artifact was, and nobody has found it gone since
    lost_at: int | None  # when it was found gone last


class Heartbeat:
    """The three steps' memory: the run that the first one found."""

    def __init__(self, context: SuiteContext) -> None:
        target = context.target
        names = OwnNames(target.mlflow.experiment, target.mlflow.model, target.name)
        self._guard = WriteGuard(names)
        self._rest = MlflowRest(context.http, self._guard, target.mlflow.api_url, target.keys.monitor)
        self._mlflow = target.mlflow
        self._owner = target.name
        self._run: HeartbeatRun | None = None

    def find(self, attempt: Attempt) -> Outcome:
        """Find the permanent run; the first run ever makes it."""
        expected = f"the permanent run '{self._mlflow.heartbeat_run}', found or created"
        try:
            experiment_id = self._experiment(attempt)
            run_id = self._search(attempt, experiment_id) or self._create(attempt, experiment_id)
            self._run = self._read_back(attempt, run_id)
        except RestError as error:
            return _failed(expected, error)
        evidence: dict[str, JsonValue] = {"run": self._run.id, "artifact_uri": self._run.artifact_uri}
        return Outcome.judge(True, expected=expected, seen="is there", evidence=evidence)

    def write(self, attempt: Attempt) -> Outcome:
        """Change one tag and read it back. Another run of the monitor may write between the two."""
        expected = "a tag that is changed, and reads back as it was written"
        run = self._found()
        try:
            self._rest.post(attempt, "runs/set-tag", {"run_id": run.id, "key": WRITTEN_TAG, "value": attempt.run_id})
            read = _tags(_part(self._rest.get(attempt, "runs/get", run_id=run.id), "run")).get(WRITTEN_TAG)
        except RestError as error:
            return _failed(expected, error)
        evidence: dict[str, JsonValue] = {"run": run.id, "before": run.written_by, "read": read}
        if read == attempt.run_id:
            return Outcome.judge(True, expected=expected, seen="was changed and read back", evidence=evidence)
        if read is None or read == run.written_by:
            seen = f"took the change with status 200 and still reads {read!r}: the write was lost"
            return Outcome.judge(False, expected=expected, seen=seen, evidence=evidence)
        return Outcome.judge(True, expected=expected, seen=f"was changed, and again by run {read}", evidence=evidence)

    def fetch(self, attempt: Attempt) -> Outcome:
        """Fetch the small artifact; it never changes, and is stored by the first run ever and after a loss alone."""
        expected = "the artifact that was stored once, unchanged"
        run = self._found()
        try:
            if not run.is_stored:
                self._store(attempt, run)
            answer = self._rest.get_artifact(attempt, run.artifact_uri, ARTIFACT)
        except RestError as error:
            if run.is_stored and attempt.number > 1 and self._is_gone(attempt, run):
                self._mark_lost(attempt, run)
            return _failed(expected, error)
        is_same = _content(answer) == CONTENT
        seen = f"came back {'whole' if is_same else 'changed'} ({len(answer.body)} bytes)"
        outcome = Outcome.judge(
            is_same,
            expected=expected,
            seen=seen,
            evidence={} if is_same else answer.evidence(),
            latency_ms=answer.elapsed_ms,
            budget_ms=self._mlflow.budget_ms,
        )
        return outcome.model_copy(update={"observations": _losses(run)})

    def _found(self) -> HeartbeatRun:
        if self._run is None:
            raise CannotTellError("the permanent run was not found before")
        return self._run

    def _experiment(self, attempt: Attempt) -> str:
        name = self._mlflow.experiment
        try:
            found = self._rest.get(attempt, "experiments/get-by-name", experiment_name=name)
        except RestError as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            self._create_experiment(attempt)
            found = self._rest.get(attempt, "experiments/get-by-name", experiment_name=name)
        experiment = _part(found, "experiment")
        if experiment.get("lifecycle_stage", "active") != "active":
            state = f"experiment '{name}' exists, but is {experiment['lifecycle_stage']}"
            raise CannotTellError(f"{state}: restore it (experiments/restore), its name stays taken until then")
        experiment_id = _text(experiment, "experiment_id")
        self._claim_experiment(experiment, experiment_id)
        return experiment_id

    def _claim_experiment(self, experiment: dict[str, Any], experiment_id: str) -> None:
        try:
            self._guard.claim_experiment(
                _text(experiment, "experiment_id"), _text(experiment, "name"), asked_for=experiment_id
            )
        except WriteRefusedError as error:
            raise CannotTellError(f"{error}, so no run is made in it") from error

    def _create_experiment(self, attempt: Attempt) -> None:
        body = {"name": self._mlflow.experiment, "tags": [{"key": OWNER_TAG, "value": self._owner}]}
        try:
            self._rest.post(attempt, "experiments/create", body)
        except RestError as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another check of this first run was quicker
                raise

    def _search(self, attempt: Attempt, experiment_id: str) -> str | None:
        """The id of the oldest one, should two first runs have made one each."""
        body = {
            "experiment_ids": [experiment_id],
            "filter": f"tags.`{HEARTBEAT_TAG}` = '{self._owner}'",
            "order_by": ["attributes.start_time ASC"],
            "max_results": 1,
        }
        runs = self._rest.post(attempt, "runs/search", body).get("runs") or [None]
        if not isinstance(runs, list) or not isinstance(runs[0], dict | None):
            raise RestError("answered 200 with a list of runs that is none of MLflow's")
        return _text(_part(runs[0], "info"), "run_id") if runs[0] else None

    def _create(self, attempt: Attempt, experiment_id: str) -> str:
        """The id of a new one, in the experiment that has the monitor's name also when asked for by its id."""
        found = _part(self._rest.get(attempt, "experiments/get", experiment_id=experiment_id), "experiment")
        self._claim_experiment(found, experiment_id)
        tags = {OWNER_TAG: self._owner, HEARTBEAT_TAG: self._owner}
        body = {
            "experiment_id": experiment_id,
            "run_name": self._mlflow.heartbeat_run,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        run = _part(self._rest.post(attempt, "runs/create", body), "run")
        return _text(_part(run, "info"), "run_id")

    def _store(self, attempt: Attempt, run: HeartbeatRun) -> None:
        """Store the artifact: on the first day, however far an earlier run came, and after it was lost."""
        self._rest.put_artifact(attempt, run.artifact_uri, ARTIFACT, CONTENT)
        self._note(attempt, "runs/update", {"run_id": run.id, "status": _STORED})

    def _is_gone(self, attempt: Attempt, run: HeartbeatRun) -> bool:
        """Only the store's list of the run's files proves it: MLflow has 404, 403 and 500 for a file that is absent."""
        try:
            return ARTIFACT not in self._rest.list_artifacts(attempt, run.artifact_uri)
        except RestError:
            return False

    def _mark_lost(self, attempt: Attempt, run: HeartbeatRun) -> None:
        """Let the next run of the monitor store it anew, and those of a week tell of it."""
        self._note(attempt, "runs/set-tag", {"run_id": run.id, "key": LOST_TAG, "value": str(int(time.time()))})
        self._note(attempt, "runs/update", {"run_id": run.id, "status": _TO_STORE})

    def _note(self, attempt: Attempt, resource: str, body: dict[str, str]) -> None:
        """Note in the database how the artifact is. Where that fails, the database's own check says so."""
        with contextlib.suppress(RestError):
            self._rest.post(attempt, resource, body)

    def _read_back(self, attempt: Attempt, run_id: str) -> HeartbeatRun:
        """The run as MLflow has it under its id: a list may say of another's run that it is the monitor's."""
        run = _part(self._rest.get(attempt, "runs/get", run_id=run_id), "run")
        info, tags = _part(run, "info"), _tags(run)
        try:
            self._guard.claim_run(_text(info, "run_id"), _text(info, "experiment_id"), tags, asked_for=run_id)
        except WriteRefusedError as error:
            raise CannotTellError(f"{error}, so it is not changed: somebody has given it '{HEARTBEAT_TAG}'") from error
        lost_at = tags.get(LOST_TAG, "")
        return HeartbeatRun(
            id=run_id,
            artifact_uri=_text(info, "artifact_uri"),
            written_by=tags.get(WRITTEN_TAG),
            is_stored=info.get("status") == _STORED,
            lost_at=int(lost_at) if lost_at.isdecimal() and len(lost_at) <= _LONGEST_MOMENT else None,
        )


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """A part that MLflow always sends. Raises RestError: whoever answered 200 without it is not MLflow."""
    part = body.get(name)
    if not isinstance(part, dict):
        raise RestError(f"answered 200 with a JSON body without '{name}', which MLflow would have sent")
    return part


def _text(part: dict[str, Any], name: str) -> str:
    """A text that MLflow always sends. Raises RestError."""
    value = part.get(name)
    if not isinstance(value, str):
        raise RestError(f"answered 200 with a JSON body in which '{name}' is no text, as MLflow would have sent it")
    return value


def _tags(run: dict[str, Any]) -> dict[str, str]:
    data = run.get("data") or {}
    listed = data.get("tags") if isinstance(data, dict) else None
    tags = [tag for tag in listed if isinstance(tag, dict)] if isinstance(listed, list) else []
    return {str(tag.get("key")): str(tag.get("value")) for tag in tags}


def _failed(expected: str, error: RestError) -> Outcome:
    evidence = error.answer.evidence() if error.answer else {}
    is_final = error.answer is not None and error.answer.status == 429
    return Outcome.judge(False, expected=expected, seen=str(error), evidence=evidence, is_final=is_final)


def _losses(run: HeartbeatRun) -> tuple[Observation, ...]:
    if run.lost_at is None or not 0 <= time.time() - run.lost_at <= _LOSS_IS_TOLD_S:
        return ()
    when = datetime.fromtimestamp(run.lost_at, UTC)
    told = f"was gone on {when:%Y-%m-%d at %H:%M} UTC, and was stored anew; what lost it may have lost users' models"
    return (Observation(subject="The permanent run's artifact", told=told),)


def _content(answer: Answer) -> JsonValue:
    try:
        return answer.json()
    except ValueError:
        return None
