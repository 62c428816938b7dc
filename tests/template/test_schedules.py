"""What starts a run: schedules and deployments. All of it is asynchronous, so what is lost must be told somewhere."""

import json
from typing import Any

import pytest

from tests.fleet.deployed import FLEET_FILE
from tests.template.stack import FUNCTIONS, ROOT, load_template, resource

SCHEDULES = {
    "Light": ("LightFunction", "rate(1 minute)", "light.json", 60),
    "Full": ("MonitorFunction", "cron(17,32,47 * * * ? *)", "full_without_e2e.json", 600),
    "Hourly": ("MonitorFunction", "cron(2 * * * ? *)", "full.json", 600),
}
NO_RETRY = {
    "MonitorFunction": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 600},
    "LightFunction": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
}
QUEUE = {"Fn::GetAtt": "FailedEvents.Arn"}


def schedule_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = resource(SCHEDULES[name][0])["Events"][name]
    assert event["Type"] == "ScheduleV2"
    properties: dict[str, Any] = event["Properties"]
    return properties


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule__asks_for_what_its_event_file_says(name: str) -> None:
    """At its rate, at once, without a window."""
    _, expression, file, _ = SCHEDULES[name]
    schedule = schedule_of(name)
    assert json.loads(schedule["Input"]) == json.loads((ROOT / "events" / file).read_text(encoding="utf-8"))
    assert schedule["ScheduleExpression"] == expression
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_schedules__full_runs_come_once_in_each_quarter_of_an_hour() -> None:
    """Their verdict stands for 35 minutes: two may be lost. The hours' first minute is left to everybody's jobs."""
    minutes = [
        int(minute)
        for name in ("Full", "Hourly")
        for minute in schedule_of(name)["ScheduleExpression"].removeprefix("cron(").split()[0].split(",")
    ]
    assert sorted(minutes) == [2, 17, 32, 47]


def test_schedules__there_are_no_other_events() -> None:
    """The three schedules, and the deployments of the cluster (test_deployments.py), start a run; nothing else does."""
    assert set(resource("MonitorFunction")["Events"]) == {"Full", "Hourly"}
    assert set(resource("LightFunction")["Events"]) == {"Light"}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule__never_retries_and_tells_what_it_lost(name: str) -> None:
    """A late verdict is worth nothing; what Scheduler could not deliver goes to the queue."""
    *_, age_s = SCHEDULES[name]
    schedule = schedule_of(name)
    assert schedule["RetryPolicy"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": age_s}
    assert schedule["DeadLetterConfig"] == {"Arn": QUEUE}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_function__never_retries_and_tells_what_it_lost(function: str) -> None:
    """A run that failed, or whose event grew too old, is not repeated; it goes to the queue."""
    invoking = resource(function)["EventInvokeConfig"]
    assert invoking == NO_RETRY[function] | {"DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": QUEUE}}}


def test_failed_events__may_come_from_the_rule() -> None:
    """EventBridge has no role here: the queue's policy lets its rules send, and nobody without TLS."""
    tls_only, sending = resource("FailedEventsPolicy")["PolicyDocument"]["Statement"]
    assert (tls_only["Effect"], tls_only["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (sending["Principal"], sending["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    rule = resource("AfterDeployments")["Events"]["Deployment"]["Properties"]["RuleName"]["Fn::Sub"]
    of_fleet = load_template(FLEET_FILE)["Resources"]["FleetExecutionLost"]["Properties"]["Name"]["Fn::Sub"]
    allowed = [each["Fn::Sub"].partition(":rule/")[2] for each in sending["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert allowed == [rule, of_fleet]
    assert resource("FailedEvents")["SqsManagedSseEnabled"] is True
