"""The regression guard: what a run asks and imports, and what the artifact weighs, does not grow unnoticed."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifact.size import size_bytes
from registry_monitor.check_list import others
from registry_monitor.model import Check, Verdict
from registry_monitor.outputs.metrics import METRICS
from tests.bench.critical_path import longest_chain
from tests.conftest import OneSandbox
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here, requests_since

RECORDED: dict[str, dict[str, Any]] = yaml.safe_load(Path("tests/bench/recorded.yaml").read_text())
IMPORTS = "import sys, registry_monitor.handler; print(len(sys.modules))"


def assert_not_grown(**seen: int) -> None:
    """None of the figures is larger than recorded; what is much smaller is to be recorded anew, or guards nothing."""
    for name, figure in seen.items():
        recorded = RECORDED[name.replace("_", " ").replace("aws", "AWS")]["value"]
        assert figure <= recorded, f"{name} has grown to {figure}; recorded is {recorded}"
        assert figure >= 0.9 * recorded - 1, f"{name} is {figure} only: record it, in place of {recorded}"


@pytest.fixture(scope="module")
def sandbox(one_sandbox: OneSandbox) -> Sandbox:
    """A new one: of stopped tasks and old revisions, which other tests leave, a run reads too."""
    one_sandbox.stop()
    return one_sandbox.of("head")


@pytest.mark.parametrize("depth", ["light", "full"])
def test_run__asks_no_more_than_recorded(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, depth: str) -> None:
    """Requests, calls of AWS, and requests one after another on the longest chain of checks."""
    monitor_here(sandbox, monkeypatch, {"depth": depth})  # the first run ever also makes what is permanent
    plan: list[Check] = []
    before = len(requests_since(sandbox, 0))
    run = monitor_here(sandbox, monkeypatch, {"depth": depth}, on_plan=plan.extend)
    assert run.verdict is Verdict.HEALTHY
    of_check = Counter(each.request_id.removeprefix(f"{run.run_id}-") for each in requests_since(sandbox, before))
    waits_for = others(plan)
    checks = [
        {"id": each.id, "waits_for": waits_for.get(each.id, each.after), "duration_ms": 1000 * of_check[each.id]}
        for each in plan
    ]
    assert_not_grown(
        **{
            f"{depth}_requests": sum(of_check.values()),
            f"{depth}_aws_calls": sum(run.cost.aws_calls.values()),
            f"{depth}_round_trips_on_the_critical_path": round(longest_chain([{"checks": checks}]).seconds),
        }
    )


def test_light_run__imports_no_more_than_recorded() -> None:
    """Each module costs a cold start some tenths of a millisecond. What measures the tests' coverage is none of it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    ended = subprocess.run([sys.executable, "-c", IMPORTS], env=environment, capture_output=True, text=True, check=True)
    assert_not_grown(light_modules=int(ended.stdout))


def test_metrics__are_no_more_than_recorded() -> None:
    """Each series is billed."""
    assert_not_grown(metric_series=len(METRICS))


def test_artifact__weighs_no_more_than_recorded(artifact: Path) -> None:
    """What is over Lambda's limit cannot be deployed at all."""
    assert_not_grown(artifact_bytes=size_bytes(artifact))


def test_recorded__each_figure_has_its_reason() -> None:
    """And is guarded by one of these tests."""
    assert all(len(figure["why"]) > 20 for figure in RECORDED.values())
