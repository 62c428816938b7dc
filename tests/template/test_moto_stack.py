"""The whole stack, created in moto from the transformed template, as an account would show it."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.template.moto_stack import REGION, client, moto_stack
from tests.template.stack import ROOT, load_template
from tests.template.test_alarms import PAGES, alarms
from tests.template.transformed import transformed

NAMED = "registry-monitor-staging"
PARAMETERS = {
    "Environment": "staging",
    "VpcId": "vpc-1",
    "VpcCidr": "10.0.0.0/16",
    "SubnetIds": "subnet-1,subnet-2",
    "Dashboard": "yes",
}
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:{NAMED}"
QUEUE = f"arn:aws:sqs:{REGION}:123456789012:{NAMED}-failed-events"


@pytest.fixture(scope="module")
def stack() -> Iterator[dict[str, str]]:
    """Logical ids and physical ones."""
    with moto_stack(transformed(), PARAMETERS, "registry-monitor-staging") as made:
        yield made


def test_stack__has_everything_that_its_parameters_ask_for(stack: dict[str, str]) -> None:
    """Each resource of the template without a condition, and the dashboard; no endpoint that nobody asked for."""
    resources = transformed()["Resources"]
    assert set(stack) == {name for name, each in resources.items() if each.get("Condition") in (None, "HasDashboard")}
    assert "Transform" not in transformed()


def test_alarms__are_all_there_and_one_pages_for_its_children(stack: dict[str, str]) -> None:
    """Its rule names alarms that exist: with one misspelt, CloudWatch would refuse the whole stack."""
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=NAMED)
    named = {alarm["AlarmName"] for alarm in found["MetricAlarms"]}
    assert named == {stack[name] for name in alarms()}
    [page] = found["CompositeAlarms"]
    assert re.findall(r'ALARM\("([^"]+)"\)', page["AlarmRule"]) == [stack[name] for name in PAGES]
    assert page["AlarmActions"] == page["OKActions"] == [stack["PageTopic"]]


def test_alarms__of_tickets_tell_the_ticket_topic(stack: dict[str, str]) -> None:
    """Those that page do so through the composite alarm alone."""
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=NAMED)["MetricAlarms"]
    told = {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in found}
    pages = {stack[name] for name in PAGES}
    assert {name: [] if name in pages else [stack["TicketTopic"]] for name in told} == told


def test_schedules__are_enabled_and_start_their_function(stack: dict[str, str]) -> None:
    """Each with its function, the queue for what it lost, and an event that is JSON."""
    starts = {"full": FUNCTION, "hourly": FUNCTION, "light": f"{FUNCTION}-light"}
    for name, function in starts.items():
        schedule = client("scheduler").get_schedule(Name=f"{NAMED}-{name}")
        target = schedule["Target"]
        assert (schedule["State"], target["Arn"]) == ("ENABLED", function)
        assert (target["DeadLetterConfig"]["Arn"], target["RetryPolicy"]["MaximumRetryAttempts"]) == (QUEUE, 0)
        assert json.loads(target["Input"])["reason"] == "schedule"


def test_rule__of_deployments_starts_the_state_machine(stack: dict[str, str]) -> None:
    """With the cluster of the stack's target in its pattern."""
    events = client("events")
    rule = events.describe_rule(Name=f"{NAMED}-deployments")
    service = f"arn:aws:ecs:{REGION}:123456789012:service/hokusai-development/"
    assert (rule["State"], json.loads(rule["EventPattern"])["resources"]) == ("ENABLED", [{"prefix": service}])
    [target] = events.list_targets_by_rule(Rule=f"{NAMED}-deployments")["Targets"]
    assert (target["Arn"], target["DeadLetterConfig"]["Arn"]) == (stack["AfterDeployments"], QUEUE)


def test_state_machine__has_a_value_for_each_of_its_blanks(stack: dict[str, str]) -> None:
    """SAM takes the references out of the definition: CloudFormation puts them in again as it creates the machine."""
    machine = client("stepfunctions").describe_state_machine(stateMachineArn=stack["AfterDeployments"])
    assert json.loads(machine["definition"])["StartAt"] == "LetOthersEnd"
    blanks = set(re.findall(r"\$\{(\w+)\}", machine["definition"]))
    assert blanks == set(transformed()["Resources"]["AfterDeployments"]["Properties"]["DefinitionSubstitutions"])


def test_functions__invoked_asynchronously_never_retry(stack: dict[str, str]) -> None:
    """Both tell the queue of an event that failed."""
    for logical_id, age_s in (("MonitorFunction", 600), ("LightFunction", 60)):
        invoking = client("lambda").get_function_event_invoke_config(FunctionName=stack[logical_id])
        assert (invoking["MaximumRetryAttempts"], invoking["MaximumEventAgeInSeconds"]) == (0, age_s)
        assert invoking["DestinationConfig"]["OnFailure"]["Destination"] == QUEUE


def test_functions__know_their_target_and_their_bucket(stack: dict[str, str]) -> None:
    """The variables of the contract have the values of this stack."""
    for logical_id in ("MonitorFunction", "LightFunction"):
        variables = client("lambda").get_function_configuration(FunctionName=stack[logical_id])["Environment"][
            "Variables"
        ]
        assert variables["MONITOR_TARGET"] == "hokusai-development"
        assert variables["MONITOR_REPORTS_BUCKET"] == stack["ReportsBucket"]


def test_topics__are_encrypted_and_open_to_this_stacks_alarms(stack: dict[str, str]) -> None:
    """With the stack's own key; only the alarms' names of this environment may publish."""
    for logical_id in ("PageTopic", "TicketTopic"):
        attributes = client("sns").get_topic_attributes(TopicArn=stack[logical_id])["Attributes"]
        assert attributes["KmsMasterKeyId"].endswith(f"key/{stack['AlertsKey']}")
        [statement] = json.loads(attributes["Policy"])["Statement"]
        source = statement["Condition"]["ArnLike"]["aws:SourceArn"]
        assert source == f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{NAMED}-*"


def test_dashboard__is_json_with_this_stacks_alarms(stack: dict[str, str]) -> None:
    """Whoever opens it sees them."""
    body = json.loads(client("cloudwatch").get_dashboard(DashboardName=stack["MonitorDashboard"])["DashboardBody"])
    shown = [alarm for widget in body["widgets"] for alarm in widget["properties"].get("alarms", [])]
    names = {arn.rpartition(":alarm:")[2] for arn in shown}
    assert names == {stack[name] for name in [*alarms(), "PageAlarm"]}


def test_outputs__tell_values_of_this_stack(stack: dict[str, str]) -> None:
    """All of them, as the guides name them."""
    [told] = client("cloudformation").describe_stacks(StackName="registry-monitor-staging")["Stacks"]
    values = {each["OutputKey"]: each["OutputValue"] for each in told["Outputs"]}
    assert set(values) == set(load_template()["Outputs"])
    assert (values["PageTopicArn"], values["PageAlarmName"]) == (stack["PageTopic"], f"{NAMED}-page")
    assert values["ReportsBucketName"] == stack["ReportsBucket"]


def test_template__is_within_cloudformations_limits() -> None:
    """A template may have 1 MB and 500 resources (CloudFormation user guide, "Quotas"); this one stays readable."""
    assert (ROOT / "template.yaml").stat().st_size < 100_000
    assert len(transformed()["Resources"]) < 100
