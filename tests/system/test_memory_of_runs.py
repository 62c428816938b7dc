"""What the function keeps from run to run, on the sandbox: history, incidents, notices, mutes, young deployments."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from registry_monitor import handler
from registry_monitor.model import Status
from registry_monitor.outputs.mute_rule import mute_alarms
from registry_monitor.run import Run
from registry_monitor.schemas import schema_path
from tests.sandbox.aws.alarms import put_alarm
from tests.sandbox.aws.mute_rules import forget_mute_rules
from tests.sandbox.platforms import PAGE_ALARM, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.system.deployed_function import LIGHT, WITHOUT_E2E, LambdaContext, metrics, read, text


def test_what_only_full_runs_see__stays_known_until_one_sees_it_well(deployed: Sandbox) -> None:
    """Told against the run before, on the page with the history, and closed by no light run."""
    name = "hokusai-development"
    before = handler.lambda_handler(WITHOUT_E2E, LambdaContext())
    assert before["status"] == "HEALTHY"
    with broken(deployed, "AUT-15"):
        failed = handler.lambda_handler(WITHOUT_E2E, LambdaContext())
    run = Run.model_validate(read(deployed, f"{name}/latest/run.json"))
    assert (run.run_id, failed["status"], run.comparison and run.comparison.previous.run_id) == (
        failed["run_id"],
        "FAILING",
        before["run_id"],
    )
    assert {each.check_id for each in run.of_status(Status.FAIL, Status.BLOCKED)} == {
        each.check_id for each in (run.comparison.regressions if run.comparison else ())
    }
    page = text(deployed, f"s3://{REPORTS_BUCKET}/{name}/latest/index.html")
    assert 'id="history-title"' in page
    light = handler.lambda_handler(LIGHT, LambdaContext())
    assert light["status"] == "HEALTHY"
    [incident] = read(deployed, f"{name}/state/incidents.json")["incidents"]
    states = [each["states"] for each in read(deployed, f"{name}/state/history.json")["samples"]]
    assert (incident["state"], [each["authentication"] for each in states]) == ("open", ["up", "down", "down"])
    public = read(deployed, f"{name}/public/status.json")
    assert (public["registration"], public["uptime_pct"]["24h"]) == ("works", 100.0)


def notices(sandbox: Sandbox, queue: str) -> list[dict[str, Any]]:
    """What the topic has sent to a queue, as a subscriber gets it."""
    sqs = sandbox.world.client("sqs")
    taken = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in taken:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in taken]


@pytest.fixture
def subscribed(deployed: Sandbox) -> str:
    """A queue that takes the notices; its URL."""
    sqs, sns = deployed.world.client("sqs"), deployed.world.client("sns")
    url: str = sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=deployed.environment["MONITOR_NOTICE_TOPIC_ARN"], Protocol="sqs", Endpoint=arn)
    return url


def test_incident__is_told_when_it_opens_and_when_it_is_over(deployed: Sandbox, subscribed: str) -> None:
    """Two failing minutes open it, three good ones close it; between, reports say since when and nobody is told."""
    with broken(deployed, "MLF-01"):
        first = handler.lambda_handler(LIGHT, LambdaContext())
        assert notices(deployed, subscribed) == []
        second = handler.lambda_handler(LIGHT, LambdaContext())
        [opened] = notices(deployed, subscribed)
        handler.lambda_handler(LIGHT, LambdaContext())
        assert notices(deployed, subscribed) == []
    assert opened["Subject"].startswith("FAILING hokusai-development: ")
    assert second["report"] in opened["Message"]
    report = text(deployed, second["report"])
    assert "seen by 2 runs, incident" in report
    for _ in range(3):
        handler.lambda_handler(LIGHT, LambdaContext())
    [over] = notices(deployed, subscribed)
    assert over["Subject"].startswith("RESOLVED hokusai-development: ")
    assert over["MessageAttributes"]["incident"] == opened["MessageAttributes"]["incident"]
    document = read(deployed, "hokusai-development/state/incidents.json")
    assert list(Draft202012Validator(json.loads(schema_path("incidents").read_text())).iter_errors(document)) == []
    assert document["runs"][0] == first["run_id"]


def test_mute__holds_the_notice_and_stands_in_the_report(deployed: Sandbox, subscribed: str) -> None:
    """Made as `make mute` does; the run goes on, and so does the incident."""
    cloudwatch = deployed.world.client("cloudwatch")
    put_alarm(cloudwatch, PAGE_ALARM, deployed.environment["MONITOR_NOTICE_TOPIC_ARN"])
    mute_alarms("development", timedelta(hours=2), "an upgrade", datetime.now(UTC) - timedelta(minutes=2), cloudwatch)
    try:
        with broken(deployed, "MLF-01"):
            answers = [handler.lambda_handler(LIGHT, LambdaContext()) for _ in range(2)]
    finally:
        forget_mute_rules()
    assert notices(deployed, subscribed) == []
    report = text(deployed, answers[1]["report"])
    assert "**MUTED until " in report and "an upgrade" in report
    assert [each["state"] for each in read(deployed, "hokusai-development/state/incidents.json")["incidents"]] == [
        "open"
    ]


def test_young_deployment__wakes_nobody_though_its_service_is_out(
    deployed: Sandbox, subscribed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one task is replaced and users get 503: the verdict says so, and no metric that pages, no notice does."""
    with broken(deployed, "quiet_singleton_deployment"):
        handler.lambda_handler(LIGHT, LambdaContext())
        capsys.readouterr()
        answer = handler.lambda_handler(LIGHT, LambdaContext())
    emitted = metrics(capsys.readouterr().out)
    folder = answer["report"].split("/", 3)[3].rpartition("/")[0]
    run = Run.model_validate(read(deployed, f"{folder}/run.json"))
    failing = {result.check_id for result in run.of_status(Status.FAIL) if result.service == "api"}
    assert failing and failing <= run.excused
    assert (answer["status"], emitted["CoreFailures"]) == ("FAILING", [0.0])
    assert emitted["excused_deploying"] >= len(failing)
    assert [each["Subject"] for each in notices(deployed, subscribed) if "api" in each["Subject"]] == []
    report = text(deployed, answer["report"])
    assert "**DEPLOYING until " in report and "api is being deployed since " in report
