"""Notices on their way: published under the key of their incident, with a link only where one is asked for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from registry_monitor.incident import Step
from registry_monitor.memory import Memory
from registry_monitor.model import Depth, Status
from registry_monitor.outputs.notices import NoticeError, NoticeTopic
from registry_monitor.outputs.report_link import presigned_link
from registry_monitor.reports.notice import Notice
from tests.unit.state.days import REGISTER, cause, run_at
from tests.unit.state.shelf import Shelf

NOTICE = Notice(subject="FAILING x: y", body="why", incident="x/1", step=Step.OPENED)
REPORT = "s3://reports/x/runs/2026/07/30/r/MODEL_REGISTRATION_TEST_REPORT.md"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto in this process."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fake-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake-secret-key")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    mock = mock_aws()
    mock.start(reset=False)  # a sandbox of another test may share the process and its state
    yield
    mock.stop(remove_data=False)


def test_publish__reaches_a_subscriber_with_its_key(aws: None) -> None:
    """In the topic's own region, wherever the target is; the key is an attribute, by which a receiver can group."""
    sns, sqs = (boto3.client(service, region_name="eu-west-3") for service in ("sns", "sqs"))
    topic = sns.create_topic(Name="notice-of-tests")["TopicArn"]
    queue = sqs.create_queue(QueueName="notice-of-tests")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    NoticeTopic(topic).publish(NOTICE)
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    got: dict[str, Any] = json.loads(message["Body"])
    assert (got["Subject"], got["Message"]) == ("FAILING x: y", "why")
    assert {name: each["Value"] for name, each in got["MessageAttributes"].items()} == {
        "incident": "x/1",
        "step": "opened",
    }


def test_publish__to_no_topic_says_what_is_missing(aws: None) -> None:
    """Which notice, to where, and what the role needs."""
    arn = "arn:aws:sns:eu-west-3:123456789012:gone"
    with pytest.raises(NoticeError, match=rf"x/1 \(opened\) could not be published to {arn}.* needs sns:Publish"):
        NoticeTopic(arn).publish(NOTICE)


def test_link__opens_one_object_for_an_hour_and_says_when_it_ends(aws: None) -> None:
    """It is signed here, without asking anybody."""
    told = presigned_link(REPORT, "eu-west-3", datetime(2026, 7, 30, 9, 15, tzinfo=UTC))
    url, _, end = told.partition(" ")
    parts = urlsplit(url)
    assert parts.netloc == "reports.s3.eu-west-3.amazonaws.com"
    assert parts.path == "/x/runs/2026/07/30/r/MODEL_REGISTRATION_TEST_REPORT.md"
    assert parse_qs(parts.query)["X-Amz-Expires"] == ["3600"]
    assert end == "(until 10:15 UTC at the latest; it ends sooner if the function's own credentials do)"


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_notice__has_a_link_only_where_it_is_asked_for(is_asked_for: bool) -> None:
    """Whoever has the link can read the report; it is long, and stays whole."""
    told: list[Notice] = []
    link = f"https://reports.example/{'t' * 2000} (until 10:15 UTC)"
    memory = Memory(Shelf(), tell=told.append, link_to=(lambda report: link) if is_asked_for else None)
    run = run_at(0, Depth.FULL, causes=(cause("store-refuses", REGISTER),), register=Status.FAIL)
    memory.tell(memory.with_standing(run), REPORT)
    assert (f"Link: {link}\n" in told[0].body) is is_asked_for
