"""One run for each permission of the code's, without it: on the real sandbox, whose AWS asks the template's role."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from registry_monitor import monitor
from registry_monitor.inventory.facts import Inventory, Unknown
from registry_monitor.model import Status
from registry_monitor.outputs.objects import PublishError, publish
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
_TRIES = 3
_TOO_SLOW = ("did not end within", "was not answered in time", "was not read")
_KIND = "monitor-permission-missing"
_READ_WHEN_FAILING = {"logs:FilterLogEvents": "ECS-01@auth"}  # nothing else is felt at once, and needs no patience
_OF_THE_PAST = {"previous_definitions", "stopped_tasks"}  # there or not by what was before: they would not repeat
# Used when a run is over, and its notices go out: no run alone says what it lacks.
AFTER_A_RUN = {"cloudwatch:GetAlarmMuteRule", "cloudwatch:ListAlarmMuteRules", "sns:Publish"}
# Of a target that names another account; what a run is without it, tests/system/test_other_account.py shows.
OF_ANOTHER_ACCOUNT = {"sts:AssumeRole"}
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
    """What the role allows the functions' code in a run."""
    statements = sandbox.world.control_plane.refusals.role.policies.statements
    allowed = {action for each in statements if each["Effect"] == "Allow" for action in listed(each["Action"])}
    return sorted(allowed - set(LAMBDAS_OWN) - AFTER_A_RUN)


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
        unread=_unread(run, action),
        fails=tuple(sorted(_failed(run) - fails_anyway)),
    )


def _run(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Run:
    """Make a run; anew where the machine was too busy for it, since what it then missed says nothing."""
    patch.setattr(monitor, "_DEPTH_S", _PATIENCE_S)
    event = {"suites": SUITES, "depth": "full"}
    for _ in range(_TRIES):
        run = monitor_here(sandbox, patch, event, reports_bucket=REPORTS_BUCKET)
        missed = [each.seen for each in run.of_status(Status.UNKNOWN)] + [fact.reason for _, fact in _unknown(run)]
        if not any(told in reason for reason in missed for told in _TOO_SLOW):
            break
    return run


def _failed(run: Run) -> set[str]:
    return {each.check_id for each in run.of_status(Status.FAIL, Status.BLOCKED)}


def _unpublished(run: Run) -> dict[str, str]:
    """The permission that the failure to publish a run names; that failure fails the invocation."""
    try:
        publish(run, REPORTS_BUCKET)
    except PublishError as error:
        return dict.fromkeys(re.findall(r"not authorized to perform: (\S+)", str(error)), str(error))
    return {}


def _unread(run: Run, action: str) -> tuple[str, ...]:
    """What could not be read for want of it."""
    named = {name for name, fact in _unknown(run) if action in fact.reason}
    return tuple(sorted(named - _OF_THE_PAST))


def _unknown(run: Run) -> Iterator[tuple[str, Unknown]]:
    """Every fact that was not read, by the field of the inventory that would have it."""
    for name in Inventory.model_fields:
        value = getattr(run.inventory, name)
        for fact in value.values() if isinstance(value, dict) else [value]:
            if isinstance(fact, Unknown):
                yield name, fact
    if isinstance(run.baseline, Unknown):
        yield "baseline", run.baseline
