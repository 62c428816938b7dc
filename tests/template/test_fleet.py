"""fleet.yaml: what starts the fleet, what it may do, how long it may take, and whom its alarms wake."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from registry_monitor.fleet.document import ManifestItem
from registry_monitor.fleet.problems import problems_of
from registry_monitor.fleet_handler import RollUp
from registry_monitor.invocation import parse_event
from registry_monitor.outputs.fleet_metrics import emit_fleet
from tests.fleet.deployed import FLEET_FILE, fleets_stack, monitors_stack, schedule_input
from tests.sandbox.aws.iam.policies import ANY, Answer, Policies, Question, listed
from tests.template.reference import meet, reference_of
from tests.template.stack import ROOT, Json, load_template, resource
from tests.template.test_alarms import slug
from tests.unit.fleet.fleets import AT, HEALTHY, fleet_of

SCHEDULES = {"LightSchedule": ("light", "LightFunction"), "FullSchedule": ("full", "MonitorFunction")}
PAGES = {"FleetCriticalBroken", "FleetPaging", "FleetSilent"}
LONGEST_EXPRESS_S = 300  # Step Functions developer guide, "Choosing workflow type"
SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret"
LAST_SECOND_S = 45  # of the manifest's delays
TEMPLATE = load_template(FLEET_FILE)
ALARMS = {name: each["Properties"] for name, each in TEMPLATE["Resources"].items() if each["Type"].endswith("::Alarm")}


def states() -> Json:
    """The states of the machine, as deployed."""
    found: Json = fleets_stack().properties("Fleet")["Definition"]["States"]
    return found


def item_states() -> Json:
    """What is done for each target."""
    batch = states()["VisitTargets"]["ItemProcessor"]["States"]["Batch"]
    found: Json = batch["ItemProcessor"]["States"]
    return found


def lint(file: Path) -> list[str]:
    asked = [str(ROOT / ".venv-sam/bin/cfn-lint"), "--regions", "us-east-1", "--format", "json", "--", str(file)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return [each["Rule"]["Id"] for each in json.loads(done.stdout or "[]")]


def test_file__is_valid_and_its_state_machine_too(tmp_path: Path) -> None:
    """cfn-lint looks into the definition (E3601): with a state that is not there, it says so."""
    assert lint(FLEET_FILE) == []
    broken = tmp_path / "fleet.yaml"
    broken.write_text(FLEET_FILE.read_text("utf-8").replace("StartAt: Stagger", "StartAt: Elsewhere"), "utf-8")
    assert lint(broken) == ["E3601"]


def test_stack__is_there_on_demand_and_gets_its_parameters() -> None:
    """Without Fleet nothing of it is made: each resource that has its name has the condition."""
    resources = load_template()["Resources"]
    named = {name: each.get("Condition") for name, each in resources.items() if "Fleet" in name}
    assert named == {"FleetFunction": "HasFleet", "FleetStack": "HasFleet"}
    assert load_template()["Parameters"]["Fleet"]["Default"] == "no"
    nested = resource("FleetStack")
    assert nested["TemplateURL"] == FLEET_FILE.name
    assert set(nested["Parameters"]) == set(TEMPLATE["Parameters"])


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule__starts_runs_that_the_function_understands(name: str) -> None:
    """With the function of its depth, and the suites that the event of the stack's own target has."""
    depth, function = SCHEDULES[name]
    given = schedule_input(name)
    assert given["function"] == monitors_stack().arn(function)
    event = {"target": "a", "critical": False, "depth": given["depth"], "suites": given["suites"], "reason": "schedule"}
    assert set(event) == {key.removesuffix(".$") for key in item_states()["Run"]["Parameters"]["Payload"]}
    invocation = parse_event(event)
    assert (invocation.depth.value, invocation.is_complete) == (depth, True)
    assert fleets_stack().properties(name)["Target"]["Arn"] == fleets_stack().arn("Fleet")


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule__never_retries_and_tells_what_it_lost(name: str) -> None:
    """As the stack's own do."""
    target = fleets_stack().properties(name)["Target"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert target["DeadLetterConfig"] == {"Arn": monitors_stack().arn("FailedEvents")}


def test_schedules__of_full_runs_meet_no_other() -> None:
    """Those of the stack's own target come at 2, 17, 32 and 47."""
    minutes = fleets_stack().properties("FullSchedule")["ScheduleExpression"].removeprefix("cron(").split()[0]
    assert minutes.split(",") == ["9", "24", "39", "54"]


def test_light_runs_of_a_target__are_never_more_than_two_at_once() -> None:
    """Each is given up, with its tries, within a minute; executions begin in minutes of their own, at any second."""
    run = item_states()["Run"]
    [retry] = run["Retry"]
    pauses_s = sum(retry["IntervalSeconds"] * retry["BackoffRate"] ** number for number in range(retry["MaxAttempts"]))
    assert schedule_input("LightSchedule")["timeout_s"] + pauses_s < 60
    assert ManifestItem(target="a", delay_s=LAST_SECOND_S).delay_s == LAST_SECOND_S


@pytest.mark.parametrize("name", SCHEDULES)
def test_batch__ends_before_step_functions_ends_it(name: str) -> None:
    """Whatever hangs in it: so one batch loses no other target's result."""
    _, function = SCHEDULES[name]
    given_up_s = schedule_input(name)["timeout_s"]
    assert LAST_SECOND_S + given_up_s + 10 < LONGEST_EXPRESS_S
    assert given_up_s <= resource(function)["Timeout"] + 5


def test_batch__runs_all_its_targets_at_once() -> None:
    """So none waits for another: as many as Step Functions runs side by side in one inline map."""
    visit = states()["VisitTargets"]
    assert visit["ItemBatcher"]["MaxItemsPerBatch"] == 40
    assert visit["ItemProcessor"]["States"]["Batch"]["MaxConcurrency"] == 40
    assert visit["ToleratedFailurePercentage"] == 100


def test_run__is_repeated_only_where_lambda_refused_it() -> None:
    """And whatever else fails is a result of its target."""
    run = item_states()["Run"]
    [retry] = run["Retry"]
    assert retry["ErrorEquals"] == ["Lambda.TooManyRequestsException", "Lambda.ServiceException"]
    [caught] = run["Catch"]
    assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "NotRun")


