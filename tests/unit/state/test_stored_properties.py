"""Stored documents of any version: read, or said in words to be none; never lost by writing over what was not read."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from registry_monitor.incident import IncidentState
from registry_monitor.memory import Memory, notes_of
from registry_monitor.model import Depth, Status
from registry_monitor.outputs.full_runs import FULL_RUN, FullRuns
from registry_monitor.outputs.standing import STANDING, StandingStore
from registry_monitor.outputs.state_store import load
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render_run_alone
from registry_monitor.reports.escaping import json_text
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from tests.unit.generated import json_values, nested, spoilt, texts
from tests.unit.state.days import REGISTER, cause, run_at
from tests.unit.state.shelf import Shelf

FULL = run_at(0, Depth.FULL, causes=(cause("first", REGISTER),), register=Status.FAIL)
LATER = run_at(15, Depth.FULL, causes=(cause("second", REGISTER),), register=Status.FAIL)


def _written() -> dict[str, str]:
    """What runs of this version leave."""
    shelf = Shelf()
    run = Memory(shelf).with_standing(FULL)
    StandingStore(shelf).write_after(StandingStore(shelf).read(), run)
    return {name: text for name, (text, _, _) in shelf.texts.items()}


WRITTEN = _written()
RUN_TEXT = render_run_alone(FULL)[RUN]


def texts_like(text: str) -> st.SearchStrategy[str]:
    """A document of this version, of one more or less, cut short, or something else."""
    document = json.loads(text)
    return st.one_of(
        st.just(text),
        spoilt(document).map(json.dumps),
        st.integers(0, len(text)).map(lambda end: text[:end]),
        st.sampled_from(["2", "0", 1, None]).map(lambda version: json.dumps({**document, "schema_version": version})),
        json_values.map(lambda value: json.dumps(value, default=str)),
        texts,
        st.just(nested(100_000)),
    )


def shelf_with(name: str, text: str, notes: dict[str, str] | None = None) -> Shelf:
    shelf = Shelf()
    shelf.texts[name] = (text, 1, notes or {})
    return shelf


def is_left_alone(shelf: Shelf, name: str, text: str) -> bool:
    return shelf.texts[name][0] == text


@given(texts_like(WRITTEN[INCIDENTS]))
def test_incidents_of_any_version__are_moved_on_or_left_alone(text: str) -> None:
    """A run says that it could not read them, and leaves them for ``rebuild-history``; else it moves them on."""
    shelf = shelf_with(INCIDENTS, text)
    memory = Memory(shelf)
    run = memory.with_standing(LATER)
    assert run.standing is not None
    if memory.problems:
        assert any("rebuild-history" in each for each in memory.problems), memory.problems
        assert is_left_alone(shelf, INCIDENTS, text)
        return
    known = load(shelf, INCIDENTS, IncidentsDocument)
    assert [each for each in known.incidents if each.state is IncidentState.OPEN]
    assert json_text(run)


@given(
    texts_like(WRITTEN[HISTORY]), st.dictionaries(st.sampled_from(["written-at", "states"]), texts | st.just("a=b=c"))
)
@example(WRITTEN[HISTORY], {"written-at": "yesterday", "states": "="})
@example(WRITTEN[HISTORY], {"written-at": "0001-01-01T00:00:00+14:00"})
@example(WRITTEN[HISTORY], {"written-at": "2026-07-30T09:00:00"})
def test_history_of_any_version__is_moved_on_or_left_alone(text: str, notes: dict[str, str]) -> None:
    """Also by a light run, which asks the notes beside it first: notes that say nothing are written anew with it."""
    for run in (LATER, run_at(16)):
        shelf = shelf_with(HISTORY, text, notes)
        memory = Memory(shelf)
        assert memory.with_standing(run).standing is not None
        if memory.problems:
            assert any("rebuild-history" in each for each in memory.problems), memory.problems
            assert is_left_alone(shelf, HISTORY, text)
        else:
            history = load(shelf, HISTORY, HistoryDocument)
            assert run.run_id in {each.run_id for each in history.samples} or history.samples
            assert notes_of(history) == shelf.texts[HISTORY][2] or is_left_alone(shelf, HISTORY, text)


@given(texts_like(WRITTEN[STANDING]))
def test_standing_of_any_version__is_read_or_replaced_by_the_next_full_run(text: str) -> None:
    """It is no more than the last verdict: a light run tells that it is not known, a full one writes its own."""
    shelf = shelf_with(STANDING, text)
    store = StandingStore(shelf)
    kept = store.read()
    assert (kept.standing is None) == (kept.problem is not None) or not text
    assert store.write_after(kept, run_at(16)) is None
    assert store.write_after(kept, LATER) is None
    assert load(shelf, STANDING, StandingVerdict).checks


@given(texts_like('{"began_at": "2026-07-30T09:00:00+00:00"}'))
@example('{"began_at": "0001-01-01T00:00:00+14:00"}')
@example('{"began_at": "9999-12-31T23:59:59-14:00"}')
@example("[" * 100_000)
def test_beginning_of_a_full_run_in_any_shape__stops_no_run(text: str) -> None:
    """What cannot be read there gives one run more than needed; the beginning of this one is written."""
    now = datetime(2026, 7, 30, 10, 0, tzinfo=UTC)
    shelf = shelf_with(FULL_RUN, text)
    began = FullRuns(shelf).begin(now, unless_since=now)
    assert began is None or began >= now
    assert began is not None or json.loads(shelf.texts[FULL_RUN][0]) == {"began_at": now.isoformat()}


@given(texts_like(RUN_TEXT))
def test_newest_run_of_any_version__is_compared_with_or_told(text: str) -> None:
    """What the newest full run cannot be compared with is a note in the report of this one, and fails nothing."""
    memory = Memory(Shelf(), latest=shelf_with(RUN, text))
    run = memory.with_standing(LATER)
    assert memory.problems == []
    assert run.standing is not None
    assert run.comparison is not None or run.standing.unread or not text
    assert Run.model_validate_json(json_text(run)) == run
