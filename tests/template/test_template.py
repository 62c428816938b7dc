"""The function, its schedules and its variables, as template.yaml declares them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.template.stack import ROOT, load_template, resource

# What the function may read: the product's contract, Powertools, and what the libraries need on Lambda.
CONTRACT = {"MONITOR_TARGET", "MONITOR_REPORTS_BUCKET"}
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
LIBRARIES = {"MLFLOW_DISABLE_TELEMETRY", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "JOBLIB_MULTIPROCESSING"}

SCHEDULES = {"Light": "rate(1 minute)", "Full": "rate(15 minutes)"}


@pytest.fixture
def schedules() -> dict[str, dict[str, Any]]:
    """The properties of the function's schedules, by name."""
    events: dict[str, dict[str, Any]] = resource("MonitorFunction")["Events"]
    return {name: event["Properties"] for name, event in events.items()}


def test_template__is_valid(tmp_path: Path) -> None:
    """`sam validate --lint` accepts it, with neither credentials nor a region of this machine's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["HOME"] = str(tmp_path)
    sam = [str(ROOT / ".venv-sam/bin/sam"), "validate", "--lint"]
    done = subprocess.run(sam, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    assert (done.returncode, "is a valid SAM Template" in done.stdout) == (0, True), done.stdout + done.stderr


def test_template__function() -> None:
    """The function is what the artifact is built for, and has room for a full run."""
    function = resource("MonitorFunction")
    keys = ("Runtime", "Architectures", "Handler", "CodeUri", "MemorySize", "Timeout")
    assert {key: function[key] for key in keys} == {
        "Runtime": "python3.13",
        "Architectures": ["x86_64"],
        "Handler": "registry_monitor.handler.lambda_handler",
        "CodeUri": "src/",
        "MemorySize": 1024,
        "Timeout": 120,
    }
    assert load_template()["Resources"]["MonitorFunction"]["Metadata"] == {"BuildMethod": "makefile"}


def test_template__variables() -> None:
    """The variables are those of the contract and of the libraries: no others, and none with a secret."""
    assert set(resource("MonitorFunction")["Environment"]["Variables"]) == CONTRACT | POWERTOOLS | LIBRARIES


def test_template__metrics_namespace() -> None:
    """Metrics go to the namespace of the contract."""
    assert resource("MonitorFunction")["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == "RegistryMonitor"


@pytest.mark.parametrize("name", SCHEDULES)
def test_template__schedule(name: str, schedules: dict[str, dict[str, Any]]) -> None:
    """A schedule asks for what its event file says, at its rate, at once."""
    event = json.loads((ROOT / "events" / f"{name.lower()}.json").read_text(encoding="utf-8"))
    assert json.loads(schedules[name]["Input"]) == event
    assert event == {"depth": name.lower(), "reason": "schedule"}
    assert schedules[name]["ScheduleExpression"] == SCHEDULES[name]
    assert schedules[name]["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_template__no_other_schedules(schedules: dict[str, dict[str, Any]]) -> None:
    """There are the two schedules, each a ScheduleV2."""
    kinds = {name: event["Type"] for name, event in resource("MonitorFunction")["Events"].items()}
    assert kinds == dict.fromkeys(SCHEDULES, "ScheduleV2")
    assert set(schedules) == set(SCHEDULES)


def test_template__never_retries(schedules: dict[str, dict[str, Any]]) -> None:
    """Neither the schedules nor Lambda repeat a run: a late verdict is worth nothing, and the next one is near."""
    policies = [schedule["RetryPolicy"] for schedule in schedules.values()]
    policies.append(resource("MonitorFunction")["EventInvokeConfig"])
    assert policies == [{"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}] * 3


def test_template__parameters_are_described() -> None:
    """Whoever deploys is told what each parameter is for."""
    parameters = load_template()["Parameters"]
    assert {"VpcId", "SubnetIds", "TargetName", "Environment"} <= set(parameters)
    assert [name for name, each in parameters.items() if len(each.get("Description", "")) < 30] == []


def test_template__log_is_kept_for_a_time() -> None:
    """The function logs to a group of the stack, which forgets."""
    assert resource("MonitorFunction")["LoggingConfig"] == {"LogGroup": {"Ref": "MonitorLogGroup"}}
    assert resource("MonitorLogGroup")["RetentionInDays"] == {"Ref": "LogDays"}
