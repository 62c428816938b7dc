"""The state machine of fleet.yaml over 200 targets: all visited, none delayed by another, and rolled up rightly."""

import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from registry_monitor import fleet_handler, handler
from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.problems import problems_of
from registry_monitor.fleet.visits import VisitState
from registry_monitor.inventory.aws import forget_clients
from tests.conftest import OneSandbox
from tests.fleet.deployed import BUCKET, REGION, fleets_stack, monitors_stack, schedule_input
from tests.fleet.fast_world import IMAGE, NO_REDIS, SHARED_IMAGE, STOPPED_DATABASE, FastWorld, target_text
from tests.fleet.interpreter import Interpreter, interpreter
from tests.template.stack import Json
from tests.unit.target.small import SMALL, line_of

NAMES = tuple(f"team-{number:03}" for number in range(200))
BROKEN = {
    **dict.fromkeys(NAMES[0:200:45], SHARED_IMAGE),  # 5, each in a batch of its own
    **dict.fromkeys(NAMES[7:10], STOPPED_DATABASE),
    **dict.fromkeys(NAMES[61:63], NO_REDIS),
}
HANGING, INVALID, THROTTLED, CRITICAL = NAMES[20], NAMES[21], NAMES[22], NAMES[7]
STAGGERED_OVER_S = 8
GIVEN_UP_AFTER_S = 24  # in the place of 50, which nobody waits for; 200 runs one after another take a third of it
STARTS_WITHIN_S = 5.0  # of its second: 200 runs share two cores here
ENDS_WITHIN_S = 60.0


@dataclass
class Lambda:
    """The three functions, called in this process. ``began_s``: when each target's run began, by ``time.monotonic``."""

    began_s: dict[str, list[float]] = field(default_factory=dict)
    ended_s: dict[str, float] = field(default_factory=dict)
    rolled_up: Json | None = None
    let_go: threading.Event = field(default_factory=threading.Event)  # the one that hung has ended, where nobody waits
    _one_by_one: Any = field(default_factory=threading.Lock)  # Lambda has a process for each

    def invoke(self, function: str, event: Json) -> Any:
        if function == monitors_stack().arn("FleetFunction"):
            self.rolled_up = fleet_handler.lambda_handler(event, None)  # type: ignore[arg-type]
            return self.rolled_up
        assert function == monitors_stack().arn("LightFunction")
        name = event["target"]
        began = self.began_s.setdefault(name, [])
        began.append(time.monotonic())
        if name == THROTTLED and len(began) == 1:
            raise ClientError(_THROTTLED, "Invoke")
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
        if name == HANGING:
            try:
                return handler.lambda_handler(event, context)  # type: ignore[arg-type]
            finally:
                self.let_go.set()
        with self._one_by_one:
            answer = handler.lambda_handler(event, context)  # type: ignore[arg-type]
        self.ended_s[name] = time.monotonic()
        return answer


_THROTTLED: Any = {
    "Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."},
    "ResponseMetadata": {"HTTPStatusCode": 429, "RequestId": "1"},
}


@dataclass(frozen=True)
class Executed:
    """What came of the execution."""

    told: Json
    began_s: float
    ended_s: float
    machine: Interpreter
    functions: Lambda
    document: FleetDocument
    printed: list[Json]
    pages: dict[str, str]
    tickets: list[Json]


@pytest.fixture(scope="module", autouse=True)
def no_sandbox(one_sandbox: OneSandbox) -> None:
    """Moto forgets all that it knows when an execution begins: the world of a sandbox that runs would be gone.

    And what is kept of it would still ask that sandbox.
    """
    one_sandbox.stop()
    forget_clients()


