"""The document of a fleet after further visits: what stands, since when, and for how long."""

from datetime import timedelta

from registry_monitor.fleet.document import FleetDocument, ManifestItem
from registry_monitor.fleet.merging import rolled_up
from registry_monitor.fleet.problems import problems_of
from registry_monitor.fleet.visits import TargetCause, Visit, VisitState
from registry_monitor.model import Depth
from registry_monitor.outputs.fleet_store import MOST_BYTES
from registry_monitor.reports.escaping import json_text
from tests.unit.fleet.fleets import AT, HEALTHY, cause, failing, fleet_of

MINUTE = timedelta(minutes=1)


def state_of(document: FleetDocument, name: str = "a") -> VisitState:
    return next(target.state for target in document.targets if target.name == name)


def counts_of(document: FleetDocument) -> tuple[int, int]:
    """How many light runs on end hurt, and how many gave no verdict."""
    [light] = [target.light for target in document.targets]
    assert light
    return light.hurting, light.silent


def test_target__counts_light_runs_on_end_that_hurt() -> None:
    """One that passes begins anew."""
    three = fleet_of({"a": failing(cause())}, runs=3)
    assert (counts_of(three), three.targets[0].since) == ((3, 0), AT)
    mended = fleet_of({"a": HEALTHY}, known=three, at=AT + 3 * MINUTE)
    assert (counts_of(mended), state_of(mended), mended.targets[0].since) == (
        (0, 0), VisitState.HEALTHY, AT + 3 * MINUTE
    )  # fmt: skip


def test_target__counts_light_runs_on_end_without_a_verdict() -> None:
    """Blind, not run, or one after the other."""
    before = fleet_of({"a": Visit(state=VisitState.BLIND)}, runs=2)
    assert counts_of(fleet_of({"a": Visit.not_run("lost")}, known=before, at=AT + 2 * MINUTE)) == (0, 3)


def test_target__that_hurts_only_now_begins_anew() -> None:
    """A sick service that becomes an outage is as young as the outage."""
    before = fleet_of({"a": failing(cause(), hurts=False)}, runs=5)
    after = fleet_of({"a": failing(cause())}, known=before, at=AT + 5 * MINUTE)
    assert (counts_of(after), after.targets[0].since) == ((1, 0), AT + 5 * MINUTE)


def test_visits__that_stand_no_more_are_forgotten() -> None:
    """With how many there were on end: after a gap nobody knows what was between."""
    full = fleet_of({"a": failing(cause())}, depth=Depth.FULL)
    later = fleet_of({"a": failing(cause())}, known=full, depth=Depth.FULL, at=AT + 36 * MINUTE)
    assert [target.full.hurting for target in later.targets if target.full] == [1]
    light = fleet_of({"a": HEALTHY}, known=later, at=AT + 99 * MINUTE)
    assert [target.full for target in light.targets] == [None]


def test_full_visit__stands_until_the_next_or_35_minutes() -> None:
    """A light run asks less: it does not take back what the full one found."""
    full = fleet_of({"a": failing(cause())}, depth=Depth.FULL)
    assert state_of(fleet_of({"a": HEALTHY}, known=full, at=AT + 34 * MINUTE)) is VisitState.FAILING
    assert state_of(fleet_of({"a": HEALTHY}, known=full, at=AT + 36 * MINUTE)) is VisitState.HEALTHY
    again = fleet_of({"a": HEALTHY}, known=full, depth=Depth.FULL, at=AT + 15 * MINUTE)
    assert state_of(again) is VisitState.HEALTHY


def test_light_visit__stands_for_ten_minutes() -> None:
    """Where no light run comes any more, the full ones speak."""
    light = fleet_of({"a": failing(cause())})
    later = fleet_of({"a": HEALTHY}, known=light, depth=Depth.FULL, at=AT + 11 * MINUTE)
    assert state_of(later) is VisitState.HEALTHY


