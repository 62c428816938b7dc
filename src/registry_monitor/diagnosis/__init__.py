"""The diagnosis: from what failed and what AWS says to the cause, with its proof. Pure: a Run in, Findings out."""

from registry_monitor.finding import Finding
from registry_monitor.run import Run


def diagnose(run: Run) -> tuple[Finding, ...]:
    """The findings of a run, in the order in which to act on them. None yet: no rule has been written."""
    return ()
