"""A handful of the fault runs of AWS, each by its name, as the campaign makes them."""

import json

import pytest

from tests.sandbox.aws.calls import Call, service_model
from tests.sandbox.sandbox import Sandbox
from tests.torture import aws
from tests.torture.aws.faults import PAGE_FAULTS
from tests.torture.aws.layer import Exchange

CHOSEN = [
    "light: elasticloadbalancing:DescribeTargetGroups: from before, empty",
    "light: secretsmanager:GetSecretValue: truncated",
    "light: mix 3",
]
_BOTO3 = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}


def test_fault_runs__are_distinct_and_of_operations_that_there_are() -> None:
    """A name that stands twice would be made once, and counted twice; a misspelt one would fail nothing."""
    names = aws.fault_runs()
    assert len(names) == len(set(names))
    assert set(CHOSEN) <= set(names)
    for name in names:
        call = name.split(": ")[1]
        if ":" in call:
            service, _, operation = call.partition(":")
            assert service_model(_BOTO3.get(service, service)).operation_model(operation)


@pytest.mark.parametrize("name", CHOSEN)
def test_fault_of_aws__is_survived_and_held_against_nobody(sandbox: Sandbox, name: str) -> None:
    """No crash, nothing of the platform is called wrong, and no call is tried more than twice."""
    outcome = aws.attempt_on(sandbox)(name)
    assert outcome.is_good, outcome


def test_page_that_is_given_again__is_of_the_list_that_was_asked_for() -> None:
    """Several services' lists are read side by side: another's tasks would be a defect of the platform."""
    spoil = PAGE_FAULTS["next page is the same"]()

    def page(service: str, own: str, **token: str) -> dict[str, object]:
        asked = Call("servicediscovery", "us-east-1", "ListInstances", {"ServiceId": service, **token})
        exchange = Exchange(asked, {}, 1, body=json.dumps({"Instances": [own]}).encode())
        spoil(exchange)
        told: dict[str, object] = json.loads(exchange.body)
        return told

    assert page("srv-mlflow", "its first")["Instances"] == ["its first"]
    first = page("srv-api", "another first")
    assert first["Instances"] == ["another first"]
    assert page("srv-api", "its second", NextToken=str(first["NextToken"]))["Instances"] == ["another first"]
