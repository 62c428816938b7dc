"""``README.md`` of the folder that a run hands over: what each file is, what to read first, whom to ask."""

from registry_monitor.reports.findings import Findings, headline, whom_to_wake
from registry_monitor.reports.templating import environment
from registry_monitor.reports.tidying import tidied
from registry_monitor.run import Run


def handover_document(run: Run) -> str:
    """The text of the document."""
    return tidied(
        environment()
        .get_template("README.md.j2")
        .render(run=run, found=Findings.of(run), headline=headline(run), wake=whom_to_wake(run))
    )
