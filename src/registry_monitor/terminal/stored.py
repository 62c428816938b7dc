"""`diagnose`, `render` and `compare`: what can be done with a stored run.json.

They ask nobody: the same file, the same words.
"""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from registry_monitor.comparison import Comparison
from registry_monitor.finding import Diagnosis, Finding
from registry_monitor.invocation import InvocationError
from registry_monitor.model import Document
from registry_monitor.outputs.folder import write
from registry_monitor.reports import REPORT, RUN
from registry_monitor.reports.comparing import NotComparableError, compare
from registry_monitor.reports.comparison_text import comparison_document
from registry_monitor.reports.documents import render, render_run_alone
from registry_monitor.reports.escaping import json_text, visible
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.terminal.run import EXIT_CODES

_NOT_WRITTEN = 3
_MOST_PROBLEMS = 5


def diagnose_from_terminal(options: argparse.Namespace) -> int:
    """Diagnose a stored run again and print its findings; the exit code that the run had.

    Raises InvocationError where the file is no run.
    """
    from registry_monitor.diagnosis import diagnose  # noqa: PLC0415 - the other commands need no rule

    bare = read_run(options.run).diagnosed(Diagnosis(findings=(), paths=()))  # as the monitor had it before
    run = bare.diagnosed(diagnose(bare))
    if options.json:
        _print_bytes(render_run_alone(run)[RUN])
    else:
        show(run)
    return EXIT_CODES[run.verdict]


def render_from_terminal(options: argparse.Namespace) -> int:
    """Write all documents of a stored run again; 0, or 3 where they could not be written.

    Without a folder, into a new one beside the run.json, by the run's id: there may be another README.md beside it.

    Raises InvocationError where a file is no run or history, or the run cannot be compared with the previous one.
    """
    run = read_run(options.run)
    folder = options.out or options.run.parent / run.run_id
    if options.previous:
        run = run.model_copy(update={"comparison": compare_stored(read_run(options.previous), run)})
    documents = render(run, _read_history(options.history) if options.history else None)
    try:
        write(documents, folder)
    except OSError as error:
        print(f"the reports could not be written to {folder}: {error}", file=sys.stderr)
        return _NOT_WRITTEN
    print(f"Reports: {folder}/{REPORT}")
    return 0


def compare_from_terminal(options: argparse.Namespace) -> int:
    """Print what changed between two stored runs; 0.

    Raises InvocationError where a file is no run, or the two cannot be compared.
    """
    comparison = compare_stored(read_run(options.previous), read_run(options.run))
    _print_bytes(json_text(comparison) if options.json else comparison_document(comparison))
    return 0


def compare_stored(previous: Run, run: Run) -> Comparison:
    """What changed. Raises InvocationError where the two cannot be compared."""
    try:
        return compare(previous, run)
    except NotComparableError as error:
        raise InvocationError(str(error)) from None


def _print_bytes(text: str) -> None:
    """As it stands: print would add a line, and the terminal's encoding may lack a character."""
    sys.stdout.buffer.write(text.encode())
    sys.stdout.flush()


def read_run(path: Path) -> Run:
    """The run of a run.json. Raises InvocationError where the file is none of this version."""
    return _read(path, Run, "the run.json of a run")


def _read_history(path: Path) -> HistoryDocument:
    return _read(path, HistoryDocument, "the state/history.json of a target")


def _read[D: Document](path: Path, kind: type[D], meant: str) -> D:
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvocationError(f"{path} cannot be read: {error.strerror}; expected {meant}") from None
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [f"  {'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in details]
        more = [f"  and {len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
        heading = f"{path} is not {meant}, of this version of the monitor: {len(problems)} problem(s)"
        raise InvocationError("\n".join([heading, *problems[:_MOST_PROBLEMS], *more])) from None


def show(run: Run) -> None:
    """Print the findings of a run, and the symptoms that none explains."""
    console = Console(highlight=False, markup=False)

    def line(text: str, style: str = "") -> None:
        console.print(Text(visible(text), style=style), soft_wrap=True)

    line(f"{run.target.name}, run {run.run_id}: {run.verdict}, {len(run.findings)} findings")
    for finding in run.findings:
        line("")
        line(f"{finding.state.upper()} {finding.statement}", "bold")
        for text in _lines(finding):
            line(f"  {text}")
    for symptom in run.unexplained:
        line("")
        line(f"NOT DIAGNOSED {symptom.statement}", "bold")


def _lines(finding: Finding) -> list[str]:
    """What a finding says besides its statement, the cause first and the way to check its fix last."""
    lines = [f"{finding.kind} {finding.resource}, {finding.confidence}, priority {finding.priority}"]
    if finding.terraform:
        lines.append(f"Terraform: {finding.terraform.address} (from: {finding.terraform.found_in})")
    lines += [f"Proof: {proof.told} ({proof.source})" for proof in finding.proofs]
    lines += [f"Ruled out: {each}" for each in finding.ruled_out]
    lines += [f"Not checked: {each}" for each in finding.unchecked]
    lines += [f"Changed: {each}" for each in finding.changed]
    lines += [f"Brings about: {each}" for each in finding.consequences]
    lines += [f"Explains: {each}" for each in finding.explains]
    lines.append(f"Fix: {finding.fix.told}")
    lines += [f"    {each}" for each in (finding.fix.hcl or "").splitlines()]
    lines += [f"Caution: {finding.fix.caution}"] if finding.fix.caution else []
    lines += [f"Verify: {finding.fix.verify}"] if finding.fix.verify else []
    return [*lines, f"Runbook: {finding.runbook}"]
