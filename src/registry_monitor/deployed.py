"""The deployed function, as a gate calls it: its settings, one run of it, and the run document that it left.

One call is one run: nothing is repeated, but a call that Lambda has refused without running anything (429).
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from registry_monitor import __version__
from registry_monitor.inventory.aws_errors import explain
from registry_monitor.reports import RUN
from registry_monitor.run import Run

LONGEST_S = 900  # Lambda Developer Guide, "Lambda quotas": no function runs longer
_SPARE_S = 30  # beyond the function's own time-out: a cold start, and the way of the answer
_ASK_AGAIN_S = 15.0
_TARGET, _TARGETS = "MONITOR_TARGET", "MONITOR_TARGETS"
_INVOKE = "lambda:InvokeFunction"
_GET_CONFIGURATION = "lambda:GetFunctionConfiguration"
_GET_OBJECT = "s3:GetObject"


class DeployedError(Exception):
    """The function made no run that could be read, with the reason and what to do."""


class NoFunctionError(Exception):
    """There is no such function."""


@dataclass(frozen=True)
class Settings:
    """What is set for the function; null where it could not be read. ``targets``: where a fleet's target files are."""

    timeout_s: float
    target: str | None = None
    targets: str | None = None


class DeployedFunction:
    """One function, by its name or ARN, in a region (null: that of an ARN, else AWS_REGION or the profile's)."""

    def __init__(self, name: str, region: str | None = None) -> None:
        self._name = name
        parts = name.split(":")
        self._region = parts[3] if len(parts) > 3 and parts[0] == "arn" else region

    def settings(self) -> Settings:
        """Its time-out and target. Where they may not be read, Lambda's longest time-out.

        Raises NoFunctionError, and DeployedError where AWS cannot be reached at all.
        """
        try:
            told = self._client("lambda", read_timeout_s=10).get_function_configuration(FunctionName=self._name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                raise NoFunctionError(f"there is no function {self._name}: {error}") from None
            return Settings(LONGEST_S)
        except (BotoCoreError, ValueError) as error:
            raise DeployedError(explain(_GET_CONFIGURATION, error)) from None
        variables = told.get("Environment", {}).get("Variables", {})
        return Settings(told["Timeout"], variables.get(_TARGET), variables.get(_TARGETS))

    def run(
        self,
        event: dict[str, Any],
        timeout_s: float,
        wait_s: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> str:
        """Have it make one run, and return the S3 URI of its report.

        ``timeout_s``: the function's own. ``wait_s``: how long to wait while all its concurrency is in use.
        Raises DeployedError.
        """
        client = self._client("lambda", read_timeout_s=timeout_s + _SPARE_S)
        give_up = time.monotonic() + wait_s
        while True:
            try:
                answer = client.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
                return self._report_of(answer["Payload"].read())
            except client.exceptions.TooManyRequestsException as error:
                if time.monotonic() + _ASK_AGAIN_S > give_up:
                    told = f"{self._name} was busy with other runs all the time: {error}; wait longer (--wait)"
                    raise DeployedError(told) from None
                sleep(_ASK_AGAIN_S)
            except (BotoCoreError, ClientError, ValueError) as error:
                told = f"{self._name} gave no answer: {explain(_INVOKE, error)}"
                raise DeployedError(f"{told}. It was not called again: its run may still go on") from None

    def stored_run(self, report: str) -> Run:
        """The run.json beside a report. Raises DeployedError."""
        bucket, _, key = report.removeprefix("s3://").partition("/")
        key = f"{key.rpartition('/')[0]}/{RUN}"
        try:
            with self._client("s3", read_timeout_s=30).get_object(Bucket=bucket, Key=key)["Body"] as body:
                return Run.model_validate_json(body.read())
        except (BotoCoreError, ClientError, ValueError) as error:
            if isinstance(error, ValidationError):
                told = (
                    f"it is of another version of the monitor ({error.error_count()} problems); this is {__version__}"
                )
            else:
                told = explain(_GET_OBJECT, error)
            raise DeployedError(f"the run was made, and s3://{bucket}/{key} could not be read: {told}") from None

    def _report_of(self, payload: bytes) -> str:
        """The emulator and Lambda answer 200 also where the function raised or died: only the body tells."""
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = payload.decode(errors="replace")
        if isinstance(answer, dict) and isinstance(answer.get("report"), str):
            return str(answer["report"])
        told = answer.get("errorMessage", answer) if isinstance(answer, dict) else answer
        raise DeployedError(f"{self._name} ended without a report: {told}. Its log tells more")

    def _client(self, service: str, *, read_timeout_s: float) -> Any:
        """Without retries: a second call would be a second run. Kept alive, as long as the function may take.

        Lambda API Reference, Invoke: clients and what is between may drop a connection that is idle for long.
        """
        config = Config(
            connect_timeout=5,
            read_timeout=read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": 1},
            tcp_keepalive=True,
            user_agent_extra=f"registry-monitor/{__version__}",
        )
        try:
            return boto3.client(service, region_name=self._region, config=config)
        except (BotoCoreError, ValueError) as error:  # no region, or a profile or an endpoint that does not exist
            raise DeployedError(f"AWS cannot be asked: {error}") from None
