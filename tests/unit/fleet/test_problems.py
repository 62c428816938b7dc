"""One cause behind many targets is one problem, and one page."""

from datetime import timedelta

import pytest

from registry_monitor.fleet.document import FleetDocument
from registry_monitor.fleet.problems import (
    PAGE_AFTER_RUNS,
    critical_failing,
    paging,
    problems_of,
    unwatched_critical,
)
from registry_monitor.fleet.visits import Visit, VisitState
from registry_monitor.model import Depth
from tests.unit.fleet.fleets import AT, HEALTHY, cause, failing, fleet_of

IMAGE = cause("container-image-missing", "registry/mlflow:7")


def names(count: int, prefix: str = "t") -> list[str]:
    return [f"{prefix}{number:03}" for number in range(count)]


def test_same_resource__is_one_problem_of_two_targets() -> None:
    """A shared image."""
    document = fleet_of({"a": failing(IMAGE), "b": failing(IMAGE), "c": HEALTHY})
    [problem] = problems_of(document)
    assert (problem.kind, problem.resource, problem.targets) == (IMAGE.kind, IMAGE.resource, ("a", "b"))
    assert problem.is_shared


@pytest.mark.parametrize(("failing_targets", "problems"), [(4, 4), (5, 1)])
def test_same_kind__is_one_problem_where_many_have_it_at_once(failing_targets: int, problems: int) -> None:
    """Each on a resource of its own: five in a small fleet."""
    document = fleet_of({name: failing(cause(resource=name)) for name in names(failing_targets)} | {"z": HEALTHY})
    assert len(problems_of(document)) == problems


def test_same_kind__is_many_by_the_size_of_the_fleet() -> None:
    """A twentieth: of thousands of targets, five always have something alike."""
    broken = {name: failing(cause(resource=name)) for name in names(9)}
    healthy = dict.fromkeys(names(191, "h"), HEALTHY)
    assert len(problems_of(fleet_of(broken | healthy))) == 9
    assert len(problems_of(fleet_of(broken | {"x": failing(cause(resource="x"))} | healthy))) == 1


def test_limit_of_an_account__is_one_problem_of_two() -> None:
    """It is the same limit, whatever service has met it."""
    of_an_account = {name: failing(cause("fargate-quota-reached", name)) for name in ("a", "b")}
    [problem] = problems_of(fleet_of(of_an_account))
    assert (problem.resource, problem.targets) == (None, ("a", "b"))


def test_target_with_several_causes__stands_with_the_one_that_most_share() -> None:
    """Each target is in one problem."""
    own = cause("secret-missing", "own")
    document = fleet_of({"a": failing(own, IMAGE), "b": failing(IMAGE), "c": failing(own), "d": failing(IMAGE)})
    assert [(problem.kind, problem.targets) for problem in problems_of(document)] == [
        (IMAGE.kind, ("a", "b", "d")),
        (own.kind, ("c",)),
    ]


def test_suspected_cause__does_not_join_what_is_proved() -> None:
    """Many are suspected of the same, since any fault looks so from afar."""
    suspected = cause("service-unreachable", "api", is_proved=False)
    visits = {"a": failing(cause(resource="a"), suspected), "b": failing(suspected), "c": failing(suspected)}
    assert [problem.targets for problem in problems_of(fleet_of(visits))] == [("b", "c"), ("a",)]


def test_full_visits_causes__count_while_light_runs_only_suspect() -> None:
    """It sees more, and stands."""
    full = fleet_of({"a": failing(IMAGE)}, depth=Depth.FULL)
    document = fleet_of({"a": failing(cause("service-unreachable", "x", is_proved=False))}, known=full)
    assert [problem.kind for problem in problems_of(document)] == [IMAGE.kind]


def test_targets_without_a_cause__are_problems_by_themselves() -> None:
    """Nothing says that theirs is the same; what was seen is told."""
    problems = problems_of(fleet_of({"a": failing(), "b": failing()}))
    assert [(problem.kind, problem.targets) for problem in problems] == [(None, ("a",)), (None, ("b",))]
    assert problems[0].statement == "GET /x answered 502."
    assert not problems[0].is_shared


def test_page__comes_after_three_light_runs_and_once_for_all() -> None:
    """At one of thousands of targets, a moment's trouble is always somewhere."""
    visits = {name: failing(IMAGE) for name in names(50)}
    for runs, pages in ((PAGE_AFTER_RUNS - 1, 0), (PAGE_AFTER_RUNS, 1), (20, 1)):
        document = fleet_of(visits, runs=runs)
        assert paging(document, problems_of(document)) == pages


