"""What is kept from run to run: nothing is lost by runs at once or by one that is killed, and nobody is told twice."""

import contextlib
import itertools
import random
import threading
from datetime import timedelta

import pytest

from registry_monitor import memory as memory_module
from registry_monitor.incident import Mute, Step
from registry_monitor.memory import Memory
from registry_monitor.model import CannotTellError, Depth, Status
from registry_monitor.outputs.notices import NoticeError
from registry_monitor.outputs.state_store import load
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render_run_alone
from registry_monitor.reports.notice import Notice
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HISTORY, HistoryDocument
from registry_monitor.state.incidents import INCIDENTS, IncidentsDocument
from tests.unit.reports import samples
from tests.unit.state.days import BEGIN, DATABASE, REGISTER, cause, check_id, failing, run_at
from tests.unit.state.shelf import KilledError, Shelf

TRIES = 100
FAIL = Status.FAIL


def remembered(shelf: Shelf, run: Run) -> Memory:
    """The memory of a run, before it is published."""
    memory = Memory(shelf)
    memory.with_standing(run)
    return memory


def went(shelf: Shelf, run: Run, told: list[Notice] | None = None, mutes: tuple[Mute, ...] = ()) -> Run:
    """One run, from its verdict to its end."""
    memory = Memory(shelf, lambda: mutes, None if told is None else told.append)
    run = memory.with_standing(run)
    memory.tell(run, "s3://reports/report.md")
    assert memory.problems == []
    return run


def incidents(shelf: Shelf) -> IncidentsDocument:
    return load(shelf, INCIDENTS, IncidentsDocument)


def history(shelf: Shelf) -> HistoryDocument:
    return load(shelf, HISTORY, HistoryDocument)


