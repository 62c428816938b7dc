"""What only the diagnosis needs, read from moto's account: begun at once, side by side, each fact on its own."""

import time
from collections import Counter

import pytest

from registry_monitor.inventory.facts import Inventory, Known, Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import Answer, json_error, target_of
from tests.unit.inventory.depth.deep_account import (
    TIME_S,
    DeepAccount,
    read,
)
from tests.unit.inventory.depth.in_depth import ROUNDS, InDepth


def test_depth__survives_being_stored(deep: DeepAccount) -> None:
    """Everything is read, and read back from its document as it was."""
    inventory = read(deep.target, "auth")
    facts = [call.fact(inventory) for calls in ROUNDS for call in calls]
    assert [fact for fact in facts if not isinstance(fact, Known)] == []
    assert Inventory.model_validate_json(inventory.model_dump_json()) == inventory


@pytest.mark.parametrize("calls", ROUNDS, ids=len)
def test_facts__denied(deep: DeepAccount, answer_instead: Answer, calls: tuple[InDepth, ...]) -> None:
    """The call that was denied is named, with the permission to add, also where the fact takes several."""
    for call in calls:
        answer_instead(call.service, call.operation, 403, call.error("AccessDenied"))
    inventory = read(deep.target, "auth")
    for call in calls:
        told = call.fact(inventory)
        assert isinstance(told, Unknown)
        denied = f"{call} was denied to the monitor's role (AccessDenied): add {call} to its policy"
        assert told.reason == denied


@pytest.mark.parametrize("calls", ROUNDS, ids=len)
def test_facts__strange_answers(deep: DeepAccount, answer_instead: Answer, calls: tuple[InDepth, ...]) -> None:
    """An answer that does not say what it should is Unknown, never absence."""
    for call in calls:
        answer_instead(call.service, call.operation, 200, call.nothing)
    inventory = read(deep.target, "auth")
    for call in calls:
        told = call.fact(inventory)
        assert isinstance(told, Unknown)
        assert told.reason.startswith(f"{call} gave an answer that could not be read")


def test_calls__are_few(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """Begun twice, everything is asked once, but for lists that do not tell what they lack: those are asked twice."""
    reader = InventoryReader(deep.target)
    reader.begin_depth()
    reader.begin_depth()
    reader.depth(TIME_S)
    expected = {"ecs:ListTasks": 1, "acm:DescribeCertificate": 1, "ec2:DescribeSubnets": 2, "iam:GetRolePolicy": 2}
    assert {call: calls_made[call] for call in expected} == expected
    assert calls_made["ec2:DescribeSecurityGroups"] == 2 * 2  # each time also what the rules of the first name
    assert calls_made["secretsmanager:DescribeSecret"] == 3
    assert calls_made["logs:FilterLogEvents"] == 0
    assert sum(calls_made.values()) <= 75


def test_calls__names_those_in_depth() -> None:
    """`plan` names each call that reading in depth may add to those of a full run."""
    planned = InventoryReader(target_of("auth")).calls
    in_depth = {call.split(" × ")[0] for call in planned if call.endswith("(read in depth)")}
    assert in_depth == {call.call for calls in ROUNDS for call in calls if call.service != "ecs"}


def test_depth__not_begun(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """What was never begun is absent, and nothing is asked or waited for."""
    reader = InventoryReader(deep.target)
    reader.depth(TIME_S)
    snapshot = reader.snapshot()
    assert (snapshot.stopped_tasks, snapshot.security_groups, snapshot.network) == (None, None, None)
    assert (snapshot.roles, snapshot.secrets, snapshot.log_tails) == ({}, {}, {})
    assert not calls_made


@pytest.mark.usefixtures("silent_endpoint")
def test_depth__not_in_time() -> None:
    """The wait ends in time, and what is not there is Unknown with the reason."""
    reader = InventoryReader(target_of("auth"))
    reader.begin_depth(["auth"])
    began = time.monotonic()
    reader.depth(0.1)
    assert time.monotonic() - began < 1
    snapshot = reader.snapshot()
    assert isinstance(snapshot.network, Unknown)
    assert snapshot.network.reason == "ec2:DescribeSubnets was not read before its time was over"
    assert isinstance(snapshot.log_tails["registry-auth"], Unknown)


def test_depth__where_the_services_are_denied(deep: DeepAccount, answer_instead: Answer) -> None:
    """What hangs on the services is absent or Unknown for their reason; the rest is read."""
    answer_instead("ecs", "DescribeServices", 400, json_error("AccessDeniedException"))
    inventory = read(deep.target, "auth")
    assert (inventory.previous_definitions, inventory.images, inventory.roles) == ({}, {}, {})
    tail = inventory.log_tails["deep-auth"]
    assert isinstance(tail, Unknown) and tail.reason.startswith("ecs:DescribeServices was denied")
    assert {group.name for group in known(inventory.security_groups or tail)} >= {"deep-alb", "deep-stores"}
    assert isinstance(inventory.network, Known)
