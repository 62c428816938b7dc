"""The S3 objects of a run: its own documents first, then ``latest/`` and what leads to them.

``<target>/runs/<yyyy>/<mm>/<dd>/<run-id>/`` holds every run that is kept: all but HEALTHY light ones on schedule.
``<target>/latest/`` holds the newest full run of all suites (the hourly one apart), on schedule or after a deployment.
``<target>/status.json`` comes from every run on schedule, ``<target>/public/`` from those on schedule or after a
deployment that are given the history, ``<target>/known-good.json`` from the newest full run that found the platform
well: with it, later ones are compared. What stands below ``runs/`` has a tag, by which it expires. The bucket encrypts.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.model import ROUTINE, Depth, SuiteName, Verdict
from registry_monitor.outputs.clients import brief_client, within
from registry_monitor.reports import REPORT
from registry_monitor.reports.known_good import KNOWN_GOOD, known_good_document, may_be_compared_with
from registry_monitor.reports.status import status_document
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.sightings import is_remembered

STATUS = "status.json"
# By this tag the bucket forgets the runs of all its targets (template.yaml, runs-expire): its rules know no patterns of
# prefixes (Amazon S3 User Guide, "Lifecycle configuration elements").
RUN_TAG = "registry-monitor=run"
WITHIN_S = 6.0  # what has not been begun by then is not begun: the function's own time ends soon after
_SIDE_BY_SIDE = 10  # connections that S3 is asked for, as many as the largest wave has objects
_OBJECT_WITHIN_S = 7.0  # both tries of one, with a pause between them, and no longer where S3 hangs as it answers
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
            "The monitor's role needs s3:PutObject on them, and s3:PutObjectTagging on those of runs/; its network "
            "a way to S3"
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


def publish(run: Run, bucket: str, s3_client: Any = None, history: HistoryDocument | None = None) -> str:
    """Write a run's objects, and return the S3 URI of its report (of ``status.json`` where it has none).

    ``history``: as it is after the run. The reports are made while ``run.json`` is on its way.

    Raises PublishError after all have been tried; only ``latest/`` is left alone from the first failure on, and each
    document in it stands in a whole folder under ``runs/`` too. A report that cannot be rendered is a defect, which is
    raised after all that does not need it has been written.
    """
    try:
        client = s3_client or brief_client("s3", run.target.region, connect_s=2, read_s=3, attempts=2)
    except (BotoCoreError, ValueError) as error:  # a profile or an endpoint that does not exist
        keys = [key for wave in _waves(run, history) for key in wave]
        raise PublishError(bucket, (), dict.fromkeys(keys, f"{type(error).__name__} ({error})")) from error
    written: list[str] = []
    failed: dict[str, str] = {}
    give_up = time.monotonic() + WITHIN_S
    under_way: dict[str, Future[str | None]] = {}

    def wait() -> None:
        for key, put in under_way.items():
            if reason := put.result():
                failed[key] = reason
            else:
                written.append(key)

    with ThreadPoolExecutor(_SIDE_BY_SIDE, "publish") as pool:
        for wave in _waves(run, history):
            wait()
            put = partial(_put_in_time, client, bucket, give_up, has_failed=bool(failed))
            under_way = {key: pool.submit(put, key, text) for key, text in wave.items()}
        wait()
    if failed:
        raise PublishError(bucket, tuple(written), failed)
    return f"s3://{bucket}/{_own_prefix(run)}{REPORT}" if is_kept(run) else f"s3://{bucket}/{run.target.name}/{STATUS}"


def _own_prefix(run: Run) -> str:
    return f"{run.target.name}/runs/{run.started_at.astimezone(UTC):%Y/%m/%d}/{run.run_id}/"


def _waves(run: Run, history: HistoryDocument | None) -> Iterator[dict[str, str]]:
    """Keys and texts; those of one wave are written side by side, and none before those of the wave before.

    ``run.json`` comes first of the run's own folder: who is killed meanwhile has lost nothing, since all else can be
    rendered from it. In ``latest/`` it comes last, and so says that the others there are of no older run.
    """
    own, latest = _own_prefix(run), f"{run.target.name}/latest/"
    defect: Exception | None = None
    whole = reports = {}
    if is_kept(run):
        from registry_monitor.reports import documents  # noqa: PLC0415 - a healthy light run needs none, nor jinja2

        whole = documents.render_run_alone(run)
        yield _below(own, whole)
        try:
            reports = documents.render_reports(run, history)
        except Exception as error:  # noqa: BLE001 - what can be told without them is told; then it is raised
            defect = error
        yield _below(own, reports)
    is_new_latest = is_latest(run) and defect is None
    yield _below(f"{run.target.name}/", _of_the_target(run, history)) | _below(latest, reports if is_new_latest else {})
    if is_new_latest:
        yield _below(latest, whole)
    if defect is not None:
        raise defect


def _of_the_target(run: Run, history: HistoryDocument | None) -> dict[str, str]:
    """What a run says for its target, to whoever does not ask for runs."""
    status = {STATUS: status_document(run)} if run.trigger.reason == "schedule" else {}
    public: dict[str, str] = {}
    if history and is_told_to_others(run):
        from registry_monitor.reports.public_status import public_documents  # noqa: PLC0415 - as above

        public = public_documents(run, history)
    known_good = {KNOWN_GOOD: known_good_document(run)} if is_latest(run) and may_be_compared_with(run) else {}
    return status | public | known_good


def _below(folder: str, documents: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}{name}": text for name, text in documents.items()}


def _put_in_time(client: Any, bucket: str, give_up: float, key: str, text: str, *, has_failed: bool) -> str | None:
    """Write one object while there is time; the reason where it was not."""
    if has_failed and "/latest/" in key:
        return "not tried, so that latest/ does not show half a run"
    if time.monotonic() > give_up:
        return f"not tried: the time to publish ({WITHIN_S:g} s) was over"
    return _put(client, bucket, key, text)


def _put(client: Any, bucket: str, key: str, text: str) -> str | None:
    """Write one object; the reason where it could not be."""
    content_type = _CONTENT_TYPES[PurePosixPath(key).suffix]
    try:
        asked = {"Bucket": bucket, "Key": key, "Body": text.encode(), "ContentType": content_type}
        if "/runs/" in key:
            asked["Tagging"] = RUN_TAG
        within(_OBJECT_WITHIN_S, lambda: client.put_object(**asked))
    except ClientError as error:
        told = error.response.get("Error", {})
        return f"{told.get('Code', 'unknown')} ({told.get('Message', 'no message')})"
    except BotoCoreError as error:
        return f"{type(error).__name__} ({error})"
    return None
