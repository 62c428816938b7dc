"""`make test-page`, and what docs/operations.md says of the stack."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from registry_monitor.outputs.metrics import METRICS
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


def test_operations__counts_what_is_paid_for() -> None:
    """The fixed costs are those of the stack: series, alarms, key; and their sum is right."""
    types = [each["Type"] for each in load_template()["Resources"].values()]
    counted = {
        "metrics": len(METRICS),
        "metric alarms": types.count("AWS::CloudWatch::Alarm"),
        "composite alarm": types.count("AWS::CloudWatch::CompositeAlarm"),
        "key of the topics": types.count("AWS::KMS::Key"),
        "secret of the keys": 1,
    }
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+)(?: series)? \| (\d+\.\d\d) \| (\d+\.\d\d) \|$", OPERATIONS, re.MULTILINE)
    assert {part: int(count) for part, count, _, _ in rows} == counted
    assert [part for part, count, price, month in rows if round(int(count) * float(price), 2) != float(month)] == []
    total = sum(float(month) for *_, month in rows)
    assert f"| **Together** | | | **{total:.2f}** |" in OPERATIONS


def test_operations__names_outputs_that_exist() -> None:
    """Whoever deploys finds what the guide tells of."""
    named = set(re.findall(r"`(\w+(?:Arn|Id|Url|Name))`", OPERATIONS)) - set(load_template()["Parameters"])
    assert named == {"SecurityGroupId", "PageTopicArn", "TicketTopicArn", "NoticeTopicArn"}
    assert named <= set(load_template()["Outputs"])
