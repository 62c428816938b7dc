"""One run of the function in this process, on a sandbox, with all that it puts out: what fault runs are judged by."""

import contextlib
import gc
import io
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from registry_monitor import handler
from registry_monitor import monitor as monitoring
from registry_monitor.clients import http, mlflow_transport
from registry_monitor.inventory import aws
from registry_monitor.model import Depth
from registry_monitor.monitor import CONFIRM_AFTER_S
from registry_monitor.run import Run
from registry_monitor.suites import ecs_services
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.deployed_function import LambdaContext, forget_reports, objects, s3
from tests.torture.canaries import leaks

LIGHT_ENDS_WITHIN_S = 45.0  # the design's promise, "whatever hangs"
_BY_HAND = "fault run"  # such runs are stored, and move no state
_CONNECT_TIMEOUT_S = 2.0  # instead of 5: on loopback a port that does not answer at once never does


@dataclass(frozen=True)
class Handled:
    """``run``: as it was stored, None where it was not; ``error``: what the function raised.

    ``outputs``: every text that went out, by its place; ``grown_mb``: how much more memory the process had at its peak.
    """

    run: Run | None
    error: str | None
    outputs: Mapping[str, str]
    seconds: float
    grown_mb: float

    @property
    def defects(self) -> tuple[str, ...]:
        """What the monitor itself calls a defect of its own."""
        told = [each.seen for each in self.run.results] if self.run else []
        told += [each.told for each in self.run.observations] if self.run else []
        return tuple(each for each in told if "by a defect of the monitor" in each)

    def leaked(self, sandbox: Sandbox) -> tuple[str, ...]:
        """Which of the monitor's keys stand in an output."""
        return leaks(self.outputs, sandbox.world.secrets.monitor_keys.values())


def handled(sandbox: Sandbox, event: Mapping[str, object], time_s: float = 120.0, *, keeps: bool = False) -> Handled:
    """Call the function once, as Lambda does; ``time_s``: the function's time.

    The bucket is emptied before, unless it ``keeps`` what earlier runs have left.
    """
    if not keeps:
        forget_reports(sandbox)
    earlier = set(objects(sandbox))
    printed, error = io.StringIO(), None
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        _deploy(sandbox, patch)
        gc.collect()
        gc.freeze()  # the sandbox is in this process: to go through all that it holds takes seconds, and S3 has four
        for stream in logging.getLogger(handler.logger.service).handlers:
            patch.setattr(stream, "stream", printed)  # it was given the process's own when it was made
        began, before_kb = time.monotonic(), _memory_from_here()
        try:
            handler.lambda_handler({"reason": _BY_HAND, **event}, LambdaContext(int(time_s * 1000)))
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is what came of the run
            error = f"{type(raised).__name__}: {raised}"
        seconds = time.monotonic() - began
        gc.unfreeze()
        grown_mb = (_memory_kb("VmHWM") - before_kb) / 1024
    aws.forget_clients()
    stored = {key: _text(sandbox, key) for key in objects(sandbox)}
    documents = [stored[key] for key in stored.keys() - earlier if "/runs/" in key and key.endswith("/run.json")]
    run = Run.model_validate_json(documents[0]) if documents else None
    told = {"stdout": printed.getvalue(), "the exception": error or ""}
    return Handled(run, error, stored | told, round(seconds, 2), round(max(0.0, grown_mb), 1))


def _deploy(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Make this process the function's environment; waits in which nothing can happen here are short."""
    for name, value in sandbox.environment.items():
        patch.setenv(name, value)
    patch.setattr(boto3, "DEFAULT_SESSION", None)  # its clients are kept, and would ask the sandbox before this one
    patch.setattr(ecs_services, "_SETTLES_S", 0)
    patch.setitem(CONFIRM_AFTER_S, Depth.LIGHT, (0.5,))
    patch.setattr(monitoring, "FLOW_REPEATS", 0)
    for module in (http, mlflow_transport):
        patch.setattr(module, "CONNECT_TIMEOUT_S", _CONNECT_TIMEOUT_S)
    aws.forget_clients()


def _text(sandbox: Sandbox, key: str) -> str:
    body: bytes = s3(sandbox).get_object(Bucket=REPORTS_BUCKET, Key=key)["Body"].read()
    return body.decode(errors="replace")


def _memory_from_here() -> int:
    """Forget the peak of this process's memory (proc(5), clear_refs); what it has now, in KB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_kb("VmRSS")


def _memory_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))
