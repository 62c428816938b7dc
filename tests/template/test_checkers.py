"""What checkers say of template.yaml after SAM's transform: nothing, but for exceptions with their reasons.

Both run without a network. What they cannot read they must not pass over: checkov, for one, ends well all the same.
"""

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.deployed import FLEET_FILE
from tests.template.stack import ROOT, Json, load_template
from tests.template.transformed import transformed

OFFLINE = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"
)
# What checkov would find, were it not excepted; the reasons stand in the template, beside each resource.
EXCEPTED = {
    ("CKV_AWS_116", "AWS::Lambda::Function.LightFunction"),
    ("CKV_AWS_116", "AWS::Lambda::Function.MonitorFunction"),
    ("CKV_AWS_158", "AWS::Logs::LogGroup.MonitorLogGroup"),
    ("CKV_AWS_173", "AWS::Lambda::Function.LightFunction"),
    ("CKV_AWS_173", "AWS::Lambda::Function.MonitorFunction"),
    ("CKV_AWS_18", "AWS::S3::Bucket.ReportsBucket"),
    ("CKV_AWS_27", "AWS::SQS::Queue.FailedEvents"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is, without its exceptions, and torn."""
    folder = tmp_path_factory.mktemp("templates")
    whole = transformed()
    (folder / "whole.json").write_text(json.dumps(whole))
    (folder / "fleet.json").write_text(json.dumps(load_template(FLEET_FILE)))
    (folder / "bare.json").write_text(json.dumps(_without_exceptions(whole)))
    (folder / "torn.json").write_text(json.dumps(whole)[:-200])
    return folder


def _without_exceptions(template: Json) -> Json:
    bare = copy.deepcopy(template)
    for resource in bare["Resources"].values():
        resource.pop("Metadata", None)
    return bare


@pytest.fixture(scope="module")
def checkov(files: Path) -> Json:
    """Checkov's answer about all three, in one process: it takes seconds to start."""
    named = [part for file in sorted(files.iterdir()) for part in ("--file", str(file))]
    quiet = ("--framework", "cloudformation", "--compact", "--output", "json", "--skip-download")
    done = subprocess.run(
        [str(ROOT / ".venv-checkov/bin/checkov"), *named, *quiet],
        env=OFFLINE,
        capture_output=True,
        text=True,
        check=False,
    )
    results: Json = json.loads(done.stdout)["results"]
    return results


def _of(checks: list[Json], file: str) -> set[tuple[str, str]]:
    return {(each["check_id"], each["resource"]) for each in checks if Path(each["file_path"]).name == file}


def test_checkov__finds_nothing_in_the_template(checkov: Json) -> None:
    """It has looked at every kind of resource that it knows, and nothing fails that is not excepted."""
    assert _of(checkov["failed_checks"], "whole.json") == set()
    looked_at = {resource for _, resource in _of(checkov["passed_checks"], "whole.json")}
    assert {"AWS::IAM::Role.MonitorRole", "AWS::SNS::Topic.PageTopic", "AWS::S3::Bucket.ReportsBucket"} <= looked_at


def test_checkov__exceptions_are_needed_and_have_reasons(checkov: Json) -> None:
    """Without them exactly these would fail; with them each is told with why."""
    assert _of(checkov["failed_checks"], "bare.json") == EXCEPTED == _of(checkov["skipped_checks"], "whole.json")
    reasons = [each["check_result"]["suppress_comment"] for each in checkov["skipped_checks"]]
    assert [reason for reason in reasons if len(reason) < 40] == []


def test_checkov__finds_nothing_in_the_fleets_template(checkov: Json) -> None:
    """But for what its state machine excepts, as that of the deployments does."""
    assert _of(checkov["failed_checks"], "fleet.json") == set()
    looked_at = {resource for _, resource in _of(checkov["passed_checks"], "fleet.json")}
    assert {"AWS::IAM::Role.FleetRole", "AWS::IAM::Role.SchedulesRole"} <= looked_at


def test_checkov__says_what_it_could_not_read(checkov: Json) -> None:
    """Only the torn file, so that the others were read."""
    assert [Path(each).name for each in checkov["parsing_errors"]] == ["torn.json"]


def test_cfn_lint__finds_nothing_in_the_template(files: Path) -> None:
    """Nor does CloudFormation's own linter, but for the file that is torn."""
    done: subprocess.CompletedProcess[Any] = subprocess.run(
        [str(ROOT / ".venv-sam/bin/cfn-lint"), "--format", "json", str(files / "whole.json"), str(files / "torn.json")],
        env=OFFLINE,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    assert {Path(each["Filename"]).name for each in found} == {"torn.json"}
    assert done.returncode != 0
