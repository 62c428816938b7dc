"""The roll-up as its state machine calls it: what it leaves in the bucket, what it prints, and whom it tells."""

import json
import uuid
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.problems import unwatched_critical
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.fleet_handler import FleetError, lambda_handler
from registry_monitor.outputs.fleet_store import FleetStoreError
from registry_monitor.outputs.notices import NoticeError, NoticeTopic
from registry_monitor.outputs.state_store import StateError
from registry_monitor.reports.notice import Notice
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

    def upload(self, *names: str, critical: bool = False) -> None:
        """Make these the fleet's targets."""
        self._put("fleet/manifest.json", [{"target": name, "critical": critical} for name in names])

    def roll_up(self, visits: dict[str, Visit]) -> dict[str, Any]:
        """One light execution, a minute after the last."""
        self.upload(*visits)
        items = [{"target": name, "answer": visit.model_dump(mode="json")} for name, visit in visits.items()]
        self._put("fleet/results/1/SUCCEEDED_0.json", [{"Status": "SUCCEEDED", "Output": json.dumps(items)}])
        self._put(RESULT, {"ResultFiles": {"SUCCEEDED": [{"Key": "fleet/results/1/SUCCEEDED_0.json"}]}})
        return self.end({"ResultWriterDetails": {"Bucket": BUCKET, "Key": RESULT}})

    def end(self, written: Any) -> dict[str, Any]:
        """The end of the next execution, whose map has given this."""
        self._minutes += 1
        return lambda_handler(event(self._minutes, written=written), None)  # type: ignore[arg-type]

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

    def write(self, document: FleetDocument) -> None:
        """Put this in the place of the document."""
        self._put("fleet/latest/fleet.json", document.model_dump(mode="json"))

    def keys(self) -> set[str]:
        return {each["Key"] for each in self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    def _put(self, key: str, document: Any) -> None:
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(document).encode())


def event(minutes: int = 0, **changes: Any) -> dict[str, Any]:
    at = (AT + timedelta(minutes=minutes)).isoformat()
    written = {"MapRunArn": "arn", "ResultWriterDetails": {"Bucket": BUCKET, "Key": RESULT}}
    return {"fleet": "test", "depth": "light", "written": written, "started_at": at} | changes


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


def test_tickets__come_last(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of them, the document and its pages are there."""
    monkeypatch.setattr(NoticeTopic, "publish", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        fleet.roll_up({"b": broken(7)})
    assert {"fleet/latest/fleet.json", "fleet/latest/index.html", "fleet/public/index.html"} <= fleet.keys()


def test_tickets__are_kept_where_telling_stops_early(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """SNS takes two and then hangs: the next roll-up goes on with the third, and tells none twice."""
    left, publish = [2], NoticeTopic.publish

    def few(topic: NoticeTopic, notice: Notice) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise NoticeError("SNS is silent")
        publish(topic, notice)

    with monkeypatch.context() as patch:
        patch.setattr(NoticeTopic, "publish", few)
        with pytest.raises(FleetError, match=r"^SNS is silent$"):
            fleet.roll_up(dict.fromkeys("abcde", broken(7)))
    assert left == [-1]
    assert (sorted(fleet.document().told_files), len(fleet.tickets())) == (["a", "b"], 2)
    fleet.roll_up(dict.fromkeys("abcde", broken(7)))
    assert len(fleet.tickets()) == 3


def test_many_broken_files_at_once__make_one_ticket(fleet: Fleet) -> None:
    """A version of the monitor that refuses all of them must not fill the team's queue; the next mistake is its own."""
    many = {f"t{number:02}": broken(7) for number in range(30)}
    fleet.roll_up(many)
    [ticket] = fleet.tickets()
    assert "30 targets of the fleet test are not watched" in ticket and "t11: b.yaml, line 7" in ticket
    assert "and 18 more, on the fleet's page" in ticket
    fleet.roll_up(many | {"t03": broken(9)})
    [ticket] = fleet.tickets()
    assert ticket.startswith("The target t03 of the fleet test is not watched")


def test_file_that_is_not_read_meanwhile__is_no_news(fleet: Fleet) -> None:
    """S3 was slow once: nobody has mended it, and nobody is told again."""
    for visit, tickets in ((broken(7), 1), (Visit.not_run("its target file was not read"), 0), (broken(7), 0)):
        fleet.roll_up({"b": visit})
        assert len(fleet.tickets()) == tickets


def test_broken_file_of_a_target_that_fails__makes_one_ticket(fleet: Fleet) -> None:
    """The failure of its full run still stands."""
    fleet.roll_up({"b": failing(cause())})
    document = fleet.document()
    [target] = document.targets
    known = document.model_copy(update={"targets": (target.model_copy(update={"full": target.light, "light": None}),)})
    fleet.write(known)
    for tickets in (1, 0):
        fleet.roll_up({"b": broken(7)})
        assert [each.state for each in fleet.document().targets] == [VisitState.FAILING]
        assert len(fleet.tickets()) == tickets


FAILED_MAP = {"Error": "States.ResultWriterFailed", "Cause": "S3 is gone"}


def test_map_that_failed__is_rolled_up_and_then_told(fleet: Fleet) -> None:
    """Its targets were not run; after three such a critical one pages."""
    fleet.upload("a", "b", critical=True)
    for _ in range(3):
        with pytest.raises(FleetError, match=r"States\.ResultWriterFailed: S3 is gone"):
            fleet.end(FAILED_MAP)
    document = fleet.document()
    assert [target.state for target in document.targets] == [VisitState.NOT_RUN] * 2
    assert "S3 is gone" in document.targets[0].visits[0].told[0]
    assert len(unwatched_critical(document)) == 2


@pytest.mark.parametrize("written", [FAILED_MAP, [], {}, {"MapRunArn": "arn"}, None], ids=str)
def test_empty_manifest__is_well_whatever_the_map_makes_of_it(fleet: Fleet, written: Any) -> None:
    """The last target was withdrawn: the fleet goes on, of none."""
    fleet.roll_up({"a": failing(cause())})
    fleet.upload()
    assert fleet.end(written)["targets"] == 0
    assert fleet.document().targets == ()


def test_document_that_cannot_be_read_whole__is_not_begun_anew(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an outage that makes it too large would count its first run each minute, and never page."""
    fleet.roll_up({"a": failing(cause())})
    before = fleet.read("fleet/latest/fleet.json")
    monkeypatch.setattr("registry_monitor.outputs.fleet_store.MOST_BYTES", len(before) - 1)
    with pytest.raises(StateError, match="the answer is cut after"):
        fleet.end({"ResultWriterDetails": {"Key": RESULT}})
    assert fleet.read("fleet/latest/fleet.json") == before


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
        fleet.end({"ResultWriterDetails": {"Key": "secrets/manifest.json"}})
    assert fleet.read("fleet/latest/fleet.json") == before