def test_failure__of_the_map_is_rolled_up_and_that_of_the_roll_up_told_to_the_queue() -> None:
    """The roll-up is given what the map wrote, or in its place the error, and fails of that in the end."""
    [caught] = states()["VisitTargets"]["Catch"]
    assert caught == {"ErrorEquals": ["States.ALL"], "ResultPath": "$.written", "Next": "RollUp"}
    assert states()["VisitTargets"]["ResultPath"] == "$.written"
    given = {key.removesuffix(".$"): "light" for key in states()["RollUp"]["Parameters"]["Payload"]}
    assert RollUp.model_validate(given | {"started_at": AT, "written": {"Error": "States.Timeout"}})
    [caught] = states()["RollUp"]["Catch"]
    assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "TellFailedEvent")
    assert states()["TellFailedEvent"]["Parameters"]["QueueUrl"].endswith("/registry-monitor-development-failed-events")


def test_execution_that_is_ended_from_outside__is_told_to_the_queue_too() -> None:
    """Its time-out ends it without another state; a map can have none of its own (Amazon States Language)."""
    rule = fleets_stack().properties("FleetExecutionLost")
    assert rule["EventPattern"]["detail"] == {
        "stateMachineArn": [fleets_stack().arn("Fleet")],
        "status": ["ABORTED", "FAILED", "TIMED_OUT"],
    }
    assert [target["Arn"] for target in rule["Targets"]] == [monitors_stack().arn("FailedEvents")]


def test_execution__is_over_before_the_next_of_its_depth_and_has_time_for_two_rounds() -> None:
    """Batches may wait for others to end, also of full runs; and a roll-up is asked again where Lambda refused it."""
    whole_s = fleets_stack().properties("Fleet")["Definition"]["TimeoutSeconds"]
    batch_s = LAST_SECOND_S + schedule_input("FullSchedule")["timeout_s"] + 10
    roll_up_s = states()["RollUp"]["TimeoutSeconds"]
    assert 2 * batch_s + 3 * roll_up_s < whole_s < 15 * 60
    assert resource("FleetFunction")["Timeout"] < roll_up_s


def _statements() -> Iterator[tuple[str, Json]]:
    for logical_id, each in TEMPLATE["Resources"].items():
        properties = fleets_stack().properties(logical_id)
        policies = properties["Policies"] if each["Type"] == "AWS::IAM::Role" else []
        policies += [properties] if each["Type"] == "AWS::IAM::Policy" else []
        yield from (
            (logical_id, statement) for policy in policies for statement in policy["PolicyDocument"]["Statement"]
        )


def test_permissions__name_actions_and_kinds_that_aws_has() -> None:
    """As of the stack's own roles (test_permissions.py): no wildcard in an action, no resource that allows nothing."""
    allowed = [
        (action, listed(each["Resource"]))
        for _, each in _statements()
        if each["Effect"] == "Allow"
        for action in listed(each["Action"])
    ]
    reference = reference_of(action for action, _ in allowed)
    assert {action for action, _ in allowed} == set(reference)
    kinds = {action: reference[action].resources for action, _ in allowed}
    void = [
        (action, named)
        for action, resources in allowed
        for named in resources
        if action != "ecs:ListTasks" and not any(meet(named, kind) for kind in kinds[action])
    ]
    assert [(action, named) for action, named in void if not action.startswith(("s3:", "secretsmanager:"))] == []
    assert [action for action, resources in allowed if ANY in resources] == ["ecs:ListTasks"]


