"""The function as Lambda calls it, on the sandbox: its events, its context, and what it leaves in the bucket."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry_monitor.run import Run
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox

FULL = {"depth": "full", "reason": "schedule"}
DEPLOYMENT: dict[str, Any] = json.loads(Path("events/deployment.json").read_text(encoding="utf-8"))
LIGHT = {"depth": "light", "reason": "schedule"}
WITHOUT_E2E: dict[str, Any] = json.loads(Path("events/full_without_e2e.json").read_text(encoding="utf-8"))


@dataclass
class LambdaContext:
    """What the function is told of its time."""

    time_ms: int = 120_000

    def get_remaining_time_in_millis(self) -> int:
        return self.time_ms


def s3(sandbox: Sandbox) -> Any:
    return sandbox.world.s3


def objects(sandbox: Sandbox) -> list[str]:
    return [item["Key"] for item in s3(sandbox).list_objects_v2(Bucket=REPORTS_BUCKET).get("Contents", [])]


def forget_reports(sandbox: Sandbox) -> None:
    """Empty the bucket of the reports: what earlier runs found and left open is no news to the next."""
    while keys := objects(sandbox):  # a list tells of a thousand at most
        for key in keys:
            s3(sandbox).delete_object(Bucket=REPORTS_BUCKET, Key=key)


def read(sandbox: Sandbox, key: str) -> Any:
    return json.loads(s3(sandbox).get_object(Bucket=REPORTS_BUCKET, Key=key)["Body"].read())


def metrics(printed: str) -> dict[str, Any]:
    (line,) = [line for line in printed.splitlines() if '"_aws"' in line]
    found: dict[str, Any] = json.loads(line)
    return found


def text(sandbox: Sandbox, uri: str) -> str:
    """An object, by its S3 URI."""
    found: bytes = s3(sandbox).get_object(Bucket=REPORTS_BUCKET, Key=uri.split("/", 3)[3])["Body"].read()
    return found.decode()


def newest_run(sandbox: Sandbox) -> Run:
    (key,) = [key for key in objects(sandbox) if key.endswith("/run.json")]
    return Run.model_validate(read(sandbox, key))
