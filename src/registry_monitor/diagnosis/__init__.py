"""The diagnosis: from what failed and what AWS says to the cause, with its proof. Pure: a Run in, Findings out."""

from registry_monitor.finding import Diagnosis
from registry_monitor.run import Run


def diagnose(run: Run) -> Diagnosis:
    """The findings of a run, in the order in which to act on them, and the ways of what fails. No rule yet."""
    return Diagnosis(findings=(), paths=())
