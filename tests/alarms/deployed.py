"""The alarms of the stack: template.yaml, transformed as SAM does, with the defaults of its parameters put in."""

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.alarms.cloudwatch import MetricAlarm, State
from tests.alarms.composite import CompositeAlarm
from tests.template.stack import ROOT, TEMPLATE

PAGE, TICKET = "PageTopic", "TicketTopic"
_SERVERLESS = "AWS::Serverless::Function"
_ACCOUNT = {"AWS::Region": "us-east-1", "AWS::Partition": "aws", "AWS::AccountId": "123456789012"}
# Runs in SAM's own environment: its libraries drag boto3 back by years.
_TRANSFORM = f"""
import json, os, sys
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
template = yaml_parse(sys.stdin.read())
for declared in template["Resources"].values():
    if declared["Type"] == "{_SERVERLESS}":
        declared["Properties"]["CodeUri"] = "s3://not-built/artifact.zip"
json.dump(Translator({{}}, Parser()).translate(template, {{}}), sys.stdout, default=str)
"""


@dataclass(frozen=True)
class DeployedAlarms:
    """All alarms of a stack."""

    metric: tuple[MetricAlarm, ...]
    composite: tuple[CompositeAlarm, ...]


@cache
def deployed_alarms() -> DeployedAlarms:
    """Those of the template. Raises CalledProcessError where it cannot be transformed."""
    command = [str(ROOT / ".venv-sam/bin/python"), "-c", _TRANSFORM]
    done = subprocess.run(command, input=TEMPLATE.read_text("utf-8"), capture_output=True, text=True, check=True)
    return alarms_of(json.loads(done.stdout))


def alarms_of(template: dict[str, Any]) -> DeployedAlarms:
    """The alarms of a transformed template."""
    stack = _Stack(template)
    return DeployedAlarms(
        tuple(_metric_alarm(each) for each in stack.resources("AWS::CloudWatch::Alarm")),
        tuple(_composite_alarm(each) for each in stack.resources("AWS::CloudWatch::CompositeAlarm")),
    )


def _metric_alarm(alarm: dict[str, Any]) -> MetricAlarm:
    dimensions = frozenset((each["Name"], each["Value"]) for each in alarm["Dimensions"])
    return MetricAlarm(
        name=alarm["AlarmName"],
        description=alarm["AlarmDescription"],
        series=(alarm["Namespace"], alarm["MetricName"], dimensions),
        statistic=alarm["Statistic"],
        period_s=int(alarm["Period"]),
        evaluation_periods=int(alarm["EvaluationPeriods"]),
        datapoints_to_alarm=int(alarm["DatapointsToAlarm"]),
        operator=alarm["ComparisonOperator"],
        threshold=float(alarm["Threshold"]),
        missing=alarm["TreatMissingData"],
        actions=_actions(alarm),
    )


def _composite_alarm(alarm: dict[str, Any]) -> CompositeAlarm:
    return CompositeAlarm(alarm["AlarmName"], alarm["AlarmDescription"], alarm["AlarmRule"], _actions(alarm))


def _actions(alarm: dict[str, Any]) -> dict[State, tuple[str, ...]]:
    named = {State.ALARM: "AlarmActions", State.OK: "OKActions", State.INSUFFICIENT_DATA: "InsufficientDataActions"}
    return {state: tuple(alarm.get(key, ())) for state, key in named.items()}


class _Stack:
    """A template with its values: parameters by their defaults, alarms by their names, other resources by their ids."""

    def __init__(self, template: dict[str, Any]) -> None:
        self._resources: dict[str, Any] = template["Resources"]
        defaults = {name: each.get("Default", "") for name, each in template["Parameters"].items()}
        self._values = {**_ACCOUNT, **defaults, **{name: name for name in self._resources}}
        for name, each in self._resources.items():
            if "AlarmName" in each.get("Properties", {}):
                self._values[name] = self._resolved(each["Properties"]["AlarmName"])

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """The properties of all resources of a type, resolved."""
        return [self._resolved(each["Properties"]) for each in self._resources.values() if each["Type"] == kind]

    def _resolved(self, declared: Any) -> Any:
        if isinstance(declared, list):
            return [self._resolved(each) for each in declared]
        if not isinstance(declared, dict):
            return declared
        if set(declared) == {"Ref"}:
            return self._values[declared["Ref"]]
        if set(declared) == {"Fn::GetAtt"}:
            return ".".join(declared["Fn::GetAtt"])
        if set(declared) == {"Fn::Sub"}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(self._values[found[1]]), declared["Fn::Sub"])
        return {key: self._resolved(each) for key, each in declared.items()}
