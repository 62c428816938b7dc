"""One run for each permission of the code's, without it: on the real sandbox, whose AWS asks the template's role."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from registry_monitor import monitor
from registry_monitor.inventory.facts import Inventory, Unknown
from registry_monitor.model import Status
from registry_monitor.outputs.objects import PublishError, publish
from registry_monitor.reports import render_run_alone
from registry_monitor.reports.known_good import KNOWN_GOOD
from registry_monitor.run import Run
from tests.diagnosis.history import forget_history
from tests.sandbox.aws.iam.policies import listed
from tests.sandbox.platforms import REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, monitor_here
from tests.template.lambdas_own import LAMBDAS_OWN

# The others ask AWS for the keys alone, and without them say the same.
SUITES = ("infrastructure_health", "services", "services_direct")
_PATIENCE_S = 50.0  # of a busy machine, in the place of 12 s: all is read, however long it takes
_KIND = "monitor-permission-missing"
_READ_WHEN_FAILING = {"logs:FilterLogEvents": "ECS-01@auth"}  # nothing else is felt at once, and needs no patience
_OF_THE_PAST = {"previous_definitions", "stopped_tasks"}  # there or not by what was before: they would not repeat
_ALLOWS_SOMETHING = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}


@dataclass(frozen=True)
class Row:
    """What became of one run with these ``checks``.

    ``named``: permissions that its findings, or its failure to publish, name as missing, with the words for each.
    ``unknown``: checks; ``unread``: fields of the inventory, and ``baseline``, what the run was to be compared with.
    ``fails``: checks that fail only without the permission, of which there must be none.
    """

    action: str
    checks: frozenset[str]
    verdict: str
    named: dict[str, str]
    unknown: tuple[str, ...]
    unread: tuple[str, ...]
    fails: tuple[str, ...]


def actions_of_code(sandbox: Sandbox) -> list[str]:
    """What the role allows the functions' code."""
    statements = sandbox.world.control_plane.refusals.role.policies.statements
    allowed = {action for each in statements if each["Effect"] == "Allow" for action in listed(each["Action"])}
    return sorted(allowed - set(LAMBDAS_OWN))


@contextmanager
def everything_to_ask_for(sandbox: Sandbox) -> Iterator[None]:
    """A managed policy of the account's own on the tasks' role, and no run yet to be compared with."""
    world = sandbox.world
    world.s3.delete_object(Bucket=REPORTS_BUCKET, Key=f"{sandbox.platform.target}/{KNOWN_GOOD}")
    role = world.task_definition("api")["executionRoleArn"].rpartition("/")[2]
    document = json.dumps({"Version": "2012-10-17", "Statement": [_ALLOWS_SOMETHING]})
    created = world.iam.create_policy(PolicyName="hokusai-tasks", PolicyDocument=document)
    arn = created["Policy"]["Arn"]
    world.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    try:
        yield
    finally:
        world.iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        world.iam.delete_policy(PolicyArn=arn)


def row_without(action: str, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Row:
    """Make a full run without one permission, and publish it."""
    forget_history(sandbox)
    with ExitStack() as mended:
        fails_anyway: set[str] = set()
        if action in _READ_WHEN_FAILING:
            mended.enter_context(broken(sandbox, _READ_WHEN_FAILING[action]))
            fails_anyway = _failed(_run(sandbox, patch))
        with sandbox.world.control_plane.refusals.role.without(action):
            run = _run(sandbox, patch)
            named = {each.resource: each.proofs[0].told for each in run.findings if each.kind == _KIND}
            named |= _unpublished(run)
    return Row(
        action=action,
        checks=frozenset(each.check_id for each in run.results),
        verdict=run.verdict,
        named=named,
        unknown=tuple(sorted(each.check_id for each in run.of_status(Status.UNKNOWN))),
        unread=tuple(_unread(run, action)),
        fails=tuple(sorted(_failed(run) - fails_anyway)),
    )


def _run(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Run:
    patch.setattr(monitor, "_DEPTH_S", _PATIENCE_S)
    event = {"suites": SUITES, "depth": "full"}
    return monitor_here(sandbox, patch, event, reports_bucket=REPORTS_BUCKET)


def _failed(run: Run) -> set[str]:
    return {each.check_id for each in run.of_status(Status.FAIL, Status.BLOCKED)}


def _unpublished(run: Run) -> dict[str, str]:
    """The permission that the failure to publish a run names; that failure fails the invocation."""
    try:
        publish(run, render_run_alone(run), REPORTS_BUCKET)
    except PublishError as error:
        return {"s3:PutObject": str(error)} if "s3:PutObject" in str(error) else {}
    return {}


def _unread(run: Run, action: str) -> Iterator[str]:
    """What could not be read for want of it; on a busy machine, other facts may not have been read in time."""
    for name in sorted(set(Inventory.model_fields) - _OF_THE_PAST):
        value = getattr(run.inventory, name)
        facts = value.values() if isinstance(value, dict) else [value]
        if any(isinstance(fact, Unknown) and action in fact.reason for fact in facts):
            yield name
    if isinstance(run.baseline, Unknown) and action in run.baseline.reason:
        yield "baseline"