def test_trust__is_this_accounts_alone() -> None:
    """Step Functions and Scheduler act for no other."""
    for role in ("FleetRole", "SchedulesRole"):
        [trust] = fleets_stack().properties(role)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("action", "key", "answer"),
    [
        ("s3:PutObject", "team-1/runs/2026/01/01/x/run.json", Answer.ALLOWED),
        ("s3:PutObject", "fleet/latest/fleet.json", Answer.ALLOWED),
        ("s3:PutObject", "fleet/public/index.html", Answer.ALLOWED),
        ("s3:PutObject", "fleet/targets/team-1.yaml", Answer.DENIED),
        ("s3:PutObject", "fleet/manifest.json", Answer.DENIED),
        ("s3:PutObject", "fleet/results/1/manifest.json", Answer.DENIED),
        ("s3:GetObject", "fleet/targets/team-1.yaml", Answer.ALLOWED),
        ("s3:GetObject", "fleet/results/1/SUCCEEDED_0.json", Answer.ALLOWED),
        ("s3:GetObject", "team-1/state/standing.json", Answer.ALLOWED),
        ("s3:DeleteObject", "fleet/targets/team-1.yaml", Answer.NOT_ALLOWED),
    ],
)
def test_functions__may_write_reports_and_never_what_is_asked(action: str, key: str, answer: Answer) -> None:
    """Who is watched is for people to say, and what came of it for Step Functions."""
    policies = Policies([statement for owner, statement in _statements() if owner == "FleetPolicy"])
    assert policies.judge(Question(action, f"arn:aws:s3:::the-reports/{key}")) is answer


@pytest.mark.parametrize(
    ("action", "named", "answer"),
    [
        ("sts:AssumeRole", "arn:aws:iam::210987654321:role/registry-monitor-watch", Answer.ALLOWED),
        ("sts:AssumeRole", "arn:aws:iam::210987654321:role/admin", Answer.NOT_ALLOWED),
        ("secretsmanager:GetSecretValue", f"{SECRETS}:registry-monitor/a-123456",
         Answer.ALLOWED),
        ("secretsmanager:GetSecretValue", f"{SECRETS}:payroll-123456",
         Answer.NOT_ALLOWED),
    ],
)  # fmt: skip
def test_functions__reach_what_has_the_monitors_name(action: str, named: str, answer: Answer) -> None:
    """Roles and secrets that were made for it."""
    policies = Policies([statement for owner, statement in _statements() if owner == "FleetPolicy"])
    assert policies.judge(Question(action, named)) is answer


@pytest.mark.parametrize("name", ALARMS)
def test_alarm__watches_a_metric_that_is_emitted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By namespace, name and dimensions: those of this fleet, and of no other stack or run of the account."""
    document = fleet_of({"a": HEALTHY}).model_copy(update={"fleet": "development"})
    emit_fleet(document, problems_of(document), Metrics(namespace="RegistryMonitor", service="registry-monitor"))
    line: Json = json.loads(capsys.readouterr().out)
    alarm: dict[str, Any] = fleets_stack().properties(name)
    assert alarm["Namespace"] == line["_aws"]["CloudWatchMetrics"][0]["Namespace"]
    assert alarm["MetricName"] in line
    assert {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == {
        key: line[key] for key in ("fleet", "service")
    }


@pytest.mark.parametrize("name", ALARMS)
def test_alarm__says_who_acts_and_has_its_section_in_the_runbook(name: str) -> None:
    """As the stack's own (test_alarms.py)."""
    told = ALARMS[name]["AlarmDescription"]["Fn::Sub"]
    assert re.search(r"(On-call|The team) acts, (now|today)[.;]", " ".join(told.split()))
    assert told.endswith(f"#{slug(ALARMS[name])}")
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    section = text.partition(f"\n### {slug(ALARMS[name])}\n")[2].partition("\n##")[0]
    assert section.lstrip().startswith("**Means.** ")
    parts = set(re.findall(r"\*\*([A-Z][a-z ]+?)(?:\.|, [a-z ]+\.)?\*\*", section))
    assert parts >= {"Impact", "Fix", "Roll back", "Over", "Escalate"} and parts & {"First minutes", "Do"}


def test_alarms__wake_or_make_a_ticket() -> None:
    """Both when it begins and when it is over; silence is the fault itself for one, and no reason to stay for one."""
    of_silence = {"FleetSilent": "breaching", "FleetCriticalBroken": "notBreaching"}
    for name, alarm in ALARMS.items():
        topic = {"Ref": "PageTopic" if name in PAGES else "TicketTopic"}
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
        assert alarm["TreatMissingData"] == of_silence.get(name, "ignore")


def test_alarm_of_critical_targets__rings_at_once_and_outlasts_a_minute_without_a_roll_up() -> None:
    """Executions begin at any second of their minute, so that none may end in one of them."""
    alarm = ALARMS["FleetCriticalBroken"]
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 3, 60)
