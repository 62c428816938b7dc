"""`gate`: may this deployment stand? One run, by the deployed function or from here, held against one from before.

Exit codes: 0 nothing new is wrong, 1 something new is, or a deployment has not ended, 2 usage (nothing has run),
3 could not be found out; 1 wins over 3.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from registry_monitor.deployed import DeployedError, DeployedFunction, NoFunctionError, Settings
from registry_monitor.inventory.target_files import S3, find_target, target_at
from registry_monitor.invocation import Invocation, InvocationError
from registry_monitor.outputs.folder import write
from registry_monitor.reports.comparing import NotComparableError, compare
from registry_monitor.reports.documents import render
from registry_monitor.reports.escaping import visible
from registry_monitor.reports.gate import Decision, FailOn, Steadiness, decide, gate_document
from registry_monitor.reports.junit import junit
from registry_monitor.run import Run
from registry_monitor.target import Target, packaged_targets
from registry_monitor.target.fields import IDENTIFIER
from registry_monitor.terminal.run import make_run, new_console
from registry_monitor.terminal.steadiness import wait_until_steady
from registry_monitor.terminal.stored import read_run

NOT_KNOWN = 3
_DURATION = re.compile(r"(\d+)(s|m|h)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, None: 1}


def add_gate(gate: argparse.ArgumentParser) -> None:
    """The options of the command, beside those that it shares with `run`."""
    gate.description = "Find out whether a deployment may stand: 0 nothing new is wrong, 1 something is, 3 not known."
    gate.add_argument("--function", metavar="NAME", help="have this deployed function make the run; default: from here")
    gate.add_argument("--wait", type=seconds, default=600, metavar="10m", help="how long to wait for ECS to be steady")
    gate.add_argument("--baseline", type=Path, metavar="RUN_JSON", help="the run.json of a run before the deployment")
    gate.add_argument("--fail-on", type=FailOn, default=FailOn.NEW, choices=list(FailOn), help="default: new")
    gate.add_argument("--junit", type=Path, metavar="FILE", help="also write the results as JUnit XML")
    gate.add_argument("--out", type=Path, metavar="DIR", help="also write the run's files into this folder")
    gate.add_argument("--github-summary", action="store_true", help="add the decision to the job's summary on GitHub")


def seconds(text: str) -> float:
    """A duration such as 90s, 10m or 1h. Raises ArgumentTypeError."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a duration such as 90s, 10m or 1h")
    return float(int(found[1]) * _SECONDS[found[2]])


def gate_from_terminal(
    invocation: Invocation,
    target_name: str | None,
    options: argparse.Namespace,
    *,
    summary_file: str | None,
) -> int:
    """Wait, run, decide, and tell it; the exit code.

    ``target_name``: null where the function's own setting tells it. ``summary_file``: GITHUB_STEP_SUMMARY.
    Raises InvocationError and TargetError for wrong usage.
    """
    if options.github_summary and not summary_file:
        raise InvocationError("--github-summary needs GITHUB_STEP_SUMMARY, which GitHub Actions sets in each step")
    baseline = read_run(options.baseline) if options.baseline else None
    console = new_console()
    try:
        target, make = _way_to_run(invocation, target_name, options, console)
        _refuse_other_baseline(baseline, target, invocation)
        steadiness = Steadiness({}) if not options.wait else wait_until_steady(target, options.wait, console.print)
        run, report = make()
        run = run if baseline is None else run.model_copy(update={"comparison": compare(baseline, run)})
    except (DeployedError, NotComparableError) as error:
        print(f"The gate could not be decided: {error}", file=sys.stderr)
        return NOT_KNOWN
    decision = decide(run, baseline, options.fail_on, steadiness)
    _show(run, decision, report, console)
    is_written = _write(run, decision, report, options, Path(summary_file) if summary_file else None)
    return decision.exit_code if is_written or decision.exit_code else NOT_KNOWN


