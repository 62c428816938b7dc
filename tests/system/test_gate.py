"""The pipeline's user: a gate that is red for what a deployment broke, and green for what was broken before it."""

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, command

LIGHT = ("--depth", "light")


@pytest.fixture
def healthy_run(sandbox: Sandbox, tmp_path: Path) -> Path:
    """What the gate wrote before the deployment, of a healthy platform."""
    return baseline(sandbox, tmp_path / "healthy")


@pytest.fixture
def without_database(sandbox: Sandbox) -> Iterator[Sandbox]:
    with broken(sandbox, "MLF-01"):
        yield sandbox


def gate(sandbox: Sandbox, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return command(sandbox, "gate", *LIGHT, *arguments, **variables)


def baseline(sandbox: Sandbox, folder: Path) -> Path:
    gate(sandbox, "--wait", "0", "--out", str(folder))
    return folder / "run.json"


def test_gate__passes_a_healthy_platform_and_writes_a_baseline(sandbox: Sandbox, tmp_path: Path) -> None:
    """Before a deployment: exit 0, and the run that the next gate is given."""
    ended = gate(sandbox, "--out", str(tmp_path))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Gate passed: nothing new is wrong." in ended.stdout
    assert Run.model_validate_json((tmp_path / "run.json").read_text()).trigger.reason == "gate"


def test_gate__fails_on_what_is_new(healthy_run: Path, without_database: Sandbox, tmp_path: Path) -> None:
    """Exit 1; the terminal, the JUnit file and the job's summary name the new cause."""
    summary, results = tmp_path / "summary.md", tmp_path / "results.xml"
    ended = gate(
        without_database,
        *("--baseline", str(healthy_run), "--junit", str(results), "--github-summary"),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "The database hokusai-mlflow-development is" in ended.stdout
    assert summary.read_text().startswith("# Gate failed: the deployment must not stand as it is\n")
    assert "**New causes**\n\n- The database hokusai-mlflow-development is" in summary.read_text()
    assert ET.parse(results).getroot().get("failures") != "0"


def test_gate__excuses_what_was_broken_before(without_database: Sandbox, tmp_path: Path) -> None:
    """The same trouble as in the baseline is no fault of this deployment: exit 0, all of it told as skipped."""
    results, known = tmp_path / "excused.xml", baseline(without_database, tmp_path / "broken")
    ended = gate(without_database, "--baseline", str(known), "--junit", str(results), "--wait", "0")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    root = ET.parse(results).getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert "known from the baseline" in results.read_text()
