"""What docs/comparison.md says of the fixes of 5 August 2025, ours and those that people wrote, is tried here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.fixing.applying import apply_fix
from tests.diagnosis.fixing.terraform import apply_terraform
from tests.diagnosis.station import ask_monitor
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken

CASE = Case(Kind.SINGLE, "seed-2025-08-05", "2025-08")
LOAD_BALANCER = "hokusai-development"
RULE, PORT = "listener-rule-missing", "container-port-mismatch"
THEIR_RULE = """\
resource "aws_lb_listener_rule" "mlflow_proxy" {{
  listener_arn = "{listener}"
  priority     = 100

  action {{
    type             = "forward"
    target_group_arn = "{mlflow}"
  }}

  condition {{
    path_pattern {{
      values = ["/api/mlflow/*"]
    }}
  }}
}}"""


@pytest.fixture
def outage(sandbox_of: Callable[[Era], Sandbox]) -> Iterator[Sandbox]:
    """The platform on that day."""
    with broken(sandbox_of("2025-08"), CASE.scenario) as sandbox, without_rules_left_behind(sandbox):
        yield sandbox


@contextmanager
def without_rules_left_behind(sandbox: Sandbox) -> Iterator[None]:
    """Delete the rules that a fix added."""
    before = set(sandbox.world.rules(LOAD_BALANCER))
    try:
        yield
    finally:
        for priority, rule in sandbox.world.rules(LOAD_BALANCER).items():
            if priority not in before:
                sandbox.world.elbv2.delete_rule(RuleArn=rule["RuleArn"])


def ask(sandbox: Sandbox) -> Run:
    """A full run, on a platform that has heard of what was changed and has no validated keys in its cache."""
    sandbox.settle()
    with sandbox.redis_client() as cache:
        cache.flushall()
    return ask_monitor(sandbox, CASE)


def mend(sandbox: Sandbox, run: Run, kind: str) -> None:
    """Apply the fix that a run's report tells of one of its causes."""
    apply_fix(next(each for each in run.findings if each.kind == kind), sandbox.world)


def seen(run: Run, check: str) -> str:
    return next(result.seen for result in run.results if result.check_id == f"model_registration_flow.{check}")


def test_causes__stand_in_the_order_in_which_to_mend_them(outage: Sandbox) -> None:
    """Auth mended alone helps some; the rule alone nobody, since its requests then meet auth."""
    assert [each.kind for each in ask_monitor(outage, CASE).findings] == [PORT, RULE]


def test_our_fixes__mend_it_together_and_the_rule_alone_nobody(outage: Sandbox) -> None:
    """After the rule alone the application refuses every key, as the report says before; after both, all is right."""
    first = ask(outage)
    assert {each.kind for each in first.findings} == {RULE, PORT}
    mend(outage, first, RULE)
    second = ask(outage)
    assert "answered 401 (written by the application)" in seen(second, "experiment")
    assert [each.kind for each in second.findings] == [PORT]
    mend(outage, second, PORT)
    third = ask(outage)
    assert third.findings == ()
    assert third.score.not_passed == 0


def test_their_rule__leads_users_to_mlflows_own_404(outage: Sandbox) -> None:
    """Auth is mended and their Terraform applied as it stands: nobody can register, and their rule is named for it."""
    mend(outage, ask(outage), PORT)
    listener, mlflow = outage.world.listener(LOAD_BALANCER)["ListenerArn"], outage.world.target_groups["mlflow"]
    apply_terraform(THEIR_RULE.format(listener=listener, mlflow=mlflow), outage.world, None)
    after = ask(outage)
    assert "answered 404 (written by MLflow)" in seen(after, "experiment")
    assert [(each.kind, each.resource) for each in after.findings] == [
        ("listener-rule-target-group-wrong", f"{LOAD_BALANCER}:443 priority 100")
    ]
    assert any(result.status is Status.PASS for result in after.results if result.service == "auth")
