"""The inventory of the last run that found the platform well, and what has changed since.

It is kept as ``<target>/known-good.json`` beside the reports: by each full run that is HEALTHY; by one that is not,
only where there is none yet. So a change stays in sight as long as the trouble lasts that it brought.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from registry_monitor.inventory.aws import ClientOf, aws_client
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.changes import Change, changes
from registry_monitor.inventory.facts import Fact, Inventory, Known, Unknown
from registry_monitor.inventory.once import ReadOnce
from registry_monitor.model import CannotTellError, Document, Verdict
from registry_monitor.target import Target

KNOWN_GOOD = "known-good.json"
_GET_OBJECT = "s3:GetObject"
_LIST_BUCKET = "s3:ListBucket"
_LARGEST_BYTES = 20_000_000


class Snapshot(Document):
    """The inventory of one run, as it is kept."""

    schema_version: Literal["1"] = "1"
    run_id: str
    started_at: datetime
    verdict: Verdict
    inventory: Inventory


class Baseline(Document):
    """An earlier run, and what is configured otherwise since then."""

    run_id: str
    started_at: datetime
    verdict: Verdict
    changes: tuple[Change, ...]


class BaselineReading:
    """What a run is compared with: read once, when first asked for. ``bucket``: of the reports, if there is one."""

    def __init__(self, target: Target, bucket: str | None, client_of: ClientOf = aws_client) -> None:
        self._place = (bucket, f"{target.name}/{KNOWN_GOOD}") if bucket else None
        self._region = target.region
        self._client_of = client_of
        self._read: ReadOnce[tuple[str, str], Snapshot | None] = ReadOnce(_GET_OBJECT, self._read_snapshot)

    def begin(self) -> None:
        """Begin to read it in a daemon thread."""
        if self._place:
            self._read.begin(self._place)

    def compared_with(self, now: Inventory, timeout_s: float) -> Fact[Baseline | None] | None:
        """What changed up to now; a value of None where no run was kept yet, and None where nobody asked for it."""
        if self._place is None or not self._read.all_by_now():
            return None
        fact = self._read.fact(self._place, timeout_s)
        if isinstance(fact, Unknown):
            return fact
        kept = fact.value
        if kept is None:
            return Known(value=None, source=fact.source)
        try:
            differ = changes(kept.inventory, now)
        except Exception as error:  # noqa: BLE001 - a defect of the comparison must not lose the run
            told = f"what changed since run {kept.run_id} could not be told, by a defect of the monitor"
            return Unknown(reason=f"{told}: {type(error).__name__}: {error}", source=fact.source)
        baseline = Baseline(run_id=kept.run_id, started_at=kept.started_at, verdict=kept.verdict, changes=differ)
        return Known(value=baseline, source=fact.source)

    def _read_snapshot(self, place: tuple[str, str]) -> Snapshot | None:
        bucket, key = place
        content = _read_object(self._client_of("s3", self._region), bucket, key)
        if content is None:
            return None
        try:
            return Snapshot.model_validate_json(content)
        except ValidationError as error:
            told = (
                f"s3://{bucket}/{key} is no inventory of this version of the monitor ({error.error_count()} problems)"
            )
            raise CannotTellError(f"{told}: the next HEALTHY full run replaces it") from None


def _read_object(client: Any, bucket: str, key: str) -> bytes | None:
    """The object; None where there is none. S3 tells that only to who may list the bucket (S3 API, GetObject)."""
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
    except client.exceptions.NoSuchKey:
        return None
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        hint = f"s3://{bucket}/{key} may also not be there yet, which S3 tells only with {_LIST_BUCKET} on the bucket"
        raise CannotTellError(f"{explain(_GET_OBJECT, error)}; {hint}") from None
    with answer["Body"] as body:
        content: bytes = body.read(_LARGEST_BYTES)
    return content
