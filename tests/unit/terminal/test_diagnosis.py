"""What the terminal says below the table of results."""

import io

from rich.console import Console

from registry_monitor.model import Status
from registry_monitor.run import Run
from registry_monitor.terminal.diagnosis import show_diagnosis
from tests.unit.reports import diagnosed, samples


def shown(run: Run) -> list[str]:
    console = Console(file=io.StringIO(), width=140, highlight=False)
    show_diagnosis(run, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_diagnosis__causes_then_what_comes_next_then_the_monitor() -> None:
    """Each with its fix; only what is felt has its proof."""
    assert shown(diagnosed.missing_service()) == [
        "Wake whoever runs the platform. What is wrong with the monitor itself stands apart, and is its owner's.",
        "1. The ECS service hokusai-mlflow-development does not exist (critical, proven)",
        (
            "   hokusai-mlflow-development is MISSING in hokusai-development (ecs:DescribeServices); "
            "explains 2 of the checks above"
        ),
        (
            "   Fix (minutes): Apply it: the code has the service, and the cluster has not. "
            '[module.services["mlflow"].aws_ecs_service.this]'
        ),
        "   Verify: aws ecs wait services-stable --cluster hokusai-development --services hokusai-mlflow-development",
        "2. The auth service does not answer, and why is not proved (critical, suspected)",
        (
            "   its one target is unhealthy: Target.FailedHealthChecks (DescribeTargetHealth); "
            "explains 2 of the checks above"
        ),
        "   Fix (hours): Read the task's log, and go back to revision hokusai-auth:7 if it does not say why.",
        "Next: No rule of hokusai-registry-development:443 leads /mlflow/* to MLflow (critical, proven)",
        "   Fix (minutes): Add the rule with priority 60, before the rule 100 of /api/*. [aws_lb_listener_rule]",
        "The monitor itself: The monitor's role may not call logs:FilterLogEvents (low, suspected)",
        "   AccessDeniedException (logs:FilterLogEvents)",
        "   Fix (minutes): Add logs:FilterLogEvents to the policy of the monitor's role.",
    ]


def test_diagnosis__of_a_healthy_run_is_silent() -> None:
    """Nothing wrong, nothing to read."""
    assert shown(samples.healthy()) == []


def test_diagnosis__unexplained_failures_are_told_and_cut() -> None:
    """At most ten, with what they keep from being asked; an open door says so."""
    opened = samples.result("open", Status.FAIL, subject="A random key", is_security_failure=True)
    behind = samples.result("behind", Status.BLOCKED, blocked_by="infrastructure_health.open")
    others = [samples.result(f"e{number}", Status.FAIL) for number in range(12)]
    lines = shown(samples.run_of([*others, opened, behind]))
    assert lines[1].startswith("Not explained: a security failure, A random key answered 200")
    assert lines[2] == "   keeps 1 more from being asked: infrastructure_health.behind"
    assert sum(line.startswith("Not explained: ") for line in lines) == 10
    assert lines[-1] == "   and 3 more, told in the report"


def test_diagnosis__control_characters_reach_no_terminal() -> None:
    """What a platform writes can neither colour, move nor forge lines."""
    text = "\n".join(shown(diagnosed.hostile()))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in "\n".join(shown(diagnosed.hostile("[bold]x")))
