"""The functions, their variables and parameters, as template.yaml declares them."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from registry_monitor.target import load_target
from tests.template.stack import FUNCTIONS, ROOT, load_template, resource

# What the functions may read: the product's contract, Powertools, and what the libraries need on Lambda.
CONTRACT = {
    "MONITOR_TARGET",
    "MONITOR_TARGETS",  # of a fleet
    "MONITOR_REPORTS_BUCKET",
    "MONITOR_NOTICE_TOPIC_ARN",
    "MONITOR_PAGE_ALARM",
    "MONITOR_PRESIGNED_LINKS",
}
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
LIBRARIES = {
    "MLFLOW_DISABLE_TELEMETRY",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT",
    "JOBLIB_MULTIPROCESSING",
    "PYDANTIC_DISABLE_PLUGINS",
    "MALLOC_ARENA_MAX",
    "MALLOC_TRIM_THRESHOLD_",
}


def test_template__is_valid(tmp_path: Path) -> None:
    """`sam validate --lint` accepts it, with neither credentials nor a region of this machine's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["HOME"] = str(tmp_path)
    sam = [str(ROOT / ".venv-sam/bin/sam"), "validate", "--lint", "--region", "us-east-1"]
    done = subprocess.run(sam, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    assert (done.returncode, "is a valid SAM Template" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("function", "memory_mb", "timeout_s"), [("MonitorFunction", 1024, 120), ("LightFunction", 512, 60)]
)
def test_template__function(function: str, memory_mb: int, timeout_s: int) -> None:
    """Each function is what the artifact is built for, and has the room and the time for its kind of run."""
    declared = resource(function)
    keys = ("Runtime", "Architectures", "Handler", "MemorySize", "Timeout")
    assert {key: declared[key] for key in keys} == {
        "Runtime": "python3.13",
        "Architectures": ["x86_64"],
        "Handler": "registry_monitor.handler.lambda_handler",
        "MemorySize": memory_mb,
        "Timeout": timeout_s,
    }


def test_template__functions_share_one_artifact() -> None:
    """It is built for the one; the other takes what was built."""
    resources = load_template()["Resources"]
    assert resources["MonitorFunction"]["Metadata"]["BuildMethod"] == "makefile"
    assert resource("MonitorFunction")["CodeUri"] == "src/"
    assert resources["LightFunction"]["Metadata"]["SkipBuild"] is True
    assert resource("LightFunction")["CodeUri"] == ".aws-sam/build/MonitorFunction"


@pytest.mark.parametrize(
    ("function", "parameter"), [("MonitorFunction", "FullConcurrency"), ("LightFunction", "LightConcurrency")]
)
def test_template__concurrency_is_reserved_on_demand(function: str, parameter: str) -> None:
    """Each function has its own, so that neither can starve the other; 0, the default, reserves none."""
    reserved = resource(function)["ReservedConcurrentExecutions"]
    assert reserved == {"Fn::If": [f"Has{parameter}", {"Ref": parameter}, {"Ref": "AWS::NoValue"}]}
    template = load_template()
    assert template["Parameters"][parameter]["Default"] == 0
    assert template["Conditions"][f"Has{parameter}"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, 0]}]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_template__variables(function: str) -> None:
    """The variables are those of the contract and of the libraries: no others, and none with a secret."""
    variables = resource(function)["Environment"]["Variables"]
    assert set(variables) == CONTRACT | POWERTOOLS | LIBRARIES
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "RegistryMonitor"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_template__target_files_of_a_fleet_are_read_where_there_is_one(function: str) -> None:
    """From the bucket of the reports; without a fleet the variable is not there."""
    place = {"Fn::Sub": "s3://${ReportsBucket}/fleet/targets/"}
    given = resource(function)["Environment"]["Variables"]["MONITOR_TARGETS"]
    assert given == {"Fn::If": ["HasFleet", place, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_template__log_is_kept_for_a_time(function: str) -> None:
    """Both functions log to one group of the stack, which forgets; they are traced as the parameter says."""
    assert resource(function)["LoggingConfig"] == {"LogGroup": {"Ref": "MonitorLogGroup"}}
    assert resource(function)["Tracing"] == {"Ref": "Tracing"}
    assert resource("MonitorLogGroup")["RetentionInDays"] == {"Ref": "LogDays"}


def test_template__parameters_are_described() -> None:
    """Whoever deploys is told what each parameter is for, in one group each, and free text has a pattern."""
    template = load_template()
    parameters = template["Parameters"]
    assert [name for name, each in parameters.items() if len(each.get("Description", "")) < 30] == []
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(parameters)
    free = [name for name, each in parameters.items() if each["Type"] == "String" and "AllowedValues" not in each]
    assert [name for name in free if "AllowedPattern" not in parameters[name]] == []


def test_template__defaults_match_their_patterns() -> None:
    """A stack can be made with what stands in the template, and alarms judge as the target's thresholds do."""
    parameters = load_template()["Parameters"]
    with_both = [each for each in parameters.values() if "AllowedPattern" in each and "Default" in each]
    assert [each for each in with_both if not re.fullmatch(each["AllowedPattern"], each["Default"])] == []
    target = load_target(parameters["TargetName"]["Default"])
    thresholds = target.thresholds
    assert parameters["RegistrationScorePct"]["Default"] == thresholds.registration_score_pct
    assert parameters["AuthenticationScorePct"]["Default"] == thresholds.authentication_score_pct
    assert parameters["InfrastructureScorePct"]["Default"] == thresholds.infrastructure_score_pct
    assert parameters["CertificateDaysLeft"]["Default"] > thresholds.certificate_days_left
    assert target.mlflow
    assert parameters["RegistrationSlowMs"]["Default"] == 1000 * target.mlflow.registration_budget_s


@pytest.mark.parametrize("environment", ["development", "production"])
def test_samconfig__has_a_table_for_each_environment(environment: str) -> None:
    """What it overrides are parameters of the template, with values that they allow, and each has its own stack."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))[environment]
    parameters = load_template()["Parameters"]
    given = dict(each.split("=") for each in config["deploy"]["parameters"]["parameter_overrides"].split())
    patterns = {name: parameters[name].get("AllowedPattern", r"\d+") for name in given}
    assert [name for name, value in given.items() if not re.fullmatch(patterns[name], value)] == []
    assert given["Environment"] == environment
    assert config["global"]["parameters"]["stack_name"] == f"registry-monitor-{environment}"
