"""What is wrong, what mends it, what fails next and what nobody can explain, below the table of results."""

from rich.console import Console
from rich.text import Text

from registry_monitor.finding import Finding, FindingState
from registry_monitor.reports.escaping import one_line, shortened
from registry_monitor.reports.findings import Findings, whom_to_wake
from registry_monitor.run import Run

_STATEMENT = 200  # characters of each line of text, at most
_MANY = 10  # failures without a cause; the rest stand in the report
_BLOCKED = 3  # checks that one failure keeps from being asked


def show_diagnosis(run: Run, console: Console) -> None:
    """Print a run's findings and unexplained failures; nothing where there are none."""
    found = Findings.of(run)
    if wake := whom_to_wake(run):
        console.print(wake)
    for number, cause in enumerate(found.causes, start=1):
        _show_cause(f"{number}.", cause, console)
    for latent in found.latent:
        _show_cause("Next:", latent, console)
    for symptom in found.unexplained[:_MANY]:
        door = "a security failure, " if symptom.is_security_failure else ""
        console.print(Text(f"Not explained: {door}{shortened(symptom.statement, _STATEMENT)}", style="bold"))
        if symptom.blocks:
            more = ", …" if len(symptom.blocks) > _BLOCKED else ""
            told = f"{', '.join(symptom.blocks[:_BLOCKED])}{more}"
            _detail(f"keeps {len(symptom.blocks)} more from being asked: {told}", console)
    if len(found.unexplained) > _MANY:
        _detail(f"and {len(found.unexplained) - _MANY} more, told in the report", console)
    for own in found.monitors:
        _show_cause("The monitor itself:", own, console)


def _show_cause(label: str, finding: Finding, console: Console) -> None:
    is_felt = finding.state is not FindingState.LATENT
    sureness = finding.state if finding.state is FindingState.SUSPECTED else finding.confidence
    claim = shortened(finding.statement, _STATEMENT).rstrip(".")
    console.print(Text(f"{label} {claim} ({finding.priority}, {sureness})", style="bold"))
    for proof in finding.proofs[:1] if is_felt else ():
        explains = f"; explains {len(finding.explains)} of the checks above" if finding.explains else ""
        _detail(f"{shortened(proof.told, _STATEMENT)} ({proof.source}){explains}", console)
    address = "" if finding.terraform is None else f" [{finding.terraform.address}]"
    _detail(f"Fix ({finding.fix.effort}): {shortened(finding.fix.told, _STATEMENT)}{address}", console)
    if finding.fix.verify and is_felt:
        _detail(f"Verify: {finding.fix.verify}", console)


def _detail(text: str, console: Console) -> None:
    console.print(Text(f"   {one_line(text)}", style="dim"), soft_wrap=True)
