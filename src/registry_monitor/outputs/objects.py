"""The S3 objects of a run: its own documents first, then ``latest/``, then ``status.json``.

``<target>/runs/<yyyy>/<mm>/<dd>/<run-id>/`` holds every run that is kept: all but HEALTHY light ones on schedule.
``<target>/latest/`` holds the newest full run of all suites (the hourly one apart), on schedule or after a deployment.
``<target>/status.json`` comes from every run on schedule, ``<target>/public/`` from those on schedule or after a
deployment that are given the history, ``<target>/known-good.json`` from the newest full run that found the platform
well: with it, later ones are compared. The bucket encrypts.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.model import ROUTINE, Depth, SuiteName, Verdict
from registry_monitor.outputs.clients import brief_client
from registry_monitor.reports import REPORT, RUN
from registry_monitor.reports.known_good import KNOWN_GOOD, known_good_document, may_be_compared_with
from registry_monitor.reports.public_status import public_documents
from registry_monitor.reports.status import status_document
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.sightings import is_remembered

STATUS = "status.json"
WITHIN_S = 6.0  # what has not been begun by then is not begun: the function's own time ends soon after
_CONTENT_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


class PublishError(Exception):
    """Some objects of a run could not be written. ``written``: keys; ``failed``: key → reason."""

    def __init__(self, bucket: str, written: tuple[str, ...], failed: Mapping[str, str]) -> None:
        self.bucket = bucket
        self.written = written
        self.failed = dict(failed)
        told = "; ".join(f"{key}: {reason}" for key, reason in self.failed.items())
        super().__init__(
            f"{len(failed)} of {len(failed) + len(written)} objects could not be written to s3://{bucket}: {told}. "
            f"Written were: {', '.join(written) or 'none'}. "
            "The monitor's role needs s3:PutObject on them, and its network a way to S3"
        )


def is_kept(run: Run) -> bool:
    """Whether the documents of a run are stored: a HEALTHY light run on schedule leaves its status only."""
    is_routine = run.trigger.reason == "schedule" and run.trigger.depth is Depth.LIGHT
    return not (is_routine and run.verdict is Verdict.HEALTHY)


def is_latest(run: Run) -> bool:
    """Whether a run may stand as the newest report of its target."""
    return run.is_full and run.trigger.reason in ROUTINE


def is_told_to_others(run: Run) -> bool:
    """Whether a run speaks for the target to third parties: it is on schedule, and has asked about registration."""
    return is_remembered(run) and SuiteName.MODEL_REGISTRATION_FLOW in run.suite_scores


def publish(
    run: Run,
    documents: Mapping[str, str],
    bucket: str,
    s3_client: Any = None,
    history: HistoryDocument | None = None,
) -> str:
    """Write a run's objects, and return the S3 URI of its report (of ``status.json`` where it has none).

    ``documents``: may be none where the run is not kept; ``history``: as it is after the run, for third parties.

    Raises PublishError after all have been tried; only ``latest/`` is left alone from the first failure on, so that
    its ``run.json``, written last, is always that of whole documents.
    """
    try:
        client = s3_client or brief_client("s3", run.target.region, connect_s=2, read_s=3, attempts=2)
    except (BotoCoreError, ValueError) as error:  # a profile or an endpoint that does not exist
        keys = [key for key, _ in _objects(run, documents, history)]
        raise PublishError(bucket, (), dict.fromkeys(keys, f"{type(error).__name__} ({error})")) from error
    give_up = time.monotonic() + WITHIN_S
    written: list[str] = []
    failed: dict[str, str] = {}
    latest = f"{run.target.name}/latest/"
    for key, text in _objects(run, documents, history):
        if key.startswith(latest) and failed:
            failed[key] = "not tried, so that latest/ does not show half a run"
        elif time.monotonic() > give_up:
            failed[key] = f"not tried: the time to publish ({WITHIN_S:g} s) was over"
        elif reason := _put(client, bucket, key, text):
            failed[key] = reason
        else:
            written.append(key)
    if failed:
        raise PublishError(bucket, tuple(written), failed)
    return f"s3://{bucket}/{_own_prefix(run)}{REPORT}" if is_kept(run) else f"s3://{bucket}/{run.target.name}/{STATUS}"


def _own_prefix(run: Run) -> str:
    return f"{run.target.name}/runs/{run.started_at.astimezone(UTC):%Y/%m/%d}/{run.run_id}/"


def _objects(run: Run, documents: Mapping[str, str], history: HistoryDocument | None) -> Iterator[tuple[str, str]]:
    """Keys and texts in the order of writing; ``run.json`` comes last of its folder, and so marks it as whole."""
    ordered = sorted(documents.items(), key=lambda document: document[0] == RUN)
    if is_kept(run):
        for name, text in ordered:
            yield f"{_own_prefix(run)}{name}", text
    if is_latest(run):
        for name, text in ordered:
            yield f"{run.target.name}/latest/{name}", text
    if run.trigger.reason == "schedule":
        yield f"{run.target.name}/{STATUS}", status_document(run)
    for name, text in public_documents(run, history).items() if history and is_told_to_others(run) else ():
        yield f"{run.target.name}/{name}", text
    if is_latest(run) and may_be_compared_with(run):
        yield f"{run.target.name}/{KNOWN_GOOD}", known_good_document(run)


def _put(client: Any, bucket: str, key: str, text: str) -> str | None:
    """Write one object; the reason where it could not be."""
    content_type = _CONTENT_TYPES[PurePosixPath(key).suffix]
    try:
        client.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=content_type)
    except ClientError as error:
        told = error.response.get("Error", {})
        return f"{told.get('Code', 'unknown')} ({told.get('Message', 'no message')})"
    except BotoCoreError as error:
        return f"{type(error).__name__} ({error})"
    return None
