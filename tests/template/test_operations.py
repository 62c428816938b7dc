"""`make test-page`, and what docs/operations.md says of the stack."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from registry_monitor.target import load_target
from tests.template.stack import ROOT, load_template, resource

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

# The AWS command line, as far as make asks it: it tells the state, and writes down each state that it is to set.
AWS = """#!/bin/sh
case "$2" in
    describe-alarms) echo "$STATE" ;;
    set-alarm-state) echo "$4 $6" >>"$WRITTEN" ;;
esac
"""


def page(tmp_path: Path, state: str) -> tuple[int, str, list[str]]:
    """What `make test-page` does where the alarm has this state: exit code, text, and the states that it set."""
    (tmp_path / "aws").write_text(AWS, encoding="utf-8")
    (tmp_path / "aws").chmod(0o755)
    written = tmp_path / "written"
    written.touch()
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STATE": state, "WRITTEN": str(written)}
    asked = ["make", "test-page", "ENVIRONMENT=staging"]
    done = subprocess.run(asked, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr, written.read_text(encoding="utf-8").splitlines()


def test_test_page__raises_the_alarm_that_pages_and_puts_it_back(tmp_path: Path) -> None:
    """A composite alarm would stay in ALARM, and the next outage would page nobody."""
    name = resource("PageAlarm")["AlarmName"]["Fn::Sub"].replace("${Environment}", "staging")
    code, told, states = page(tmp_path, "OK")
    assert (code, states) == (0, [f"{name} ALARM", f"{name} OK"])
    assert "was raised and put back" in told


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA", "None"])
def test_test_page__hides_no_real_page(tmp_path: Path, state: str) -> None:
    """While the alarm is in ALARM, or not there, nothing is set."""
    code, told, states = page(tmp_path, state)
    assert (code, states) == (2, [])
    assert f"registry-monitor-staging-page is {state}, not OK" in told


@pytest.mark.parametrize("given", [[], ["FOR=2h"], ["REASON=why"]])
def test_mute__wants_a_time_and_a_reason(given: list[str]) -> None:
    """Nothing is muted without an end, or without why."""
    done = subprocess.run(["make", "mute", *given], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "Give both: make mute FOR=2h" in done.stderr) == (2, True)


def test_operations__names_outputs_that_exist() -> None:
    """Whoever deploys finds what the guide tells of."""
    named = set(re.findall(r"`(\w+(?:Arn|Id|Url|Name))`", OPERATIONS)) - set(load_template()["Parameters"])
    assert named == {"SecurityGroupId", "PageTopicArn", "TicketTopicArn", "NoticeTopicArn"}
    assert named <= set(load_template()["Outputs"])


def test_add_an_environment__its_command_makes_a_valid_target(tmp_path: Path) -> None:
    """What `sed` makes of the packaged target is one, with the names that samconfig.toml gives production's stack."""
    [command] = re.findall(r"^ +(sed '.*) \\$", OPERATIONS, re.MULTILINE)
    made = tmp_path / "hokusai-production.yaml"
    with made.open("wb") as output:
        subprocess.run(command, shell=True, cwd=ROOT, stdout=output, check=True)  # noqa: S602 - the command of the guide
    target = load_target(str(made))
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["production"]
    given = dict(each.split("=") for each in config["deploy"]["parameters"]["parameter_overrides"].split())
    assert (target.name, target.cluster) == (given["TargetName"], given["ClusterName"])
    assert target.artifacts_bucket == given["ArtifactsBucketName"]
    assert target.keys.secret == f"registry-monitor/{given['TargetName']}"


@pytest.mark.parametrize("word", ["ENV_VARS", "SANDBOX"])
def test_invoke__has_the_switches_that_the_guide_tells_of(word: str) -> None:
    """Make takes them."""
    assert f"{word}=" in OPERATIONS
    assert f"$({word})" in (ROOT / "Makefile").read_text(encoding="utf-8")
