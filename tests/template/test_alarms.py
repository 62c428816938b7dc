"""The alarms: each on a metric that is really emitted, with a meaning, somebody who acts, and a page to read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from registry_monitor import handler
from registry_monitor.model import Depth
from registry_monitor.outputs.metrics import emit
from registry_monitor.standing import StandingVerdict
from tests.template.stack import ROOT, load_template, resource
from tests.unit.reports import samples

PAGES = ("CoreBroken", "RegistrationBroken", "AuthenticationBroken", "BadKeyAccepted", "MonitorSilent", "MonitorBlind")

# What AWS itself emits: namespace, name and dimensions (Amazon SQS developer guide, "Available CloudWatch metrics").
OF_AWS = {("AWS/SQS", "NumberOfMessagesSent", frozenset({("QueueName", "the queue")}))}

Series = tuple[str, str, frozenset[tuple[str, str]]]


def alarms() -> dict[str, dict[str, Any]]:
    """The metric alarms of the template, by logical id."""
    resources = load_template()["Resources"]
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}


def tickets() -> dict[str, dict[str, Any]]:
    return {name: alarm for name, alarm in alarms().items() if name not in PAGES}


def slug(alarm: dict[str, Any]) -> str:
    """The alarm's own part of its name."""
    name: str = alarm["AlarmName"]["Fn::Sub"]
    return name.removeprefix("registry-monitor-${Environment}-")


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> set[Series]:
    """Each series that a light run after a full one really prints, as CloudWatch reads the line of the handler."""
    assert isinstance(handler.metrics, Metrics)
    emit(samples.healthy(Depth.LIGHT), handler.metrics, StandingVerdict.of(samples.with_every_metric()))
    line = json.loads(capsys.readouterr().out)
    series = set()
    for definition in line["_aws"]["CloudWatchMetrics"]:
        for names in definition["Dimensions"]:
            dimensions = frozenset((name, line[name]) for name in names)
            series |= {(definition["Namespace"], metric["Name"], dimensions) for metric in definition["Metrics"]}
    return series


def watched(alarm: dict[str, Any]) -> Series:
    """The series of an alarm, in the stack of the target of the samples."""
    values = {"Ref": {"TargetName": "hokusai-development"}, "Fn::GetAtt": {"FailedEvents.QueueName": "the queue"}}

    def value(declared: Any) -> str:
        if isinstance(declared, str):
            return declared
        [(function, argument)] = declared.items()
        return values[function][argument]

    dimensions = frozenset((each["Name"], value(each["Value"])) for each in alarm["Dimensions"])
    return alarm["Namespace"], alarm["MetricName"], dimensions


@pytest.mark.parametrize("name", alarms())
def test_alarm__watches_a_metric_that_is_emitted(name: str, emitted: set[Series]) -> None:
    """By namespace, name and all dimensions: one that differs makes an alarm that never rings."""
    assert watched(alarms()[name]) in emitted | OF_AWS


@pytest.mark.parametrize("name", [*alarms(), "PageAlarm"])
def test_alarm__says_what_it_means_and_who_acts(name: str) -> None:
    """Its description names who acts and when, and leads to its own section of the runbook."""
    alarm = resource(name)
    told = alarm["AlarmDescription"]["Fn::Sub"]
    assert re.search(r"(On-call|The team|On-call and the security team) acts?, (now|today|this week)[.;:]", told)
    assert told.endswith(f" Runbook: ${{RunbookUrl}}#{slug(alarm)}")
    assert len(told) < 600


@pytest.mark.parametrize("name", [*alarms(), "PageAlarm"])
def test_alarm__has_its_section_in_the_runbook(name: str) -> None:
    """With its meaning and all that on-call needs at night; GitHub makes the link's anchor of the heading."""
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    _, found, rest = text.partition(f"\n### {slug(resource(name))}\n")
    assert found, f"docs/runbook.md has no section ### {slug(resource(name))}"
    section = rest.partition("\n##")[0]
    assert section.lstrip().startswith("**Means.** ")
    parts = set(re.findall(r"\*\*([A-Z][a-z ]+?)(?:\.|, [a-z ]+\.)?\*\*", section))
    assert parts >= {"Impact", "Fix", "Roll back", "Over", "Escalate"}
    assert parts & {"First minutes", "Do"}


