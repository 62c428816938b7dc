"""A fix helps when all that it should mend passes afterwards, asked on the world that it changed."""

from functools import partial

from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.fix_trial import FixTrial, try_fix
from tests.diagnosis.station import ask_monitor
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken

CASE = Case(Kind.SINGLE, "ECS-04@auth")


def tried(sandbox: Sandbox, run: Run, hcl: str | None = None) -> FixTrial:
    """Try the fix of a run's first cause, or another Terraform in its place."""
    first, *others = run.findings
    fix = first.fix.model_copy(update={"hcl": hcl or first.fix.hcl})
    changed = run.model_copy(update={"findings": (first.model_copy(update={"fix": fix}), *others)})
    trial = try_fix(sandbox, changed, partial(ask_monitor, sandbox, CASE))
    assert trial is not None
    return trial


def test_fix__is_judged_by_what_is_asked_again(sandbox: Sandbox) -> None:
    """One that misses the fault leaves checks failing, each told by name; the right one mends all of them."""
    with broken(sandbox, CASE.scenario):
        run = ask_monitor(sandbox, CASE)
        wrong = tried(sandbox, run, 'resource "aws_ecs_service" "api" {\n  desired_count = 1\n}')
        right = tried(sandbox, run)
    assert wrong.helps is False
    assert wrong.failing_share > 0 and "(FAIL)" in "".join(wrong.still_failing)
    assert (right.kind, right.helps, right.still_failing) == ("ecs-desired-count-zero", True, ())
    assert right.explained == len(run.findings[0].explains)


def test_fix__of_nothing_is_not_tried(sandbox: Sandbox) -> None:
    """Where no cause is active there is no fix to judge."""
    run = ask_monitor(sandbox, CASE, ["health_endpoints"])
    assert try_fix(sandbox, run, partial(ask_monitor, sandbox, CASE)) is None
