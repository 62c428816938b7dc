"""``index.html``: a run, and what is known before it, on one page that needs nothing but a browser."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from registry_monitor.model import Status
from registry_monitor.reports.findings import Findings, headline, met_next, whom_to_wake
from registry_monitor.reports.markdown import symptom_text
from registry_monitor.reports.page_history import failing_since, known_since, suite_histories, told_incidents
from registry_monitor.reports.page_load import SCALE as LOAD_SCALE
from registry_monitor.reports.page_load import load_figures
from registry_monitor.reports.page_matrix import Layer, service_matrix
from registry_monitor.reports.page_plots import HEIGHT, WIDTH, plots
from registry_monitor.reports.page_timeline import SCALE, timeline
from registry_monitor.reports.page_values import page_environment
from registry_monitor.reports.registration import registration_ms, registration_sentence
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument

_MOST_CAUSES = 12  # told whole; more are in the test report
_MOST_INCIDENTS = 30
_BAR = (Status.PASS, Status.FLAKY, Status.SLOW, Status.FAIL, Status.BLOCKED, Status.UNKNOWN, Status.SKIPPED)
_ARTIFACTS = {  # what a reader finds in the files beside the page
    "MODEL_REGISTRATION_TEST_REPORT.md": "The whole report: every check, with its evidence",
    "INFRASTRUCTURE_ISSUES.md": "What to change in the infrastructure, in which order",
    "README.md": "What each file is, and what to read first",
    "test_execution_summary.json": "Check by check, for programs",
    "infrastructure_health_report.json": "Services, target groups and endpoints, for programs",
    "run.json": "The run itself, from which all else is made",
}


def index_page(run: Run, files: Sequence[str], history: HistoryDocument | None = None) -> str:
    """The page of a run. ``files``: the names of the documents beside it, which it links to.

    ``history``: what was known when it ended; without it the page tells of the run alone.
    """
    found = Findings.of(run)
    counted = [(status, len(run.of_status(status))) for status in _BAR]
    return (
        page_environment()
        .get_template("page/index.html.j2")
        .render(
            run=run,
            found=found,
            shown=found.causes[:_MOST_CAUSES],
            left_out=len(found.causes) - _MOST_CAUSES,
            met_next=met_next(run),
            headline=headline(run),
            wake=whom_to_wake(run),
            registration=registration_sentence(run),
            open_doors={symptom.check_id for symptom in run.symptoms if symptom.is_security_failure},
            results_by_id={result.check_id: result for result in run.results},
            symptom_text=symptom_text,
            counted=[(status, count) for status, count in counted if count],
            layers=tuple(Layer),
            matrix=service_matrix(run),
            load=load_figures(run),
            LOAD_SCALE=LOAD_SCALE,
            timeline=timeline(run),
            SCALE=SCALE,
            took_ms=registration_ms(run),
            since=failing_since(run, history),
            known_since=known_since(history),
            history=history,
            **(_past(history, run.started_at + timedelta(milliseconds=run.duration_ms)) if history else {}),
            files=[(name, _ARTIFACTS.get(name, "")) for name in files],
        )
    )


def _past(history: HistoryDocument, now: datetime) -> dict[str, Any]:
    """What the history's part of the page is filled in with."""
    incidents = told_incidents(history)
    return {
        "now": now,
        "suites": suite_histories(history, now),
        "plots": plots(history, incidents, now),
        "incidents": incidents,
        "MOST_INCIDENTS": _MOST_INCIDENTS,
        "WIDTH": WIDTH,
        "HEIGHT": HEIGHT,
    }
