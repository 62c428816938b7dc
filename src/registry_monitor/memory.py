"""What is kept from run to run: moved on before a run is published, so that it says what is known; told of after.

No trouble with it loses the run: it is collected in ``problems``, of which the invocation fails in the end.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import ValidationError

from registry_monitor.comparison import Comparison
from registry_monitor.incident import Mute, Standing
from registry_monitor.inventory.mute_rules import active_mutes
from registry_monitor.model import CannotTellError, Depth, Verdict
from registry_monitor.outputs.clients import SlowAnswerError, begin, within
from registry_monitor.outputs.notices import NoticeError, NoticeTopic
from registry_monitor.outputs.objects import is_kept
from registry_monitor.outputs.read_ahead import Stores
from registry_monitor.outputs.report_link import presigned_link
from registry_monitor.outputs.state_store import StateError, StateStore, load, update
from registry_monitor.reports import RUN
from registry_monitor.reports.comparing import NotComparableError, compare
from registry_monitor.reports.notice import Notice, notice
from registry_monitor.run import Run
from registry_monitor.state.excuses import excuses_of, unseen_checks
from registry_monitor.state.history import WRITTEN_EVERY, record
from registry_monitor.state.history_documents import HISTORY, HistoryDocument, Sample
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument, advance
from registry_monitor.state.latencies import latencies_of
from registry_monitor.state.samples import sample_of
from registry_monitor.state.sightings import is_remembered
from registry_monitor.state.telling import Due, claim, claimed, due, note_told
from registry_monitor.state.uptime import summarized
from registry_monitor.target import Target

_MUTES_WITHIN_S = 9.0  # two tries of a CloudWatch that does not answer
_WRITTEN_AT, _STATES = "written-at", "states"  # noted beside the history, so that a run need not read it


class Memory:
    """The memory of a target, for one run.

    ``read_mutes``: the rules that mute the alarms now; raises CannotTellError. ``tell``: publishes a notice, and raises
    NoticeError; None where there is no topic. ``link_to``: a link to a report, given its S3 URI; None: no link.
    ``latest``: where the newest full run is, with which the next one is compared; None: with none.

    ``history``: as it is after the run; None where the run needs none, or it cannot be read.
    """

    def __init__(
        self,
        store: StateStore,
        read_mutes: Callable[[], tuple[Mute, ...]] = tuple,
        tell: Callable[[Notice], None] | None = None,
        link_to: Callable[[str], str] | None = None,
        latest: StateStore | None = None,
    ) -> None:
        self._store = store
        self._read_mutes = read_mutes
        self._tell = tell
        self._link_to = link_to
        self._latest = latest
        self._known: IncidentsDocument | None = None
        self._unread: list[str] = []
        self.history: HistoryDocument | None = None
        self.problems: list[str] = []

    def with_standing(self, run: Run) -> Run:
        """The run with what is known around it and what changed since the last one.

        It has moved the incidents on, claimed what it is to tell, and written the history, where that was due.
        """
        try:
            run = run.model_copy(update={"standing": self._standing(run)})
            self.history = self._history_after(run)
            run = run.model_copy(update={"comparison": self._comparison(run)})
        except Exception as error:  # noqa: BLE001 - a defect here must not lose what was seen of the platform
            told = f"what earlier runs saw is not known, by a defect of the monitor: {type(error).__name__}: {error}"
            self.problems.append(told)
        if run.standing is None:
            return run
        unread = (*self._unread, *self.problems)
        return run.model_copy(update={"standing": run.standing.model_copy(update={"unread": unread})})

    def _standing(self, run: Run) -> Standing:
        is_wanted = run.trigger.depth is Depth.FULL or run.verdict is not Verdict.HEALTHY
        reading = begin(self._mutes, "mutes") if is_wanted else None
        known = self._known = self._incidents_after(run)
        excuses = excuses_of(run, known.acknowledgements if known else ())
        mutes: tuple[Mute, ...] = ()
        if known is not None and (reading or self._is_due(run)):  # an S3 that hangs has taken the time for it
            mutes = reading.result() if reading else self._mutes()
        if self._is_due(run) and not mutes:
            self._claim(run)
        return Standing(incidents=known.open if known else (), excuses=excuses, mutes=mutes)

    def tell(self, run: Run, report: str | None) -> None:
        """Publish the notices that the run has claimed."""
        if self._known is not None and is_remembered(run):
            self._tell_claimed(run, self._known, report)

    def _incidents_after(self, run: Run) -> IncidentsDocument | None:
        """The incidents as they are after a run; of one that is not remembered, as they are. None: not known."""

        def moved_on(known: IncidentsDocument) -> IncidentsDocument:
            return advance(known, run, unseen_checks(excuses_of(run, known.acknowledgements)))

        try:
            if not is_remembered(run):
                return load(self._store, INCIDENTS, IncidentsDocument)
            return update(self._store, INCIDENTS, IncidentsDocument, moved_on)
        except StateError as error:
            self.problems.append(str(error))
            return None

    def _is_due(self, run: Run) -> bool:
        if self._known is None or self._tell is None or not is_remembered(run):
            return False
        return bool(due(self._known, run.target.incidents, _ended_at(run)))

    def _mutes(self) -> tuple[Mute, ...]:
        """The active rules; none where they cannot be read: it is better to tell too much than nothing."""
        try:
            return within(_MUTES_WITHIN_S, self._read_mutes)
        except (CannotTellError, SlowAnswerError) as error:
            self._unread.append(str(error))
            return ()

    def _claim(self, run: Run) -> None:
        rules, now = run.target.incidents, _ended_at(run)
        try:
            claiming = partial(claim, run_id=run.run_id, rules=rules, now=now)
            self._known = update(self._store, INCIDENTS, IncidentsDocument, claiming)
        except StateError as error:
            self.problems.append(str(error))

    def _history_after(self, run: Run) -> HistoryDocument | None:
        """The history with the run. One that says nothing new is not written, and its report has what is known."""
        try:
            if self._known is not None and is_remembered(run):
                sample = sample_of(run, self._known.incidents, run.excused)
                has_changed = run.run_id in self._known.runs
                is_due = has_changed or sample.depth is Depth.FULL
                if is_due or _is_history_due(self._store.head(HISTORY), sample):
                    return self._record(run, sample, self._known)
            known = load(self._store, HISTORY, HistoryDocument) if self._known is not None and is_kept(run) else None
        except StateError as error:
            self.problems.append(str(error))
            return None
        return known if known and known.samples else None

    def _record(self, run: Run, sample: Sample, known: IncidentsDocument) -> HistoryDocument:
        objective_pct = run.target.thresholds.uptime_pct

        def recorded(history: HistoryDocument) -> HistoryDocument:
            with_sample = record(history, sample, latencies_of(run))
            if with_sample is history:
                return history
            return summarized(with_sample, known.incidents, objective_pct, _ended_at(run))

        return update(self._store, HISTORY, HistoryDocument, recorded, notes_of)

    def _comparison(self, run: Run) -> Comparison | None:
        """What changed since the newest full run, of a full run; trouble with it is a note, and fails nothing."""
        if self._latest is None or self._known is None or not run.is_full:  # an S3 that hangs is waited for once
            return None
        try:
            text = self._latest.read(RUN).text
            return compare(Run.model_validate_json(text), run) if text else None
        except ValidationError as error:
            told = f"latest/{RUN} is no run of this version of the monitor ({error.error_count()} problems)"
            self._unread.append(f"{told}: this full run replaces it, and the next one is compared again")
        except (StateError, NotComparableError) as error:
            self._unread.append(str(error))
        return None

    def _tell_claimed(self, run: Run, known: IncidentsDocument, report: str | None) -> None:
        rules, now = run.target.incidents, _ended_at(run)
        mine = claimed(known, run.run_id, rules, now)
        if not mine or self._tell is None:
            return
        link = self._link_to(report) if self._link_to and report else None
        told: list[Due] = []
        for each in mine:
            try:
                self._tell(notice(each.incident, run, each.step, report, link))
                told.append(each)
            except NoticeError as error:  # what is left is the next run's: SNS may hang for each of them
                self.problems.append(str(error))
                break
        try:
            noting = partial(note_told, run_id=run.run_id, told=tuple(told), now=now)
            update(self._store, INCIDENTS, IncidentsDocument, noting)
        except StateError as error:
            self.problems.append(str(error))


def memory_of(
    target: Target, stores: Stores, topic: str | None, page_alarm: str | None, *, has_links: bool = False
) -> Memory:
    """The memory of a target in the bucket of its reports.

    ``topic``: the ARN of that of the notices; ``page_alarm``: the name of the alarm that pages, whose mute holds them;
    ``has_links``: whether notices link to reports for who has no access to the bucket.
    """
    return Memory(
        stores.state,
        read_mutes=partial(active_mutes, page_alarm, target.region) if page_alarm else tuple,
        tell=NoticeTopic(topic).publish if topic else None,
        latest=stores.latest,
        link_to=(lambda report: presigned_link(report, target.region, datetime.now(UTC))) if has_links else None,
    )


def notes_of(history: HistoryDocument) -> Mapping[str, str]:
    """What is noted beside the history: when its newest sample was seen, and how each suite was."""
    newest = history.samples[-1] if history.samples else None
    if newest is None:
        return {}
    states = ",".join(f"{suite}={state}" for suite, state in newest.states.items())
    return {_WRITTEN_AT: newest.at.isoformat(), _STATES: states}


def _is_history_due(notes: Mapping[str, str] | None, sample: Sample) -> bool:
    """Each five minutes, and where a suite is not as it was."""
    if notes is None:
        return True
    written_at = _noted_moment(notes.get(_WRITTEN_AT, ""))
    noted = dict(each.partition("=")[::2] for each in notes.get(_STATES, "").split(","))
    is_new = any(noted.get(suite, state) != state for suite, state in sample.states.items())
    return written_at is None or sample.at - written_at >= WRITTEN_EVERY or is_new


def _noted_moment(text: str) -> datetime | None:
    """None where none was noted, or by something else: then the history is written anew, and its notes with it."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _ended_at(run: Run) -> datetime:
    """By the run's own clock, so that a stored run moves the state as it did then."""
    return run.started_at + timedelta(milliseconds=run.duration_ms)
