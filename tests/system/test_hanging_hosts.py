"""A light run ends in time and tells the truth when every host of the platform accepts connections and says nothing."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from registry_monitor import handler
from registry_monitor.inventory import aws
from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.system.deployed_function import LambdaContext, forget_reports, newest_run

LIGHT_RUN_ENDS_WITHIN_S = 45  # the promise of the design: "whatever hangs"


@pytest.fixture
def hanging(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The function deployed with a target all of whose hosts lead to a port that accepts and never answers."""
    target = yaml.safe_load(sandbox.target_path.read_text())
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silence:
        port = silence.getsockname()[1]
        target["connect_to"] = dict.fromkeys(target["connect_to"], f"127.0.0.1:{port}")
        path = tmp_path / "hanging.yaml"
        path.write_text(yaml.safe_dump(target))
        for name, value in (sandbox.environment | {"MONITOR_TARGET": str(path)}).items():
            monkeypatch.setenv(name, value)
        aws.forget_clients()
        forget_reports(sandbox)
        yield sandbox
    aws.forget_clients()


def test_light_run__of_a_platform_that_hangs_ends_within_45_s(hanging: Sandbox) -> None:
    """It is FAILING, not blind, and its report is stored."""
    began = time.monotonic()
    answer = handler.lambda_handler({"depth": "light", "reason": "schedule"}, LambdaContext())
    assert time.monotonic() - began < LIGHT_RUN_ENDS_WITHIN_S
    run: Run = newest_run(hanging)
    assert answer["status"] == "FAILING"
    asked = [result for result in run.results if result.attempts and ".service." not in result.check_id]
    assert asked
    assert {result.status for result in asked} <= {Status.FAIL, Status.UNKNOWN}
    assert all(result.seen for result in run.results)