def _way_to_run(
    invocation: Invocation, target_name: str | None, options: argparse.Namespace, console: Console
) -> tuple[Target, Callable[[], tuple[Run, str | None]]]:
    """The target, and what makes the run: it gives the run, and where its report is if it was stored."""
    if options.function is None:
        if target_name is None:
            raise InvocationError("no target: expected --target, MONITOR_TARGET, or --function, which has one")
        target = target_at(target_name)
        return target, lambda: (make_run(invocation, target, options, console), None)
    named = None if target_name is None or _is_of_a_fleet(target_name) else target_at(target_name)
    function = DeployedFunction(options.function, named.region if named else None)
    try:
        settings = function.settings()
    except NoFunctionError as error:
        raise InvocationError(str(error)) from None
    target = named or find_target(_name_for(options.function, target_name, settings), settings.targets)
    event = invocation.model_dump(mode="json", exclude={"target"})
    if target_name is not None and _is_known_to_functions(target_name) and target.name != settings.target:
        event["target"] = target.name  # such as one of a fleet's: the function has another one by itself

    def make() -> tuple[Run, str]:
        console.print(f"{target.name}: {invocation.depth} run by {options.function}")
        report = function.run(event, settings.timeout_s, options.wait)
        run = function.stored_run(report)
        if run.target.name != target.name:
            raise DeployedError(f"{options.function} made a run of {run.target.name}; expected one of {target.name}")
        return run, report

    return target, make


def _name_for(function: str, target_name: str | None, settings: Settings) -> str:
    """The name by which the target's file is looked for, as the function does. Raises InvocationError."""
    if target_name is not None and settings.target is None and settings.targets is None:
        told = f"allow lambda:GetFunctionConfiguration, or name the file (s3://BUCKET/fleet/targets/{target_name}.yaml)"
        raise InvocationError(f"where {function} has the file of {target_name} could not be read: {told}")
    name = target_name or settings.target
    if name is None:
        told = "name it with --target, or allow lambda:GetFunctionConfiguration"
        raise InvocationError(f"the target of {function} could not be read: {told}")
    return name


def _is_of_a_fleet(name: str) -> bool:
    """Whether it is a name that only the function may know: neither packaged, nor a path with its dot or slash."""
    return re.fullmatch(IDENTIFIER, name) is not None and name not in packaged_targets()


def _is_known_to_functions(place: str) -> bool:
    """Whether a function may know a target by such a place: a name or a file in S3, no path of this machine."""
    return place.startswith(S3) or re.fullmatch(IDENTIFIER, place) is not None


def _refuse_other_baseline(baseline: Run | None, target: Target, invocation: Invocation) -> None:
    """Before anything runs: a baseline that the run could not be held against."""
    if baseline is None:
        return
    wanted, given = (target.name, invocation.depth), (baseline.target.name, baseline.trigger.depth)
    if wanted != given:
        raise InvocationError(
            f"--baseline is a {given[1]} run of {given[0]}; expected a {wanted[1]} one of {wanted[0]}, as is to be run"
        )


def _show(run: Run, decision: Decision, report: str | None, console: Console) -> None:
    colour = {0: "bold green", 1: "bold red"}.get(decision.exit_code, "bold magenta")
    console.print(Text(decision.headline, style=colour))
    for reason in decision.reasons:
        console.print(Text(f"  {visible(reason)}"), soft_wrap=True)
    told = f"Run {run.run_id}: {run.verdict}, {run.score.passed} passed, {run.score.not_passed} not"
    known = f", {len(decision.excused)} of what is wrong held excused" if decision.excused else ""
    console.print(Text(f"{told}{known}"))
    if report:
        console.print(Text(f"Report: {report}"), soft_wrap=True)


def _write(run: Run, decision: Decision, report: str | None, options: argparse.Namespace, summary: Path | None) -> bool:
    """Write what was asked for; whether all of it was written."""
    problems: list[tuple[str, str]] = []
    try:
        if options.out is not None:
            write(render(run), options.out)
        if options.github_summary and summary is not None:
            with summary.open("a", encoding="utf-8") as file:  # GitHub gives each step a file of its own to add to
                file.write(gate_document(run, decision, report))
    except OSError as error:
        problems.append(("reports", str(error)))
    if options.junit is not None:
        told = [*problems, *(("gate", reason) for reason in decision.reasons)]
        try:
            options.junit.write_text(junit(run, told, decision.excused), encoding="utf-8")
        except OSError as error:
            problems.append(("junit", str(error)))
    for _, problem in problems:
        print(f"could not be written: {problem}", file=sys.stderr)
    return not problems