@pytest.fixture(scope="module")
def executed() -> Executed:
    """One light execution of the schedule's own input, but for the time after which a run is given up."""
    world, functions = FastWorld(BROKEN, HANGING), Lambda()
    with pytest.MonkeyPatch.context() as patch, interpreter(patch, functions.invoke) as machine:
        patch.setattr(handler, "monitor", world.monitor)
        printed = io.StringIO()
        patch.setattr("sys.stdout", printed)
        tickets = _environment(patch)
        _write_targets()
        told = machine.execute(schedule_input("LightSchedule") | {"timeout_s": GIVEN_UP_AFTER_S}, ENDS_WITHIN_S)
        ended_s = time.monotonic()
        world.is_over.set()
        assert functions.let_go.wait(30.0)  # it must not go on where moto is AWS no more
        document = FleetDocument.model_validate_json(_read("fleet/latest/fleet.json"))
        pages = {name: _read(f"fleet/{name}/index.html") for name in ("latest", "public")}
        lines = [json.loads(line) for line in printed.getvalue().splitlines() if '"_aws"' in line]
        return Executed(told, machine.began_s, ended_s, machine, functions, document, lines, pages, tickets())


def _environment(patch: pytest.MonkeyPatch) -> Callable[[], list[Json]]:
    """What the functions are deployed with; and what the team is told by tickets."""
    boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
    sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
    queue = sqs.create_queue(QueueName="the-team")["QueueUrl"]
    topic = sns.create_topic(Name=monitors_stack().properties("TicketTopic")["TopicName"])["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    variables = monitors_stack().properties("FleetFunction")["Environment"]["Variables"]
    for name, value in variables.items():
        patch.setenv(name, value)
    patch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)
    patch.setenv("AWS_REGION", REGION)

    def tickets() -> list[Json]:
        told = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in told]

    return tickets


def _write_targets() -> None:
    """Their files, and the manifest that names them."""
    items = [
        {"target": name, "critical": name == CRITICAL, "delay_s": number % STAGGERED_OVER_S}
        for number, name in enumerate(NAMES)
    ]
    s3 = boto3.client("s3", region_name=REGION)
    for name in NAMES:
        text = target_text(name, is_broken=name == INVALID)
        s3.put_object(Bucket=BUCKET, Key=f"fleet/targets/{name}.yaml", Body=text.encode())
    s3.put_object(Bucket=BUCKET, Key="fleet/manifest.json", Body=json.dumps(items).encode())


def _read(key: str) -> str:
    body: bytes = boto3.client("s3", region_name=REGION).get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body.decode()


def test_execution__visits_every_target_once(executed: Executed) -> None:
    """But for the one that Lambda refused at first, which is asked again."""
    assert executed.told["status"] == "SUCCEEDED"
    assert set(executed.functions.began_s) == set(NAMES)
    again = {name: len(began) for name, began in executed.functions.began_s.items() if len(began) != 1}
    assert again == {THROTTLED: 2}
    assert executed.machine.batches == [40] * 5


def test_execution__begins_each_run_at_its_second(executed: Executed) -> None:
    """Whoever hangs, fails or is invalid in the same batch, delays nobody."""
    late_s = {
        name: began[0] - executed.began_s - number % STAGGERED_OVER_S
        for number, (name, began) in enumerate((name, executed.functions.began_s[name]) for name in NAMES)
    }
    assert max(late_s.values()) < STARTS_WITHIN_S
    assert min(late_s.values()) >= 0


def test_hanging_target__is_given_up_and_delays_nobody(executed: Executed) -> None:
    """All others have ended when it is given up; then the roll-up follows."""
    given_up_s = executed.functions.began_s[HANGING][0] + GIVEN_UP_AFTER_S
    assert HANGING not in executed.functions.ended_s
    assert set(executed.functions.ended_s) == set(NAMES) - {HANGING}
    neighbours = [executed.functions.ended_s[name] for name in NAMES[:40] if name != HANGING]
    assert max(neighbours) < given_up_s
    assert executed.ended_s < given_up_s + STARTS_WITHIN_S * 2
    [target] = [target for target in executed.document.targets if target.name == HANGING]
    assert (target.state, target.visits[0].told[0].split(":")[0]) == (VisitState.NOT_RUN, "States.Timeout")


def test_roll_up__counts_each_target(executed: Executed) -> None:
    """200, of which 10 fail and two gave no verdict."""
    told = {target.name: target.visits[0].told for target in executed.document.of_state(VisitState.NOT_RUN)}
    assert set(told) == {HANGING, INVALID}, told
    counts = Counter(target.state for target in executed.document.targets)
    assert counts == {VisitState.HEALTHY: 188, VisitState.FAILING: 10, VisitState.NOT_RUN: 2}
    assert (executed.document.score_pct, executed.document.coverage_pct) == (94.9, 99.0)
    assert executed.functions.rolled_up and executed.functions.rolled_up["targets"] == len(NAMES)


