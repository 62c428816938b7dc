"""The roll-up as its state machine calls it: what it leaves in the bucket, what it prints, and whom it tells."""

import json
import uuid
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.fleet_handler import FleetError, lambda_handler
from registry_monitor.outputs.fleet_store import FleetStoreError
from registry_monitor.target import TargetError
from registry_monitor.target.problems import Problem
from tests.unit.fleet.fleets import AT, HEALTHY, cause, failing

BUCKET, REGION = "roll-up-reports", "us-east-1"
RESULT = "fleet/results/1/manifest.json"


def broken(line: int) -> Visit:
    return Visit.of_broken_file(TargetError("b.yaml", [Problem(line, "cluster", "is missing")]))


class Fleet:
    """A bucket, a topic, and one execution after another."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        sqs = boto3.client("sqs", region_name=REGION)
        self._queue = sqs.create_queue(QueueName=f"team-{uuid.uuid4()}")["QueueUrl"]
        self._sqs = sqs
        self._minutes = 0

    def topic(self) -> str:
        sns = boto3.client("sns", region_name=REGION)
        arn: str = sns.create_topic(Name=f"ticket-{uuid.uuid4()}")["TopicArn"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=told["Attributes"]["QueueArn"])
        return arn

    def roll_up(self, visits: dict[str, Visit]) -> dict[str, Any]:
        """One light execution, a minute after the last."""
        self._put("fleet/manifest.json", [{"target": name} for name in visits])
        items = [{"target": name, "answer": visit.model_dump(mode="json")} for name, visit in visits.items()]
        self._put("fleet/results/1/SUCCEEDED_0.json", [{"Status": "SUCCEEDED", "Output": json.dumps(items)}])
        self._put(RESULT, {"ResultFiles": {"SUCCEEDED": [{"Key": "fleet/results/1/SUCCEEDED_0.json"}]}})
        self._minutes += 1
        return lambda_handler(event(self._minutes), None)  # type: ignore[arg-type]

    def tickets(self) -> list[str]:
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"])["Message"] for each in found]

    def document(self) -> FleetDocument:
        return FleetDocument.model_validate_json(self.read("fleet/latest/fleet.json"))

    def read(self, key: str) -> str:
        body: bytes = self._s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def keys(self) -> set[str]:
        return {each["Key"] for each in self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def _put(self, key: str, document: Any) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(document).encode())


def event(minutes: int = 0, **changes: Any) -> dict[str, Any]:
    at = (AT + timedelta(minutes=minutes)).isoformat()
    return {"fleet": "test", "depth": "light", "manifest": RESULT, "started_at": at} | changes


@pytest.fixture
def fleet(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    made = Fleet(s3)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)
    monkeypatch.setenv("MONITOR_TICKET_TOPIC_ARN", made.topic())
    return made


def test_roll_up__leaves_document_pages_and_a_line(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """And answers with how many targets are in which state."""
    answer = fleet.roll_up({"a": HEALTHY, "b": failing(cause())})
    assert answer["targets"] == 2 and answer["states"]["FAILING"] == 1 and answer["paging"] == 0
    assert {"fleet/latest/fleet.json", "fleet/latest/index.html", "fleet/public/index.html"} <= fleet.keys()
    [line] = [json.loads(each) for each in capsys.readouterr().out.splitlines() if '"_aws"' in each]
    assert (line["fleet"], line["FleetFailing"]) == ("test", [1.0])


def test_roll_ups__count_runs_on_end_and_page_at_the_third(fleet: Fleet) -> None:
    """From document to document, through S3."""
    assert [fleet.roll_up({"a": failing(cause())})["paging"] for _ in range(4)] == [0, 0, 1, 1]
    assert fleet.roll_up({"a": HEALTHY})["paging"] == 0


def test_broken_file__makes_one_ticket_for_each_change(fleet: Fleet) -> None:
    """Not one each minute; mended and broken again it is news."""
    told = []
    for visit in (broken(7), broken(7), broken(9), broken(9), HEALTHY, broken(9)):
        fleet.roll_up({"a": HEALTHY, "b": visit})
        told.append([line for ticket in fleet.tickets() for line in ticket.splitlines() if "b.yaml" in line])
    of_7, of_9 = ["b.yaml, line 7: cluster: is missing"], ["b.yaml, line 9: cluster: is missing"]
    assert told == [of_7, [], of_9, [], [], of_9]


def test_ticket_that_cannot_be_published__is_told_by_the_next(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The invocation fails, and all else of it is done."""
    with monkeypatch.context() as patch:
        patch.setenv("MONITOR_TICKET_TOPIC_ARN", f"arn:aws:sns:{REGION}:123456789012:no-such-topic")
        with pytest.raises(FleetError, match="could not be published"):
            fleet.roll_up({"b": broken(7)})
    assert "b.yaml, line 7" in fleet.read("fleet/latest/index.html")
    fleet.roll_up({"b": broken(7)})
    assert len(fleet.tickets()) == 1


def test_document_of_another_version__is_made_anew(fleet: Fleet, s3: Any) -> None:
    """What cannot be read must not stop the watch."""
    s3.put_object(Bucket=BUCKET, Key="fleet/latest/fleet.json", Body=b'{"schema_version": "0"}')
    fleet.roll_up({"a": HEALTHY})
    assert [target.state for target in fleet.document().targets] == [VisitState.HEALTHY]


@pytest.mark.parametrize(
    "changes", [{"depth": "deep"}, {"started_at": "soon"}, {"bucket": "another"}], ids=["depth", "time", "unknown"]
)
def test_event_that_is_none__is_refused(fleet: Fleet, changes: dict[str, Any]) -> None:
    """Before anything is read."""
    with pytest.raises(ValidationError):
        lambda_handler(event(**changes), None)  # type: ignore[arg-type]


def test_forged_event__reads_no_other_place(fleet: Fleet) -> None:
    """And writes nothing."""
    fleet.roll_up({"a": HEALTHY})
    before = fleet.read("fleet/latest/fleet.json")
    with pytest.raises(FleetStoreError, match="is no result of this fleet"):
        lambda_handler(event(9, manifest="secrets/manifest.json"), None)  # type: ignore[arg-type]
    assert fleet.read("fleet/latest/fleet.json") == before
