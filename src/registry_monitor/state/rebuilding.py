"""Incidents and history made anew from the runs that are kept. Pure.

HEALTHY light runs are not kept: what only they saw well is closed here by the full runs, later than it was.
"""

from registry_monitor.incident import Told
from registry_monitor.run import Run
from registry_monitor.state.excuses import excuses_of, unseen_checks
from registry_monitor.state.history import record
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.incidents import IncidentsDocument, advance
from registry_monitor.state.latencies import latencies_of
from registry_monitor.state.samples import sample_of
from registry_monitor.state.sightings import is_remembered


class Rebuilding:
    """Takes the runs one by one, the oldest first."""

    def __init__(self) -> None:
        self._incidents = IncidentsDocument()
        self._history = HistoryDocument()
        self.runs = 0

    def take(self, run: Run) -> None:
        """Take one run; one that is not remembered changes nothing."""
        if not is_remembered(run):
            return
        self.runs += 1
        excuses = run.standing.excuses if run.standing else excuses_of(run)
        self._incidents = advance(self._incidents, run, unseen_checks(excuses))
        excused = frozenset(check for excuse in excuses for check in excuse.checks)
        sample = sample_of(run, self._incidents.incidents, excused)
        self._history = record(self._history, sample, latencies_of(run))

    def incidents(self, known: IncidentsDocument | None) -> IncidentsDocument:
        """The incidents as they are known, or else from the runs: then nothing of them is told again."""
        if known is not None:
            return known
        return self._incidents.with_incidents(
            each.model_copy(update={"told": Told(cause=each.cause.key, at=each.last_seen, is_end_told=each.is_over)})
            for each in self._incidents.incidents
        )

    def history(self, known: HistoryDocument | None) -> HistoryDocument:
        """The history from the runs, with the samples that are known and of which no run is kept."""
        history = self._history
        for sample in known.samples if known else ():
            history = record(history, sample)
        return history