def test_executions_that_overlap__leave_the_newer_ones_visits() -> None:
    """The roll-up of the minute before may come later, and counts no run a second time."""
    newer = fleet_of({"a": HEALTHY}, at=AT + MINUTE)
    late = fleet_of({"a": failing(cause())}, known=newer, at=AT)
    assert late.targets == newer.targets
    assert late.rolled_up_at == AT + MINUTE


def test_target__without_a_visit_was_not_run() -> None:
    """Its batch was lost, with all that it saw; a failure that the full run has seen still stands."""
    visits = {"a": HEALTHY}
    document = fleet_of(visits | {"b": HEALTHY, "c": failing(cause())}, depth=Depth.FULL)
    manifest = [ManifestItem(target=name) for name in "abc"]
    after = rolled_up(document, manifest, visits, Depth.LIGHT, AT + MINUTE)
    assert [state_of(after, name) for name in "abc"] == [VisitState.HEALTHY, VisitState.NOT_RUN, VisitState.FAILING]


def test_targets__are_those_of_the_manifest_by_name() -> None:
    """One that was withdrawn is forgotten, with what was told of its file."""
    before = fleet_of({"b": HEALTHY, "a": HEALTHY})
    assert [target.name for target in before.targets] == ["a", "b"]
    assert [target.name for target in fleet_of({"b": HEALTHY}, known=before, at=AT + MINUTE).targets] == ["b"]


def wordy(texts: str, resource: str = "r") -> Visit:
    """A visit that says as much as one may."""
    told = TargetCause(kind="container-image-missing", resource=resource, statement=texts, is_proved=True)
    return failing(*(told,) * 4).model_copy(update={"told": (texts,) * 4, "report": texts, "trouble": texts})


def test_document__has_a_limit_where_all_of_a_large_fleet_fails() -> None:
    """In words as long as a visit's are: it is read and written each minute, of 10,000 targets."""
    text = "x" * 240
    visits = {f"{'t' * 58}{number:05}": wordy(text, resource=text) for number in range(10_000)}
    document = fleet_of(visits, known=fleet_of(visits, depth=Depth.FULL), at=AT + MINUTE)
    assert len(json_text(document, indent=None).encode()) < MOST_BYTES / 3


def test_document__keeps_all_words_of_as_many_as_anybody_reads() -> None:
    """Of the others those that group them, and the words of a broken file, of which others would be news."""
    text = "word " * 40
    broken = Visit.not_run(text).model_copy(update={"has_broken_file": True})
    visits = {f"a{number:04}": wordy(text) for number in range(1001)} | {"b": HEALTHY, "c": broken}
    document = fleet_of(visits)
    *_, last_whole, brief, healthy, invalid = [target.visits[0] for target in document.targets]
    assert (last_whole, healthy, invalid) == (visits["a0999"], HEALTHY, broken)
    assert {len(cause.statement) for cause in brief.causes} == {len(brief.told[0])} == {55}
    assert brief.causes[0].statement.endswith("…")
    [problem] = problems_of(document)
    assert len(problem.targets) == 1001


def test_figures__are_no_data_where_nothing_is_known() -> None:
    """Never 100 %: of no target, of none with a verdict, and of all but one of thousands."""
    assert (FleetDocument().score_pct, FleetDocument().coverage_pct) == (None, None)
    blind = fleet_of({"a": Visit(state=VisitState.BLIND)})
    assert (blind.score_pct, blind.coverage_pct) == (None, 0.0)
    many = {f"t{number}": HEALTHY for number in range(3000)} | {"z": Visit.not_run("lost")}
    assert fleet_of(many).coverage_pct == 99.9


def test_worst__is_what_users_feel_first() -> None:
    """Failing before not run, before blind, before excused."""
    states = (VisitState.EXCUSED, VisitState.BLIND, VisitState.NOT_RUN, VisitState.FAILING)
    for better, worse in zip((VisitState.HEALTHY, *states), states, strict=False):
        full = fleet_of({"a": Visit(state=worse)}, depth=Depth.FULL)
        assert state_of(fleet_of({"a": Visit(state=better)}, known=full, at=AT + MINUTE)) is worse
