"""Reports: every document of a run, rendered from the Run and the history. Pure: no network, no clock, no files."""

from registry_monitor.reports.escaping import json_text
from registry_monitor.reports.handover import handover_document
from registry_monitor.reports.infrastructure import InfrastructureHealthReport
from registry_monitor.reports.issues import issues_document
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.reports.page import index_page
from registry_monitor.reports.summary import ExecutionSummary
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument

RUN = "run.json"
REPORT = "MODEL_REGISTRATION_TEST_REPORT.md"
ISSUES = "INFRASTRUCTURE_ISSUES.md"
HANDOVER = "README.md"
SUMMARY = "test_execution_summary.json"
INFRASTRUCTURE = "infrastructure_health_report.json"
PAGE = "index.html"


def render(run: Run, history: HistoryDocument | None = None) -> dict[str, str]:
    """File name → text, of all documents of a run. The same run gives the same bytes, also when read from run.json.

    ``history``: what is known of thirty days; without it they tell of the run alone.
    """
    documents = {
        REPORT: markdown_report(run, history),
        ISSUES: issues_document(run),
        HANDOVER: handover_document(run),
        SUMMARY: json_text(ExecutionSummary.of(run)),
        INFRASTRUCTURE: json_text(InfrastructureHealthReport.of(run)),
    }
    return {**documents, PAGE: index_page(run, [*documents, RUN], history), **render_run_alone(run)}


def render_run_alone(run: Run) -> dict[str, str]:
    """The one document from which all others can be rendered again, for when a renderer fails."""
    return {RUN: json_text(run)}