def test_runs_at_once__lose_nothing() -> None:
    """A hundred times, three runs end together: three incidents, three samples, and each is told once."""
    for attempt in range(TRIES):
        shelf, told = Shelf(), list[Notice]()
        checks = ("database", "endpoint", "exists")
        runs = [failing(attempt + place / 10, check) for place, check in enumerate(checks)]
        threads = [threading.Thread(target=went, args=(shelf, run, told)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {each.cause.kind for each in incidents(shelf).open} == {f"{check}-gone" for check in checks}
        assert {each.run_id for each in history(shelf).samples} == {run.run_id for run in runs}
        assert sorted(each.step for each in told) == [Step.OPENED] * 3
        assert len({each.incident for each in told}) == 3


def test_killed_run__leaves_what_others_wrote_and_what_it_was_to_tell() -> None:
    """A hundred times, a run is killed at some access; minutes later all is told: once, or twice where it had been."""
    chance = random.Random(20260730)
    for _ in range(TRIES):
        at = chance.randrange(1, 16)
        shelf, told = Shelf(), list[Notice]()
        went(shelf, failing(0, "endpoint"), told)

        def kill(number: int, last: int = shelf.accesses + at) -> None:
            if number == last:
                raise KilledError

        shelf.before = kill
        with contextlib.suppress(KilledError):
            went(shelf, failing(1), told)
        shelf.before = lambda number: None
        before = {each.run_id for each in history(shelf).samples}
        for minute in (2, 8):
            went(shelf, failing(minute), told)
        assert {each.cause.kind for each in incidents(shelf).incidents} == {"database-gone", "endpoint-gone"}
        seen = [each for each in told if "database-gone" in each.subject]
        assert 1 <= len(seen) <= 2
        assert before < {each.run_id for each in history(shelf).samples}


def test_healthy_light_runs__write_the_history_each_five_minutes_and_nothing_else() -> None:
    """An hour of them is twelve writes."""
    shelf = Shelf()
    for minute in range(60):
        went(shelf, run_at(minute))
    assert (shelf.writes, list(shelf.texts)) == (12, [HISTORY])


def test_change__is_in_the_history_at_once() -> None:
    """The minute in which it begins to fail, and that in which it is well again."""
    shelf = Shelf()
    for run in (run_at(0), run_at(1), failing(2), run_at(3), run_at(4), run_at(5), run_at(6)):
        went(shelf, run)
    written = {(each.at - BEGIN).total_seconds() / 60: str(each.states["overall"]) for each in history(shelf).samples}
    assert written == {0: "up", 2: "down", 3: "up", 4: "up", 5: "up"}


def test_suite_that_changes_alone__is_in_the_history_at_once() -> None:
    """Nobody knows of registration any more, while all else is up: third parties hear of it in the same minute."""
    shelf = Shelf()
    for minute, status in enumerate((Status.PASS, Status.PASS, Status.UNKNOWN, Status.UNKNOWN)):
        run = run_at(minute)
        heartbeat = samples.result("heartbeat.find", status, suite=samples.REGISTRATION)
        went(shelf, run.model_copy(update={"results": (*run.results, heartbeat)}))
    written = {each.at.minute: str(each.states[samples.REGISTRATION]) for each in history(shelf).samples}
    assert written == {0: "up", 2: "unknown"}


def test_history__is_had_by_each_run_that_is_reported_or_that_writes_it() -> None:
    """A report and third parties are told of thirty days; a healthy light run in between reads nothing."""
    shelf = Shelf()
    known = [remembered(shelf, run).history for run in (run_at(0), run_at(1), run_at(2, reason="ad hoc"), run_at(5))]
    assert [each and len(each.samples) for each in known] == [1, None, 1, 2]


def test_history_that_cannot_be_read__is_a_note_in_the_report() -> None:
    """The run has its standing and no history; the invocation fails of it in the end."""
    shelf = Shelf()
    shelf.texts[HISTORY] = ("{", 1, {})
    memory = Memory(shelf)
    run = memory.with_standing(failing(0))
    [problem] = memory.problems
    assert run.standing is not None and len(run.standing.incidents) == 1
    assert (memory.history, run.standing.unread) == (None, (problem,))
    assert "history.json is no document of this version" in problem


def test_full_run__is_compared_with_the_newest_one() -> None:
    """What got worse since then stands in it; a light run is compared with none, and the first one neither."""
    before, latest = Shelf(), Shelf()
    broken = run_at(15, Depth.FULL, register=FAIL)
    assert Memory(before, latest=latest).with_standing(broken).comparison is None
    latest.texts[RUN] = (render_run_alone(run_at(0, Depth.FULL))[RUN], 1, {})
    compared = Memory(before, latest=latest).with_standing(broken).comparison
    assert compared is not None
    assert [each.check_id for each in compared.regressions] == [check_id(REGISTER)]
    assert Memory(before, latest=latest).with_standing(run_at(16)).comparison is None


def test_newest_run_that_cannot_be_compared__is_a_note() -> None:
    """One of another version of the monitor, and one of other checks: the run goes on, and no invocation fails."""
    latest = Shelf()
    for text, told in (
        ("{}", "is no run of this version"),
        (render_run_alone(run_at(30, Depth.FULL))[RUN], "newer one"),
    ):
        latest.texts[RUN] = (text, 1, {})
        memory = Memory(Shelf(), latest=latest)
        run = memory.with_standing(run_at(15, Depth.FULL))
        assert run.standing is not None and told in run.standing.unread[0]
        assert (run.comparison, memory.problems) == (None, [])


def test_run_by_hand__changes_nothing_and_is_told_what_is_known() -> None:
    """Its report says since when, and nobody is told."""
    shelf, told = Shelf(), list[Notice]()
    went(shelf, failing(0), told)
    texts = dict(shelf.texts)
    run = went(shelf, run_at(9, causes=(cause("database-gone", DATABASE),), reason="ad hoc", database=FAIL), told)
    assert shelf.texts == texts
    assert len(told) == 1
    assert run.standing is not None
    assert [each.first_seen for each in run.standing.incidents] == [BEGIN]


def test_mute__holds_notices_and_nothing_else() -> None:
    """Data goes on; when the mute is over, what is still open is told."""
    shelf, told = Shelf(), list[Notice]()
    mute = Mute(rule="work", until=BEGIN + timedelta(hours=2), reason="an upgrade")
    run = went(shelf, failing(0), told, (mute,))
    assert run.standing is not None and run.standing.mutes == (mute,)
    assert (told, len(incidents(shelf).open), len(history(shelf).samples)) == ([], 1, 1)
    went(shelf, failing(121), told)
    assert [each.step for each in told] == [Step.OPENED]


def test_mute_rules_that_cannot_be_read__hold_nothing() -> None:
    """It is better to tell too much than nothing, and the run says what it lacks."""
    shelf, told = Shelf(), list[Notice]()

    def denied() -> tuple[Mute, ...]:
        raise CannotTellError("cloudwatch:ListAlarmMuteRules was denied")

    memory = Memory(shelf, denied, told.append)
    run = memory.with_standing(failing(0))
    memory.tell(run, None)
    assert run.standing is not None and run.standing.unread == ("cloudwatch:ListAlarmMuteRules was denied",)
    assert (len(told), memory.problems) == (1, [])


def test_topic_that_refuses__is_a_problem_and_the_next_run_tells() -> None:
    """The invocation fails of it, and the notice is not lost."""
    shelf, told = Shelf(), list[Notice]()

    def refuse(notice: Notice) -> None:
        raise NoticeError("denied")

    memory = Memory(shelf, tell=refuse)
    memory.tell(memory.with_standing(failing(0)), None)
    assert memory.problems == ["denied"]
    went(shelf, failing(1), told)
    assert [each.step for each in told] == [Step.OPENED]


def test_state_that_cannot_be_read__loses_no_run() -> None:
    """The run goes on without it, excused by its own facts alone, and says so."""
    shelf = Shelf()
    shelf.texts[INCIDENTS] = ("{", 1, {})
    memory = Memory(shelf)
    run = memory.with_standing(failing(0))
    memory.tell(run, None)
    [problem] = memory.problems
    assert "rebuild-history" in problem
    assert run.standing is not None and run.standing.unread == (problem,)
    accesses = shelf.accesses
    assert Memory(shelf, latest=shelf).with_standing(run_at(15, Depth.FULL)).comparison is None
    assert shelf.accesses == accesses + 1, "an S3 that hangs is waited for once"
    assert shelf.texts[INCIDENTS] == ("{", 1, {}), "what cannot be read is not overwritten"


def test_state_that_others_write_without_end__is_given_up() -> None:
    """The tries are bounded."""
    shelf = Shelf()
    others = itertools.count(1000)

    def overtake(number: int) -> None:
        shelf.texts[INCIDENTS] = (IncidentsDocument().model_dump_json(), next(others), {})

    shelf.before = overtake
    memory = Memory(shelf)
    memory.with_standing(failing(0))
    assert "8 times on end" in memory.problems[0]


def test_defect_of_the_memory__loses_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen of the platform reaches its readers, and the invocation fails of the defect."""

    def divide(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(memory_module, "excuses_of", divide)
    memory = Memory(Shelf())
    run = failing(0)
    assert memory.with_standing(run) is run
    assert "by a defect of the monitor: ZeroDivisionError" in memory.problems[0]