def test_runbook__has_no_section_of_an_alarm_that_is_gone() -> None:
    """Each section below "The alarms" is that of one."""
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    section = text.partition("\n## The alarms\n")[2].partition("\n## ")[0]
    known = {slug(resource(name)) for name in [*alarms(), "PageAlarm"]}
    assert set(re.findall(r"^### (.+)$", section, re.MULTILINE)) == known


def test_page__is_one_alarm_for_all_that_page() -> None:
    """The composite alarm has all of them and no other, and only ALARM raises it: no data wakes nobody twice."""
    page = resource("PageAlarm")
    rule = page["AlarmRule"]["Fn::Sub"]
    assert re.findall(r'ALARM\("\$\{(\w+)\}"\)', rule) == list(PAGES)
    until_first_full_run = (
        '(ALARM("${MonitorSilent}") AND (NOT INSUFFICIENT_DATA("${RegistrationBroken}") OR '
        'NOT INSUFFICIENT_DATA("${InfrastructureDegraded}")))'
    )
    assert rule.replace(until_first_full_run, "SILENT").split(" OR ") == [
        "SILENT" if name == "MonitorSilent" else f'ALARM("${{{name}}}")' for name in PAGES
    ]
    assert page["AlarmActions"] == page["OKActions"] == [{"Ref": "PageTopic"}]
    assert "ActionsSuppressor" not in page
    assert [name for name in PAGES if "AlarmActions" in alarms()[name]] == []


@pytest.mark.parametrize("name", tickets())
def test_ticket__tells_the_ticket_topic(name: str) -> None:
    """When it begins, and when it is over; never the page topic."""
    assert tickets()[name]["AlarmActions"] == tickets()[name]["OKActions"] == [{"Ref": "TicketTopic"}]


@pytest.mark.parametrize("name", alarms())
def test_alarm__treats_missing_data_by_what_they_mean(name: str) -> None:
    """Silence is a fault for the two that watch for it, and rest for the queue; the others keep their state."""
    by_name = {"MonitorSilent": "breaching", "FullRunsMissing": "breaching", "EventsFailed": "notBreaching"}
    assert alarms()[name]["TreatMissingData"] == by_name.get(name, "ignore")


@pytest.mark.parametrize("name", alarms())
def test_alarm__looks_each_minute(name: str) -> None:
    """What comes less often is emitted again in between (docs/metrics.md)."""
    alarm = alarms()[name]
    assert alarm["Period"] == 60
    assert alarm["EvaluationPeriods"] * alarm["Period"] <= 86_400  # CloudWatch's limit
    assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]


def test_alarm__thresholds_are_the_parameters() -> None:
    """What a target judges by is not written a second time."""
    by_name = {name: alarm["Threshold"] for name, alarm in alarms().items() if alarm["Threshold"] != 1}
    assert by_name == {
        "RegistrationBroken": {"Ref": "RegistrationScorePct"},
        "AuthenticationBroken": {"Ref": "AuthenticationScorePct"},
        "InfrastructureDegraded": {"Ref": "InfrastructureScorePct"},
        "RegistrationSlow": {"Ref": "RegistrationSlowMs"},
        "CertificateEnds": {"Ref": "CertificateDaysLeft"},
    }


def test_dashboard__shows_emitted_metrics_and_all_alarms(emitted: set[Series]) -> None:
    """It is JSON when CloudFormation has put its values in; a graph of a series that nobody emits stays empty."""
    body = resource("MonitorDashboard")["DashboardBody"]["Fn::Sub"]
    body = body.replace("${TargetName}", "hokusai-development")
    widgets = [widget["properties"] for widget in json.loads(body)["widgets"]]
    shown = [alarm for widget in widgets for alarm in widget.get("alarms", [])]
    assert sorted(shown) == sorted(f"${{{name}.Arn}}" for name in [*alarms(), "PageAlarm"])
    graphs = [metric for widget in widgets for metric in widget.get("metrics", [])]
    drawn = {(space, name, frozenset({(a, b), (c, d)})) for space, name, a, b, c, d in graphs}
    assert len(drawn) == len(graphs) > 0
    assert drawn <= emitted


def test_dashboard__is_made_on_demand() -> None:
    """It costs more than all alarms together."""
    assert load_template()["Resources"]["MonitorDashboard"]["Condition"] == "HasDashboard"


def test_runbook__names_are_those_of_the_stack() -> None:
    """The queue and the functions that the runbook names exist."""
    assert resource("FailedEvents")["QueueName"] == {"Fn::Sub": "registry-monitor-${Environment}-failed-events"}
    text = Path(ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert "registry-monitor-<environment>-failed-events" in text
