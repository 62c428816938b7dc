"""When the newest full run of all suites began: ``<target>/state/full-run.json``.

So that deployments that end together give one full run. What cannot be read or written there stops no run: then there
is one run more than needed.
"""

import json
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.outputs.objects import new_client

FULL_RUN = "state/full-run.json"
_TRIES = 3  # of several that begin at once, one writes; the others read what it wrote
_LARGEST_BYTES = 1000
_OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict")  # S3 user guide, "Conditional writes": 412 and 409


class FullRuns:
    """The beginnings of full runs of one target. ``bucket``: of the reports."""

    def __init__(self, target: str, region: str, bucket: str, client: Any = None) -> None:
        self._place = {"Bucket": bucket, "Key": f"{target}/{FULL_RUN}"}
        self._region = region
        self._client = client

    def begin(self, now: datetime, unless_since: datetime | None = None) -> datetime | None:
        """Write down that one begins now, and return None.

        Where one has begun at ``unless_since`` or later, write nothing and return when it began. Of several callers at
        once, one writes.
        """
        try:
            client = self._client or new_client(self._region)
            for _ in range(_TRIES):
                began_at, unchanged = self._read(client)
                if began_at and unless_since and began_at >= unless_since:
                    return began_at
                if self._write(client, now, unchanged):
                    return None
        except (BotoCoreError, ClientError, ValueError):
            return None
        return None

    def _read(self, client: Any) -> tuple[datetime | None, dict[str, str]]:
        """When the newest one began, and the condition under which that is still the newest."""
        try:
            answer = client.get_object(**self._place)
        except client.exceptions.NoSuchKey:
            return None, {"IfNoneMatch": "*"}
        unchanged = {"IfMatch": answer["ETag"]}
        with answer["Body"] as body:
            content = body.read(_LARGEST_BYTES)
        try:
            return datetime.fromisoformat(json.loads(content)["began_at"]).astimezone(UTC), unchanged
        except (KeyError, TypeError, ValueError):
            return None, unchanged  # not ours, or cut short: written anew

    def _write(self, client: Any, now: datetime, unchanged: dict[str, str]) -> bool:
        """Whether it could be written, nobody else having written meanwhile."""
        body = json.dumps({"began_at": now.isoformat()}).encode()
        try:
            client.put_object(**self._place, Body=body, ContentType="application/json", **unchanged)
        except ClientError as error:
            if error.response["Error"]["Code"] in _OVERTAKEN:
                return False
            raise
        return True
