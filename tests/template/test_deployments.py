"""What starts a run after a deployment: which events the rule takes, and how they come to the function."""

import json
from typing import Any, cast

import pytest
from moto.events.models import EventPattern
from moto.events.utils import EventMessageType

from tests.template.stack import ROOT, resource

EXAMPLE: dict[str, Any] = json.loads((ROOT / "events" / "deployment.json").read_text(encoding="utf-8"))
ARN = "arn:aws:ecs:us-east-1:123456789012:service/"
QUEUE = {"Fn::GetAtt": "FailedEvents.Arn"}


@pytest.fixture(scope="module")
def rule() -> dict[str, Any]:
    events: dict[str, Any] = resource("AfterDeployments")["Events"]
    assert (set(events), events["Deployment"]["Type"]) == ({"Deployment"}, "EventBridgeRule")
    properties: dict[str, Any] = events["Deployment"]["Properties"]
    return properties


def is_taken(rule: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether the rule of the stack that watches the cluster of the example takes an event."""
    pattern = json.loads(json.dumps(rule["Pattern"]))
    [service] = pattern["resources"]
    [*_, after_account] = service["prefix"]["Fn::Sub"].partition("${AWS::AccountId}:")
    service["prefix"] = ARN.removesuffix("service/") + after_account.replace("${ClusterName}", "hokusai-development")
    return EventPattern.load(json.dumps(pattern)).matches_event(cast("EventMessageType", event))


@pytest.mark.parametrize("name", ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"])
def test_rule__takes_deployments_of_the_cluster_that_end(rule: dict[str, Any], name: str) -> None:
    """Well or badly."""
    assert is_taken(rule, EXAMPLE)
    assert is_taken(rule, EXAMPLE | {"detail": EXAMPLE["detail"] | {"eventName": name}})


@pytest.mark.parametrize(
    "changes",
    [
        {"resources": [ARN + "hokusai-production/hokusai-api-development"]},
        {"resources": [ARN + "hokusai-development-2/hokusai-api-development"]},
        {"resources": [ARN + "hokusai-development"]},
        {"resources": []},
        {"detail": {"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS"}},
        {"detail-type": "ECS Service Action"},
        {"source": "someone.else"},
    ],
    ids=["another cluster", "a longer name", "a service of that name", "none", "begins", "another kind", "not ECS"],
)
def test_rule__takes_nothing_else(rule: dict[str, Any], changes: dict[str, Any]) -> None:
    """The cluster stands in the service's ARN alone, and one cluster's name may begin another's: so it ends in /."""
    assert not is_taken(rule, EXAMPLE | changes)


def test_rule__tells_what_it_lost(rule: dict[str, Any]) -> None:
    """It never retries: what it cannot deliver goes to the queue."""
    assert rule["RetryPolicy"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 600}
    assert rule["DeadLetterConfig"] == {"Arn": QUEUE}


def test_event__waits_two_minutes_and_comes_as_it_is() -> None:
    """The function is invoked asynchronously, so that its own age limit and its queue of failed events hold."""
    states = resource("AfterDeployments")["Definition"]["States"]
    waits, runs = states["LetOthersEnd"], states["Run"]
    assert (waits["Type"], waits["Seconds"], waits["Next"]) == ("Wait", 120, "Run")
    assert runs["Resource"]["Fn::Sub"].endswith(":states:::lambda:invoke")
    assert runs["Parameters"] == {
        "FunctionName": {"Fn::GetAtt": "MonitorFunction.Arn"},
        "InvocationType": "Event",
        "Payload.$": "$",
    }


def test_event__that_cannot_be_handed_on_is_told() -> None:
    """With what went wrong, in the queue of failed events."""
    states = resource("AfterDeployments")["Definition"]["States"]
    [caught] = states["Run"]["Catch"]
    assert (caught["ErrorEquals"], caught["ResultPath"]) == (["States.ALL"], "$.failed")
    assert states[caught["Next"]]["Parameters"] == {"QueueUrl": {"Ref": "FailedEvents"}, "MessageBody.$": "$"}


def test_role__may_do_these_two_things() -> None:
    """And only for this account."""
    role = resource("AfterDeploymentsRole")
    [policy] = role["Policies"]
    allowed = [(each["Action"], each["Resource"]) for each in policy["PolicyDocument"]["Statement"]]
    assert allowed == [("lambda:InvokeFunction", {"Fn::GetAtt": "MonitorFunction.Arn"}), ("sqs:SendMessage", QUEUE)]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
