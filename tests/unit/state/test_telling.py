"""Each step of an incident is told once, by one run, and none is lost with a run that is killed."""

from datetime import datetime, timedelta

from registry_monitor.incident import Acknowledgement, Step
from registry_monitor.model import Status
from registry_monitor.state.incidents import IncidentsDocument, advance
from registry_monitor.state.telling import claim, claimed, due, note_told
from registry_monitor.target import Incidents
from tests.unit.state.days import BEGIN, cause, run_at

RULES = Incidents()
FAIL = Status.FAIL


def minute(number: float) -> datetime:
    return BEGIN + timedelta(minutes=number)


def opened() -> IncidentsDocument:
    document = IncidentsDocument()
    for number in (0, 1):
        document = advance(document, run_at(number, causes=(cause(),), database=FAIL))
    return document


def told(document: IncidentsDocument, number: float, run_id: str = "a") -> tuple[IncidentsDocument, list[Step]]:
    """The document after a run has told what was due, and what that was."""
    document = claim(document, run_id, RULES, minute(number))
    mine = claimed(document, run_id, RULES, minute(number))
    return note_told(document, run_id, mine, minute(number)), [each.step for each in mine]


def test_life__is_told_step_by_step() -> None:
    """Opened, another cause, a reminder after its hours, resolved; nothing between, and nothing after."""
    document, steps = told(opened(), 1)
    assert steps == [Step.OPENED]
    assert told(document, 2)[1] == []
    document = advance(document, run_at(2, causes=(cause("vpc-gone"),), database=FAIL))
    document, steps = told(document, 2)
    assert steps == [Step.CHANGED]
    document, steps = told(document, 2 + 60 * RULES.remind_after_h)
    assert steps == [Step.REMINDER]
    for number in (300, 301, 302):
        document = advance(document, run_at(number))
    document, steps = told(document, 302)
    assert steps == [Step.RESOLVED]
    assert told(document, 900)[1] == []


def test_suspicion_and_incident_that_nobody_was_told_of__end_in_silence() -> None:
    """What was held back until it was over wakes nobody afterwards."""
    assert due(advance(IncidentsDocument(), run_at(0, database=FAIL)), RULES, minute(0)) == ()
    document = opened()
    for number in (2, 3, 4):
        document = advance(document, run_at(number))
    assert due(document, RULES, minute(4)) == ()


def test_two_runs_at_once__tell_it_once() -> None:
    """The second one sees the claim of the first."""
    document = claim(opened(), "a", RULES, minute(1))
    document = claim(document, "b", RULES, minute(1))
    assert len(claimed(document, "a", RULES, minute(1))) == 1
    assert claimed(document, "b", RULES, minute(1)) == ()


def test_claim_of_a_killed_run__is_another_ones_after_five_minutes() -> None:
    """What it was to tell is told late, and not lost."""
    document = claim(opened(), "killed", RULES, minute(1))
    assert told(document, 5)[1] == []
    assert told(document, 6.5)[1] == [Step.OPENED]


def test_notice_that_could_not_be_published__is_free_again() -> None:
    """The next run tells it."""
    document = note_told(claim(opened(), "a", RULES, minute(1)), "a", (), minute(1))
    assert told(document, 2, "b")[1] == [Step.OPENED]


def test_acknowledged_cause__is_told_no_more_until_it_changes_or_ends() -> None:
    """An acknowledgement never covers a new cause, and always expires."""
    known, _ = told(opened(), 1)
    until = minute(600)
    word = Acknowledgement(
        kind=cause().kind, resource=cause().resource, until=until, reason="known", noted_at=minute(2)
    )
    known = known.model_copy(update={"acknowledgements": (word,)})
    assert due(known, RULES, minute(500)) == ()
    assert [each.step for each in due(known, RULES, minute(601))] == [Step.REMINDER]
    other = advance(known, run_at(3, causes=(cause("vpc-gone"),), database=FAIL))
    assert [each.step for each in due(other, RULES, minute(3))] == [Step.CHANGED]