def full_then_light(visit: Visit, fulls: int, critical: tuple[str, ...] = ()) -> FleetDocument:
    """So many full runs with this result, and after each a light run in each minute, all of which pass."""
    document = FleetDocument(fleet="test")
    for number in range(fulls):
        began = AT + timedelta(minutes=15 * number)
        document = fleet_of({"a": visit}, known=document, critical=critical, depth=Depth.FULL, at=began)
        began += timedelta(minutes=1)
        document = fleet_of({"a": HEALTHY}, known=document, critical=critical, runs=14, at=began)
    return document


@pytest.mark.parametrize(("fulls", "pages"), [(1, 0), (2, 1)])
def test_full_run_that_fails_alone__pages_when_the_next_one_does(fulls: int, pages: int) -> None:
    """Light runs that pass meanwhile are no light runs that hurt."""
    document = full_then_light(failing(IMAGE), fulls)
    [problem] = problems_of(document)
    assert problem.hurts
    assert paging(document, [problem]) == pages
    assert critical_failing(full_then_light(failing(IMAGE), fulls, critical=("a",))) == pages


def test_page__comes_not_for_what_users_do_not_feel() -> None:
    """That is the team's, by a ticket."""
    document = fleet_of({"a": failing(IMAGE, hurts=False)}, runs=9)
    [problem] = problems_of(document)
    assert (problem.hurts, paging(document, [problem])) == (False, 0)


def test_critical_target__counts_at_the_first_light_run_that_hurts() -> None:
    """As the stack's own target pages; no other target does, and no sick service that nobody feels."""
    visits = {"a": failing(IMAGE), "b": failing(IMAGE), "c": failing(IMAGE, hurts=False)}
    hurt = fleet_of(visits, critical=("a", "c"))
    assert critical_failing(hurt) == 1
    assert critical_failing(fleet_of(dict.fromkeys(visits, HEALTHY), known=hurt, critical=("a", "c"))) == 1
    later = AT + timedelta(minutes=1)
    assert critical_failing(fleet_of(dict.fromkeys(visits, HEALTHY), known=hurt, critical=("a", "c"), at=later)) == 0


def test_critical_target__pages_by_a_figure_of_its_own() -> None:
    """The fleet does not page a second time for it, but for others with the same cause."""
    alone = fleet_of({"a": failing(IMAGE)}, runs=9, critical=("a",))
    assert paging(alone, problems_of(alone)) == 0
    both = fleet_of({"a": failing(IMAGE), "b": failing(IMAGE)}, runs=9, critical=("a",))
    assert paging(both, problems_of(both)) == 1


@pytest.mark.parametrize("visit", [Visit.not_run("lost"), Visit(state=VisitState.BLIND)], ids=["not run", "blind"])
def test_critical_target_that_nobody_watches__pages_through_the_fleet(visit: Visit) -> None:
    """Nothing says whether it hurts then."""
    for runs, is_told in ((PAGE_AFTER_RUNS - 1, False), (PAGE_AFTER_RUNS, True)):
        document = fleet_of({"a": visit, "b": visit}, runs=runs, critical=("a",))
        assert [target.name for target in unwatched_critical(document)] == (["a"] if is_told else [])
        assert paging(document, problems_of(document)) == int(is_told)


def test_critical_target_that_light_runs_watch__is_watched_whatever_the_full_one_says() -> None:
    """A full run that was given up stands for a quarter of an hour, in which each minute sees the target."""
    document = full_then_light(Visit.not_run("given up"), fulls=2, critical=("a",))
    assert [target.state for target in document.targets] == [VisitState.NOT_RUN]
    assert (unwatched_critical(document), paging(document, problems_of(document))) == ((), 0)


def test_critical_target_that_full_runs_alone_see__is_not_watched() -> None:
    """A failure that the full run saw does not hide that no light run gives a verdict."""
    full = fleet_of({"a": failing(IMAGE, hurts=False)}, critical=("a",), depth=Depth.FULL)
    later = AT + timedelta(minutes=1)
    silent = fleet_of({"a": Visit.not_run("lost")}, known=full, critical=("a",), runs=3, at=later)
    assert [target.state for target in silent.targets] == [VisitState.FAILING]
    assert [target.name for target in unwatched_critical(silent)] == ["a"]


def test_problems__that_hurt_stand_first_and_the_largest_of_them() -> None:
    """The order in which to act."""
    felt, unfelt = cause("secret-missing", "one"), cause("secret-missing", "other")
    visits = {"a": failing(unfelt, hurts=False), "b": failing(unfelt, hurts=False), "c": failing(felt)}
    visits |= {name: failing(IMAGE) for name in names(3)}
    assert [len(problem.targets) for problem in problems_of(fleet_of(visits))] == [3, 1, 2]
