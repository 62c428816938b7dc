"""The built function, in Lambda's runtime, against the sandbox."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artifact.size import LIMIT_BYTES, size_bytes
from tests.artifact.emulator import Emulator, FunctionError, Json
from tests.sandbox.sandbox import Sandbox
from tests.template.stack import ROOT, literal_variables, resource

FULL: Json = json.loads((ROOT / "events" / "full.json").read_text(encoding="utf-8"))
LIGHT: Json = json.loads((ROOT / "events" / "light.json").read_text(encoding="utf-8"))

# The same handler from the sources, in the environment that tests them.
FROM_SOURCE = """
import json, sys, types
from registry_monitor.handler import lambda_handler
context = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000)
print(json.dumps(lambda_handler(json.loads(sys.argv[1]), context)))
"""


def started(artifact: Path, environment: dict[str, str]) -> Emulator:
    """The function as the template declares it, with what a user would set to run it on the sandbox."""
    declared = resource("MonitorFunction")
    variables = literal_variables() | environment
    return Emulator(artifact, variables, declared["Timeout"], declared["MemorySize"], declared["Handler"])


@pytest.fixture(scope="module")
def function(artifact: Path, one_sandbox: Any) -> Iterator[Emulator]:
    """One execution environment on the sandbox of HEAD."""
    with started(artifact, one_sandbox.of("head").environment) as emulator:
        yield emulator


def from_source(event: Json, sandbox: Sandbox) -> Json:
    """The answer of the handler in the sources."""
    asked = [sys.executable, "-c", FROM_SOURCE, json.dumps(event)]
    variables = os.environ | literal_variables() | sandbox.environment
    done = subprocess.run(asked, env=variables, capture_output=True, text=True, check=True, timeout=120)
    answer: Json = json.loads(done.stdout.splitlines()[-1])
    return answer


def gate(sandbox: Sandbox, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a pipeline calls. The emulator tells no settings, so the target is named; ECS is waited for elsewhere."""
    asked = [sys.executable, "-m", "registry_monitor", "gate", "--function", "function", "--depth", "light"]
    asked += ["--target", str(sandbox.target_path), "--wait", "0", *arguments]
    environment = os.environ | sandbox.environment | variables
    return subprocess.run(asked, env=environment, capture_output=True, text=True, check=False, timeout=180)


def verdict(answer: Json) -> dict[str, Any]:
    """What two runs of one state of the platform must agree in."""
    causes = [(cause["kind"], cause["resource"], cause["explains"]) for cause in answer["causes"]]
    return {"causes": causes} | {key: answer[key] for key in ("status", "scores", "coverage", "unexplained")}


def test_function__starts(artifact: Path) -> None:
    """A cold start imports the handler: a bad event is answered by its own error, with neither AWS nor a platform."""
    alone = {"MONITOR_TARGET": "hokusai-development", "AWS_REGION": "us-east-1"}
    with started(artifact, alone) as emulator, pytest.raises(FunctionError, match="unknown suite 'nonsense'"):
        emulator.invoke({"suites": ["nonsense"]})


def test_function__cold_and_warm(artifact: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    """A full run is healthy from cold and when warm, well within the function's time and memory; the cost is shown."""
    with started(artifact, sandbox.environment) as emulator:
        times_s = []
        for _ in range(2):
            began = time.monotonic()
            answer = emulator.invoke(FULL)
            times_s.append(time.monotonic() - began)
            assert answer["status"] == "HEALTHY", emulator.output
        peak_bytes = emulator.peak_memory_bytes
    with capsys.disabled():
        print(
            f"\nfull run of the artifact: cold {times_s[0]:.1f} s, warm {times_s[1]:.1f} s, "
            f"peak {peak_bytes / 2**20:.0f} MiB, artifact {size_bytes(artifact):,} bytes"
        )
    assert max(times_s) < emulator.timeout_s / 2
    assert peak_bytes < emulator.memory_mb * 2**20
    assert size_bytes(artifact) <= LIMIT_BYTES


@pytest.mark.parametrize("event", [LIGHT, FULL], ids=["light", "full"])
def test_function__same_verdict_as_the_sources(event: Json, function: Emulator, sandbox: Sandbox) -> None:
    """On a healthy platform the artifact and the sources agree in verdict, scores and coverage."""
    answer = function.invoke(event)
    assert set(answer) == {"run_id", "status", "scores", "coverage", "causes", "unexplained", "report"}
    assert verdict(answer) == verdict(from_source(event, sandbox))


@pytest.mark.parametrize("event", [LIGHT, FULL], ids=["light", "full"])
def test_function__same_verdict_without_database(event: Json, function: Emulator, sandbox: Sandbox) -> None:
    """With MLflow's database stopped both say that the platform fails, and by the same checks."""
    sandbox.break_("MLF-01")
    try:
        answer = function.invoke(event)
        assert answer["status"] == "FAILING"
        assert verdict(answer) == verdict(from_source(event, sandbox))
    finally:
        sandbox.mend("MLF-01")


def test_function__writes_its_report(function: Emulator, sandbox: Sandbox) -> None:
    """The report that the answer names is in the bucket, and it is that of this run."""
    answer = function.invoke(FULL)
    bucket, _, key = answer["report"].removeprefix("s3://").partition("/")
    run = json.load(sandbox.world.s3.get_object(Bucket=bucket, Key=f"{key.rpartition('/')[0]}/run.json")["Body"])
    assert run["run_id"] == answer["run_id"]


def test_function__gates_a_deployment(function: Emulator, sandbox: Sandbox, tmp_path: Path) -> None:
    """By Lambda's own API: the gate has the function make the run, reads it from S3, and fails on what is new.

    With the pipeline's credentials: the monitor's own may not read its reports.
    """
    pipeline = {"AWS_ACCESS_KEY_ID": "fake-pipeline-key-id", "AWS_SECRET_ACCESS_KEY": "fake-pipeline-secret-key"}
    lambda_api = {"AWS_ENDPOINT_URL_LAMBDA": function.endpoint_url, **pipeline}
    before = gate(sandbox, "--out", str(tmp_path), **lambda_api)
    assert before.returncode == 0, before.stdout + before.stderr
    sandbox.break_("MLF-01")
    try:
        after = gate(sandbox, "--baseline", str(tmp_path / "run.json"), **lambda_api)
    finally:
        sandbox.mend("MLF-01")
    assert after.returncode == 1, after.stdout + after.stderr
    assert "light run by function" in after.stdout
    assert "Report: s3://" in after.stdout


def test_function__metrics(function: Emulator) -> None:
    """Metrics leave on the standard output, in the namespace of the contract."""
    before = len(function.metrics)
    function.invoke(LIGHT)
    new = function.metrics[before:]
    namespaces = {each["Namespace"] for document in new for each in document["_aws"]["CloudWatchMetrics"]}
    assert namespaces == {"RegistryMonitor"}


def test_function__writes_nothing_into_its_artifact(function: Emulator, artifact: Path) -> None:
    """A run leaves the artifact as it is: on Lambda that folder is read-only."""
    before = {path: path.stat().st_mtime_ns for path in artifact.rglob("*")}
    function.invoke(FULL)
    assert {path: path.stat().st_mtime_ns for path in artifact.rglob("*")} == before


def test_function__aws_hangs(artifact: Path, sandbox: Sandbox) -> None:
    """With AWS taking connections and never answering, the run ends in time: metrics go out, the invocation fails."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        aws = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with started(artifact, sandbox.environment | aws) as emulator:
            with pytest.raises(FunctionError, match="PublishError"):
                emulator.invoke(LIGHT)
            assert emulator.metrics != []
