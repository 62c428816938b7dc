"""Judges what a killed or crippled run leaves: the state and reports in S3, and its objects in MLflow."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from registry_monitor.inventory.baseline import Snapshot
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render
from registry_monitor.reports.infrastructure import InfrastructureHealthReport
from registry_monitor.reports.public_status import PublicStatus
from registry_monitor.reports.status import StatusDocument
from registry_monitor.reports.summary import ExecutionSummary
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.incidents import IncidentsDocument


class _FullRun(BaseModel):
    began_at: datetime


_KINDS: dict[str, type[BaseModel]] = {
    "state/standing.json": StandingVerdict,
    "state/incidents.json": IncidentsDocument,
    "state/history.json": HistoryDocument,
    "state/full-run.json": _FullRun,
    "public/status.json": PublicStatus,
    "/status.json": StatusDocument,
    "known-good.json": Snapshot,
    "run.json": Run,
    "test_execution_summary.json": ExecutionSummary,
    "infrastructure_health_report.json": InfrastructureHealthReport,
}


def lost(objects: Mapping[str, str]) -> tuple[str, ...]:
    """What in the bucket of a target is no valid document, and which report was begun and is not there whole.

    A run's own folder is whole with its ``run.json``: all else is rendered from it. A document in ``latest/`` stands in
    a whole folder, be it of the newest run or of one that was killed since.
    """
    return (*_invalid(objects), *_without_their_run(objects), *_half_of_latest(objects))


def untrue(answer: Mapping[str, Any], run: Run | None) -> Iterator[str]:
    """What an answer says of a platform that is well, and is not so."""
    for cause in answer.get("causes", ()):
        if not cause["kind"].startswith("monitor-"):
            yield f"a cause that is not there: {cause['kind']} {cause['resource']}"
    if run:
        for result in run.results:
            if result.status.is_not_passed:
                yield f"{result.check_id} is {result.status}: {result.seen}"


def _invalid(objects: Mapping[str, str]) -> Iterator[str]:
    for key, text in objects.items():
        kind = next((kind for end, kind in _KINDS.items() if key.endswith(end)), None)
        if kind is None and key.endswith(".json"):
            yield f"{key}: a document that nobody knows"
        try:
            if kind:
                kind.model_validate_json(text)
            elif not text.strip():
                yield f"{key}: empty"
        except ValidationError as error:
            yield f"{key}: {error.error_count()} problems, the first {json.dumps(error.errors()[0]['msg'])}"


def _folders(objects: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The documents by the folder of their run."""
    found: dict[str, dict[str, str]] = {}
    for key, text in objects.items():
        if "/runs/" in key:
            folder, _, name = key.rpartition("/")
            found.setdefault(folder, {})[name] = text
    return found


def _without_their_run(objects: Mapping[str, str]) -> Iterator[str]:
    for folder, documents in _folders(objects).items():
        if RUN not in documents:
            yield f"{folder}: {', '.join(documents)}, but no {RUN}"
        elif set(render(Run.model_validate_json(documents[RUN]))) < set(documents):
            yield f"{folder}: its {RUN} does not give all of its documents"


def _half_of_latest(objects: Mapping[str, str]) -> Iterator[str]:
    folders = _folders(objects).values()
    latest = {key.rpartition("/")[2]: text for key, text in objects.items() if "/latest/" in key}
    if latest and RUN not in latest and len(folders) > 1:
        yield f"latest/ has no {RUN}"
    for name, text in latest.items():
        if not any(text == documents.get(name) for documents in folders):
            yield f"latest/{name} stands in no folder of a run"
