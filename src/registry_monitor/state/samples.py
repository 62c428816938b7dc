"""What one run says to the history. Pure."""

from collections.abc import Iterable
from statistics import median

from registry_monitor.incident import Incident, IncidentState
from registry_monitor.model import Status, SuiteName
from registry_monitor.reports.registration import registration_ms
from registry_monitor.run import Run
from registry_monitor.state.history_documents import OVERALL, Sample, SuiteState


def sample_of(run: Run, going: Iterable[Incident], excused: frozenset[str]) -> Sample:
    """What a run says to the history, together with the incidents that go on after it."""
    watched = {
        check.check_id.partition(".")[0]
        for incident in going
        if incident.state is IncidentState.OPEN
        for check in incident.checks
        if check.clean_runs == 0
    }
    states = {str(suite): _state_of(run, suite, watched, excused) for suite in run.suite_scores}
    known = {suite: state for suite, state in states.items() if state is not None}
    known |= dict.fromkeys(watched, SuiteState.DOWN)
    latencies = [result.latency_ms for result in run.results if result.latency_ms is not None]
    return Sample(
        run_id=run.run_id,
        at=run.started_at,
        depth=run.trigger.depth,
        verdict=run.verdict,
        states=known | {OVERALL: _worst(known.values())},
        score_pct=run.score.score_pct,
        latency_ms=round(median(latencies), 1) if latencies else None,
        registration_ms=registration_ms(run),
    )


def _state_of(run: Run, suite: SuiteName, watched: set[str], excused: frozenset[str]) -> SuiteState | None:
    results = [result for result in run.results if result.suite is suite and result.status is not Status.SKIPPED]
    not_passed = {result.check_id for result in results if result.status.is_not_passed}
    if suite in watched or not_passed - excused:
        return SuiteState.DOWN
    if not_passed:
        return SuiteState.PLANNED
    if any(result.status.is_passed for result in results):
        return SuiteState.UP
    return SuiteState.UNKNOWN if results else None


def _worst(states: Iterable[SuiteState]) -> SuiteState:
    found = set(states)
    order = (SuiteState.DOWN, SuiteState.PLANNED, SuiteState.UP)
    return next((state for state in order if state in found), SuiteState.UNKNOWN)
