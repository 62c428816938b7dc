"""A run with live progress, a table of results, what is wrong and where the reports are."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.vantage import is_inside_vpc
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.invocation import Invocation
from registry_monitor.memory import Memory, memory_of
from registry_monitor.model import Depth, Result, Score, Status, Verdict
from registry_monitor.monitor import Surroundings, monitor
from registry_monitor.outputs.folder import write
from registry_monitor.outputs.objects import PublishError, publish
from registry_monitor.outputs.read_ahead import stores_of
from registry_monitor.redaction import Redactor
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render
from registry_monitor.reports.findings import headline
from registry_monitor.reports.junit import junit
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.target import Target
from registry_monitor.terminal.diagnosis import show_diagnosis

EXIT_CODES = {Verdict.HEALTHY: 0, Verdict.FAILING: 1, Verdict.BLIND: 3}
KEY_VARIABLE = "REGISTRY_API_KEY"
BUCKET_VARIABLE = "MONITOR_REPORTS_BUCKET"
ALARM_VARIABLE = "MONITOR_PAGE_ALARM"
_WIDTH_OF_A_LOG = 140

_COLOURS = {
    Status.PASS: "green",
    Status.FLAKY: "yellow",
    Status.SLOW: "yellow",
    Status.FAIL: "bold red",
    Status.BLOCKED: "red",
    Status.UNKNOWN: "magenta",
    Status.SKIPPED: "dim",
}
_VERDICT_COLOURS = {Verdict.HEALTHY: "green", Verdict.FAILING: "bold red", Verdict.BLIND: "magenta"}


def run_from_terminal(invocation: Invocation, target: Target, options: argparse.Namespace) -> int:
    """Make one run, show it, write what was asked for; the exit code of the contract."""
    console = new_console(on_stderr=options.json)
    run, memory = make_run(invocation, target, options, console), _memory(target, invocation.depth)
    if memory:
        run = memory.with_standing(run)
    _show(run, console)
    history = memory.history if memory else None
    documents = render(run, history)
    is_written = _write(run, documents, options, console, history)
    if memory:
        is_written = is_written and not memory.problems
        for problem in memory.problems:
            console.print(f"[red]{escape(problem)}[/]")
    if options.json:
        print(documents[RUN])
    code = EXIT_CODES[run.verdict]
    return code if is_written or code == EXIT_CODES[Verdict.FAILING] else EXIT_CODES[Verdict.BLIND]


def new_console(*, on_stderr: bool = False) -> Console:
    """Where the terminal's commands tell what they do; as wide as a log needs it where that is no terminal."""
    console = Console(file=sys.stderr if on_stderr else sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    return console


def make_run(invocation: Invocation, target: Target, options: argparse.Namespace, console: Console) -> Run:
    """Make one run from here, with live progress. Of ``options``: ``time`` (seconds) and ``ask_key``."""
    connect_to(target.connect_to)
    inside = is_inside_vpc(endpoint.url for endpoint in target.endpoints if endpoint.inside_vpc)
    console.print(f"{target.name}: {invocation.depth} run of {', '.join(invocation.suites)}")
    if not inside:
        console.print("This is outside the VPC: what can be asked only from inside is skipped.", style="yellow")
    return _monitor_with_progress(invocation, target, options, console, is_inside=inside)


def _monitor_with_progress(
    invocation: Invocation, target: Target, options: argparse.Namespace, console: Console, *, is_inside: bool
) -> Run:
    fetch_keys, only_key = _key_source(target, ask=options.ask_key)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("asking", total=None)

        def on_result(result: Result) -> None:
            progress.update(task, advance=1, description=result.check_id)
            if result.status in (Status.FAIL, Status.UNKNOWN):
                colour = _COLOURS[result.status]
                progress.console.print(f"[{colour}]{result.status}[/] {escape(result.sentence)}")

        surroundings = Surroundings(
            time_s=options.time,
            is_inside_vpc=is_inside,
            fetch_keys=fetch_keys,
            redactor=Redactor(),
            only_key=only_key,
            reports_bucket=os.environ.get(BUCKET_VARIABLE),
            on_plan=lambda checks: progress.update(task, total=len(checks)),
            on_result=on_result,
        )
        return monitor(invocation, target, surroundings)


def _memory(target: Target, depth: Depth) -> Memory | None:
    """What runs keep in the bucket of their reports, where there is one. A run by hand only reads it; none tells."""
    bucket = os.environ.get(BUCKET_VARIABLE)
    if not bucket:
        return None
    stores = stores_of(target.name, target.region, bucket, depth)
    return memory_of(target, stores, topic=None, page_alarm=os.environ.get(ALARM_VARIABLE))


def _key_source(target: Target, *, ask: bool) -> tuple[Callable[[bool], Mapping[str, str]], str | None]:
    """The prompt, else the environment, else the secret; never an argument, which every process could read.

    With the name of the only key that is had so; null where it is the secret, which has them all.
    """
    given = getpass.getpass("Key of the monitor: ") if ask else os.environ.get(KEY_VARIABLE)
    if given:
        return lambda force: {target.keys.monitor: given}, target.keys.monitor
    return lambda force: read_keys(target, force_fetch=force), None


def _show(run: Run, console: Console) -> None:
    for suite in run.trigger.suites:
        results = [result for result in run.results if result.suite is suite]
        names = [result.check_id.removeprefix(f"{suite}.") for result in results]
        widest = max(map(len, names), default=0)
        console.print(suite, style="bold")
        for name, result in zip(names, results, strict=True):
            shown_ms = result.latency_ms if result.latency_ms is not None else result.duration_ms
            line = f"{result.status:8}{shown_ms:6.0f} ms  {name:{widest}}  {result.seen}"
            console.print(Text(line, style=_COLOURS[result.status]), no_wrap=True, overflow="ellipsis")
        console.print(f"{_told(run.suite_scores[suite])}\n")
    console.print(Text(f"{run.verdict}: {headline(run)}", style=_VERDICT_COLOURS[run.verdict]))
    console.print(f"All: {_told(run.score)}")
    show_diagnosis(run, console)


def _told(score: Score) -> str:
    shown = "no data" if score.score_pct is None else f"{score.score_pct:g} %"
    coverage = "no data" if score.coverage_pct is None else f"{score.coverage_pct:g} %"
    judged = score.passed + score.not_passed
    return f"score {shown} ({score.passed}/{judged} passed), coverage {coverage}, {score.skipped} skipped"


def _write(
    run: Run,
    documents: Mapping[str, str],
    options: argparse.Namespace,
    console: Console,
    history: HistoryDocument | None,
) -> bool:
    """Write what was asked for, each thing whatever became of the others; whether all of it was written."""
    problems: list[str] = []
    if bucket := os.environ.get(BUCKET_VARIABLE):
        try:
            console.print(f"Reports: {publish(run, bucket, history=history)}", soft_wrap=True)
        except PublishError as error:
            problems.append(str(error))
    if options.out is not None:
        try:
            write(documents, options.out)
            console.print(f"Reports: {options.out}/MODEL_REGISTRATION_TEST_REPORT.md")
        except OSError as error:
            problems.append(f"the reports could not be written to {options.out}: {error}")
    if options.junit is not None:
        try:
            options.junit.write_text(junit(run, [("reports", problem) for problem in problems]), encoding="utf-8")
            console.print(f"JUnit: {options.junit}")
        except OSError as error:
            problems.append(f"the JUnit file {options.junit} could not be written: {error}")
    for problem in problems:
        console.print(f"[red]{escape(problem)}[/]")
    return not problems
