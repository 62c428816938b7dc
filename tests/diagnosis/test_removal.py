"""What a rule is worth: told when it is needed, and loudly when it is not."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console

from registry_monitor.diagnosis import diagnose
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import RULES, Rule, services, stores
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.judging import Judgement, judge, named_by
from tests.diagnosis.removal import ENOUGH, Break, Removal, name_of
from tests.diagnosis.soundness import Soundness
from tests.unit.diagnosis import platform

API_MISSING = Case(Kind.SINGLE, "ECS-01")
URL = "https://registry.hokus.ai/api/health/mlflow"
ABSENT = platform.run_of(
    platform.inventory(
        services=[platform.service("auth"), platform.service("mlflow")], missing=(platform.name_of("api"),)
    ),
    platform.failed("services.api.reachable", "api", URL, status=503, written_by="load balancer"),
)


def sees_the_same(evidence: Evidence) -> Iterator[Suspect]:
    """A superfluous rule: it finds what another finds as well."""
    yield from services.absent(evidence)


def sees_ghosts(evidence: Evidence) -> Iterator[Suspect]:
    """A harmful rule: without it the diagnosis is better."""
    yield Suspect(kind="redis-missing", resource="x", statement="", breaks=frozenset({"redis"}), proofs=())


def looked_at(case: Case, run: Run, rules: tuple[Rule, ...], times: int = 1) -> Removal:
    """The removal of each of these rules, tried on one run, or on the same one several times."""
    removal = Removal(rules)
    for _ in range(times):
        removal.look(case, run, judged(case, run, rules))
    return removal


def judged(case: Case, run: Run, rules: tuple[Rule, ...]) -> Judgement:
    return judge(case, named_by(run.diagnosed(diagnose(run, rules))), fails=bool(run.symptoms))


def test_rule_without_which_the_cause_is_not_named__breaks_that_case() -> None:
    """Of all rules the one that sees the absent service alone, with what is named in its place."""
    removal = looked_at(API_MISSING, ABSENT, RULES)
    assert {rule: breaks for rule, breaks in removal.breaks.items() if breaks} == {
        "services.absent": [Break("singles ECS-01", ("top1",), None)]
    }
    assert "services.absent" not in removal.superfluous
    assert len(removal.superfluous) == len(RULES) - 1


def test_superfluous_rule__is_noticed_and_so_is_the_one_that_it_doubles() -> None:
    """Either of two rules that see the same can go."""
    rules = (services.absent, sees_the_same)
    assert looked_at(API_MISSING, ABSENT, rules).superfluous == ["services.absent", "test_removal.sees_the_same"]
    assert looked_at(API_MISSING, ABSENT, rules[:1]).superfluous == []


def test_harmful_rule__is_not_taken_for_one_that_is_needed() -> None:
    """Without it a healthy world is judged better, not worse."""
    healthy = platform.run_of(platform.inventory())
    removal = looked_at(Case(Kind.HEALTHY, seed=7), healthy, (services.absent, sees_ghosts))
    assert removal.superfluous == ["services.absent", "test_removal.sees_ghosts"]


def test_rule_that_has_enough_breaks__is_left_alone() -> None:
    """More of them would prove no more."""
    removal = looked_at(API_MISSING, ABSENT, (services.absent,), times=ENOUGH + 2)
    assert len(removal.breaks["services.absent"]) == ENOUGH


def test_pair_of_which_one_is_not_seen_any_more__is_a_break_too() -> None:
    """The first cause is right still; the set of them is not exact."""
    both = ABSENT.inventory.model_copy(update={"caches": {"hokusai-redis-development": platform.known(None)}})
    run = platform.run_of(both, *ABSENT.results)
    case = Case(Kind.PAIR, "ECS-01+AUT-02@deleted")
    removal = looked_at(case, run, (services.absent, stores.redis))
    assert [each.worse for each in removal.breaks["stores.redis"]] == [("exact_set",)]
    assert [each.worse for each in removal.breaks["services.absent"]] == [("top1", "exact_set")]


def test_names_of_rules__are_all_different() -> None:
    """By them the table and scenarios.json tell them apart."""
    assert name_of(services.absent) == "services.absent"
    assert len({name_of(rule) for rule in RULES}) == len(RULES)


def test_soundness__tells_both_proofs_to_people_and_to_machines() -> None:
    """An example for a rule that is needed, a line for each that is not, and each verdict that became another."""
    soundness = Soundness(Removal((services.absent, sees_ghosts)))
    run = ABSENT.diagnosed(diagnose(ABSENT))
    soundness.look(API_MISSING, run, judged(API_MISSING, run, (services.absent,)))
    soundness.permuted_differently["quiet [x]"] = "nothing became something"
    told = soundness.document()
    assert told["rules"]["services.absent"]["breaks"] == 1
    assert told["rules"]["services.absent"]["example"]["case"] == "singles ECS-01"
    assert told["superfluous_rules"] == ["test_removal.sees_ghosts"]
    assert told["permuted"] == 1
    assert told["permuted_differently"] == {"count": 1, "cases": {"quiet [x]": "nothing became something"}}
    console = Console(file=StringIO(), width=140)
    soundness.show(console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "singles ECS-01 (top1" in text
    assert "nothing is judged worse without this rule: test_removal.sees_ghosts" in text
    assert "another verdict under other names: quiet [x]: nothing became something" in text
