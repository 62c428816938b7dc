"""Every document of a run, rendered from the Run and the history. Pure: no network, no clock, no files."""

from registry_monitor.reports import HANDOVER, INFRASTRUCTURE, ISSUES, PAGE, REPORT, RUN, SUMMARY
from registry_monitor.reports.escaping import json_text
from registry_monitor.reports.handover import handover_document
from registry_monitor.reports.infrastructure import InfrastructureHealthReport
from registry_monitor.reports.issues import issues_document
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.reports.page import index_page
from registry_monitor.reports.summary import ExecutionSummary
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument


def render(run: Run, history: HistoryDocument | None = None) -> dict[str, str]:
    """File name → text, of all documents of a run. The same run gives the same bytes, also when read from run.json.

    ``history``: what is known of thirty days; without it they tell of the run alone.
    """
    return render_reports(run, history) | render_run_alone(run)


def render_reports(run: Run, history: HistoryDocument | None = None) -> dict[str, str]:
    """Those that can be rendered again from ``run.json``: all others."""
    documents = {
        REPORT: markdown_report(run, history),
        ISSUES: issues_document(run),
        HANDOVER: handover_document(run),
        SUMMARY: json_text(ExecutionSummary.of(run)),
        INFRASTRUCTURE: json_text(InfrastructureHealthReport.of(run)),
    }
    return {**documents, PAGE: index_page(run, [*documents, RUN], history)}


def render_run_alone(run: Run) -> dict[str, str]:
    """The one document from which all others can be rendered again, for when a renderer fails."""
    return {RUN: json_text(run)}
