"""Every call of AWS is heard: answered, refused or silent, each by its IAM action."""

import time
from contextlib import suppress
from email.utils import formatdate
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.call_log import CallLog
from tests.unit.inventory.conftest import CLUSTER, REGION, Account, Answer, json_error

DESCRIBE = "ecs:DescribeServices"


def describe(log: CallLog) -> None:
    """One call; its error is the log's to tell."""
    with suppress(ClientError, BotoCoreError):
        log.client_of("ecs", REGION).describe_services(cluster=CLUSTER, services=["registry-auth"])


def test_answered_call__has_no_problem(account: Account) -> None:
    """It is named as IAM names it, and the clocks are compared."""
    log = CallLog()
    describe(log)
    log.client_of("elbv2", REGION).describe_load_balancers()
    assert log.outcomes == {DESCRIBE: None, "elasticloadbalancing:DescribeLoadBalancers": None}
    assert log.clock_ahead_s is not None
    assert abs(log.clock_ahead_s) < 30


def test_call_that_iam_names_otherwise__is_named_so(account: Account) -> None:
    """A permission is what the reader has to add."""
    log = CallLog()
    s3 = log.client_of("s3", REGION)
    for ask in (s3.head_bucket, s3.get_bucket_encryption):
        with pytest.raises(s3.exceptions.ClientError):
            ask(Bucket="no-such-bucket-at-all")
    assert log.outcomes == {"s3:ListBucket": None, "s3:GetEncryptionConfiguration": None}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AccessDeniedException", f"{DESCRIBE} was denied to the monitor's role"),
        ("ThrottlingException", f"{DESCRIBE} was throttled by AWS"),
        ("UnrecognizedClientException", f"{DESCRIBE} was refused, since AWS does not take the monitor's credentials"),
    ],
)
def test_refused_call__says_why(answer_instead: Answer, code: str, told: str) -> None:
    """Also where another call of the same kind was answered."""
    log = CallLog()
    log.outcomes[DESCRIBE] = None
    answer_instead("ecs", "DescribeServices", 400, json_error(code))
    describe(log)
    assert (log.outcomes[DESCRIBE] or "").startswith(told)


def test_error_about_the_question__is_an_answer(answer_instead: Answer) -> None:
    """That there is no such cluster is told only to who may ask."""
    log = CallLog()
    answer_instead("ecs", "DescribeServices", 400, json_error("ClusterNotFoundException"))
    describe(log)
    assert log.outcomes == {DESCRIBE: None}


def test_endpoint_out_of_reach__is_named(closed_endpoint: str) -> None:
    """No answer at all: the endpoint and what may be missing; there is no clock to compare with."""
    log = CallLog()
    describe(log)
    assert f"{DESCRIBE} could not be reached at {closed_endpoint}" in (log.outcomes[DESCRIBE] or "")
    assert log.clock_ahead_s is None


def test_clocks__differ_by_the_date_of_the_answer(account: Account) -> None:
    """Ten minutes ahead of AWS; the smallest difference counts."""
    log = CallLog()

    class Body(BytesIO):
        def stream(self, **_: object) -> list[bytes]:
            return [self.read()]

    def answered(minutes_ago: int) -> Any:
        def respond(request: AWSRequest, **_: object) -> AWSResponse:
            date = formatdate(time.time() - minutes_ago * 60, usegmt=True)
            return AWSResponse(request.url, 200, {"Date": date}, Body(b"{}"))

        return respond

    for minutes_ago in (20, 10, 30):
        events = aws_client("ecs", REGION).meta.events
        respond = answered(minutes_ago)
        events.register("before-send.ecs.DescribeServices", respond)
        describe(log)
        events.unregister("before-send.ecs.DescribeServices", respond)
    assert log.clock_ahead_s == pytest.approx(600, abs=5)
