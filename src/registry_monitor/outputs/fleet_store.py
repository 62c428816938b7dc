"""The fleet's objects in the bucket of the reports: what Step Functions wrote of the runs is read, pages are written.

Step Functions developer guide, "ResultWriter (Map)": a manifest lists files by status, each an array of executions.
``Output`` and ``Input`` of an execution are JSON in a text.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import TypeAdapter, ValidationError

from registry_monitor.fleet.document import ManifestItem
from registry_monitor.fleet.visits import Visit, visit_of_item
from registry_monitor.outputs.clients import brief_client, within
from registry_monitor.outputs.state_store import S3StateStore

MANIFEST = "fleet/manifest.json"
RESULTS = "fleet/results/"
_CONNECT_S, _READ_S = 1.0, 5.0
_WITHIN_S = 20.0  # for one object: the largest, of 10,000 targets, has some tens of megabytes
MOST_BYTES = 200_000_000
_ITEMS = TypeAdapter(list[ManifestItem])


class FleetStoreError(Exception):
    """An object of the fleet could not be read or written, or is not what it should be: which, why, and what to do."""


class FleetStore:
    """The fleet's part of the bucket."""

    def __init__(self, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._region = region

    @property
    def latest(self) -> S3StateStore:
        """Where the document of the fleet is: as large as what it is made of, so that the limits are the same."""
        place = self._bucket, "fleet", self._region
        return S3StateStore(*place, folder="latest", within_s=_WITHIN_S, most_bytes=MOST_BYTES)

    def manifest(self) -> list[ManifestItem]:
        """All targets. Raises FleetStoreError."""
        try:
            return _ITEMS.validate_json(self._read(MANIFEST))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            told = f"at {place or 'its beginning'}: {first['msg']} ({error.error_count()} wrong in all)"
            raise FleetStoreError(f"s3://{self._bucket}/{MANIFEST} is no manifest of a fleet: {told}") from error

    def visits(self, key: str) -> dict[str, Visit]:
        """The visits of one execution by target, by the key of the manifest that ResultWriter wrote.

        Of a batch that failed or was never started each target is one that was not run. Raises FleetStoreError.
        """
        if not key.startswith(RESULTS) or ".." in key:
            raise FleetStoreError(f"{key!r} is no result of this fleet; expected a key below {RESULTS}")
        files = self._json(key).get("ResultFiles", {})
        visits: dict[str, Visit] = {}
        for status in ("PENDING", "FAILED", "SUCCEEDED"):
            for file in files.get(status, ()):
                for execution in self._json(file["Key"]):
                    visits |= _visits_of(execution)
        return visits

    def write_page(self, name: str, page: str) -> None:
        """Write one page below ``fleet/``. Raises FleetStoreError."""
        key = f"fleet/{name}"
        asked = {"Bucket": self._bucket, "Key": key, "Body": page.encode(), "ContentType": "text/html; charset=utf-8"}
        try:
            within(_WITHIN_S, lambda: self._client().put_object(**asked))
        except (ClientError, BotoCoreError, ValueError) as error:
            raise self._error(key, "written", "s3:PutObject", error) from error

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._read(key))
        except ValueError as error:
            raise FleetStoreError(f"s3://{self._bucket}/{key} is no JSON: {error}") from error

    def _read(self, key: str) -> bytes:
        def read() -> bytes:
            with self._client().get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                content: bytes = body.read(MOST_BYTES)
                return content

        try:
            return within(_WITHIN_S, read)
        except (ClientError, BotoCoreError) as error:
            raise self._error(key, "read", "s3:GetObject", error) from error

    def _client(self) -> Any:
        return brief_client("s3", self._region, connect_s=_CONNECT_S, read_s=_READ_S, attempts=2)

    def _error(self, key: str, done: str, action: str, error: Exception) -> FleetStoreError:
        remedy = f"The monitor's role needs {action} on it (fleet.yaml), and its network a way to S3"
        return FleetStoreError(f"s3://{self._bucket}/{key} could not be {done}: {error}. {remedy}")


def _visits_of(execution: dict[str, Any]) -> Iterator[tuple[str, Visit]]:
    """The visits of one batch, by target."""
    if execution.get("Status") == "SUCCEEDED" and execution.get("Output"):
        for item in json.loads(execution["Output"]):
            yield item["target"], visit_of_item(item)
        return
    status = execution.get("Status", "lost")
    why = f"its batch was {status}: {execution.get('Error', 'no error')}: {execution.get('Cause', 'no cause')}"
    for item in json.loads(execution.get("Input") or "{}").get("Items", ()):
        yield item["target"], Visit.not_run(why)
