"""``<target>/state/standing.json``: the last full verdict, kept from run to run.

Full runs write it, and light runs that asked again what failed. Each writes only over what it has read, so that of two
at a time none is lost (S3 user guide, "Conditional writes"). Nothing here fails a run: what could not be read or
written is told, and the verdict is not emitted again meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from registry_monitor.model import Depth
from registry_monitor.outputs.objects import new_client
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict, stands_after

STATE = "state/standing.json"
_TRIES = 3  # two full runs at a time are rare, three never
_WRITTEN_MEANWHILE = ("PreconditionFailed", "ConditionalRequestConflict")  # 412 and 409


@dataclass(frozen=True)
class KeptStanding:
    """What was read. ``etag``: which version of it; ``problem``: why it could not be read, in a sentence."""

    standing: StandingVerdict | None = None
    etag: str | None = None
    problem: str | None = None


class StandingStore:
    """Where the verdict of one target is kept. ``s3_client``: another client than its own."""

    def __init__(self, bucket: str, target: str, region: str, s3_client: Any = None) -> None:
        self._bucket = bucket
        self._key = f"{target}/{STATE}"
        self._region = region
        self._given_client = s3_client

    def read(self) -> KeptStanding:
        """What is kept; nothing before the first full run. Never raises."""
        place = f"s3://{self._bucket}/{self._key}"
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key)
            content, etag = answer["Body"].read(), answer["ETag"]
        except ClientError as error:
            told = error.response.get("Error", {})
            if told.get("Code") == "NoSuchKey":
                return KeptStanding()
            needs = "the monitor's role needs s3:GetObject on it, and s3:ListBucket on the bucket"
            return KeptStanding(
                problem=f"{place} could not be read: {told.get('Code')} ({told.get('Message')}); {needs}"
            )
        except (BotoCoreError, ValueError) as error:
            return KeptStanding(problem=f"{place} could not be read: {type(error).__name__} ({error})")
        try:
            return KeptStanding(StandingVerdict.model_validate_json(content), etag)
        except ValidationError as error:
            told = f"is no verdict of this version of the monitor ({error.error_count()} problems)"
            return KeptStanding(etag=etag, problem=f"{place} {told}: the next full run replaces it")

    def write_after(self, kept: KeptStanding, run: Run) -> str | None:
        """Keep what stands after a full run, or one that asked again; return why it could not be. Never raises."""
        is_light = run.trigger.depth is Depth.LIGHT
        for _ in range(_TRIES):
            stands = stands_after(kept.standing, run)
            has_asked_again = stands and kept.standing and stands.repeats_left < kept.standing.repeats_left
            if stands is None or (is_light and not has_asked_again):
                return None
            error = self._put(stands, kept)
            if error is None:
                return None
            if error not in _WRITTEN_MEANWHILE:
                break
            if is_light:
                return None  # a newer verdict is there already
            kept = self.read()
        return f"s3://{self._bucket}/{self._key} could not be written: {error}"

    def _put(self, standing: StandingVerdict, over: KeptStanding) -> str | None:
        """Write it in the place of what was read; the error where it could not be."""
        condition = {"IfMatch": over.etag} if over.etag else {"IfNoneMatch": "*"}
        if over.problem and not over.etag:
            condition = {}  # nothing is known of what is there, and this verdict is the newest
        body = standing.model_dump_json(exclude_defaults=True).encode()
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=self._key, Body=body, ContentType="application/json", **condition
            )
        except ClientError as error:
            return str(error.response.get("Error", {}).get("Code", "unknown"))
        except (BotoCoreError, ValueError) as error:
            return f"{type(error).__name__} ({error})"
        return None

    @property
    def _client(self) -> Any:
        return self._given_client or new_client(self._region, attempts=1)