def test_roll_up__tells_one_cause_behind_many_targets_once(executed: Executed) -> None:
    """The image that five share is one problem; the other five have causes of their own."""
    problems = problems_of(executed.document)
    shared, *others = problems
    by_state = {state: sorted(name for name, each in BROKEN.items() if each == state) for state in BROKEN.values()}
    assert (shared.kind, shared.resource) == ("container-image-missing", IMAGE)
    assert list(shared.targets) == by_state[SHARED_IMAGE]
    alone = by_state[STOPPED_DATABASE] + by_state[NO_REDIS]
    assert sorted(name for problem in others for name in problem.targets) == alone
    assert [len(problem.targets) for problem in others] == [1] * len(alone)
    assert all(problem.hurts for problem in problems)


def test_broken_file__is_told_with_its_line(executed: Executed) -> None:
    """On the page and by one ticket; the others do not suffer."""
    line = line_of(SMALL.replace("cluster:", "clutser:", 1), "clutser")
    told = executed.document.broken_files
    assert set(told) == {INVALID}
    where = f"line {line}: clutser: is not a key of a target"
    assert any(where in each for each in told[INVALID])
    assert INVALID in executed.pages["latest"] and where in executed.pages["latest"]
    [ticket] = executed.tickets
    assert where in ticket["Message"] and INVALID in ticket["Subject"]


def test_metrics__do_not_grow_with_the_fleet(executed: Executed) -> None:
    """One line of the fleet, and one of each critical target."""
    assert len(executed.printed) == 2
    own, fleet = sorted(executed.printed, key=lambda line: "fleet" in line)
    assert own["target"] == CRITICAL
    assert (fleet["fleet"], fleet["FleetTargets"], fleet["FleetFailing"]) == ("development", [200], [10])
    assert fleet["FleetNotRun"] == [2]
    assert fleet["FleetPaging"] == [0]  # three light runs on end page, and this is the first


def test_pages__for_operators_and_for_others(executed: Executed) -> None:
    """Third parties read figures, and no name."""
    assert IMAGE in executed.pages["latest"] and "5 targets" in executed.pages["latest"]
    assert "188" in executed.pages["public"]
    named = [name for name in (*NAMES, IMAGE, "team-") if name in executed.pages["public"]]
    assert named == []


def test_manifest_that_is_not_there__is_told_to_the_queue() -> None:
    """Nothing is rolled up: the silence rings, and the queue has why."""
    functions = Lambda()
    with pytest.MonkeyPatch.context() as patch, interpreter(patch, functions.invoke) as machine:
        _environment(patch)
        url = fleets_stack().properties("Fleet")["Definition"]["States"]["TellFailedEvent"]["Parameters"]["QueueUrl"]
        sqs = boto3.client("sqs", region_name=REGION)
        sqs.create_queue(QueueName=url.rpartition("/")[2])
        told = machine.execute(schedule_input("FullSchedule"), ENDS_WITHIN_S)
        [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert told["status"] == "SUCCEEDED"
    assert "NoSuchKey" in json.loads(message["Body"])["failed"]["Cause"]
    assert functions.began_s == {}


def test_manifest_of_nothing__is_a_fleet_of_none() -> None:
    """The last target was withdrawn: it is rolled up, and nobody is told of a failure."""
    functions = Lambda()
    with pytest.MonkeyPatch.context() as patch, interpreter(patch, functions.invoke) as machine:
        _environment(patch)
        boto3.client("s3", region_name=REGION).put_object(Bucket=BUCKET, Key="fleet/manifest.json", Body=b"[]")
        told = machine.execute(schedule_input("LightSchedule"), ENDS_WITHIN_S)
    assert (told["status"], "failed" in json.loads(told["output"])) == ("SUCCEEDED", False)
    assert functions.rolled_up and functions.rolled_up["targets"] == 0
