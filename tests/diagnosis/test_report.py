"""The table and scenarios.json tell the same, and leave nothing out."""

import json
from io import StringIO

from rich.console import Console

from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.figures import Judged
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.judging import Named, judge
from tests.diagnosis.report import Campaign, document, show

API_MISSING = Named("ecs-service-missing", "hokusai-api-development")


def judged(*named: Named) -> Judged:
    """The same diagnosis of a fault alone, of a pair, and of a healthy world."""
    cases = (Case(Kind.SINGLE, "ECS-01"), Case(Kind.PAIR, "ECS-01+AUT-02"), Case(Kind.HEALTHY, seed=7))
    return [(case, judge(case, named, fails=case.is_faulty)) for case in cases]


def campaign() -> Campaign:
    return Campaign(
        judged=judged(API_MISSING),
        rivals={"silence": judged()},
        false_alarms=["healthy head 007"],
        problems={"pairs ECS-02+[red]": "KeyError: 'x'"},
        unmended=["singles ECS-01"],
        not_run=[Case(Kind.SINGLE, "MLF-01"), Case(Kind.SINGLE, "MLF-02")],
    )


def test_document__has_the_figures_of_the_whole_of_each_group_and_of_the_rivals() -> None:
    """As JSON: fractions with intervals, null where nothing was judged."""
    told = json.loads(json.dumps(document(campaign())))
    assert told["count"] == 3
    assert told["top1"] == {"fraction": 1.0, "low": 0.2065, "high": 1.0, "hits": 1, "of": 1}
    assert told["exact_set_pairs"]["fraction"] == 0.0
    assert told["exact_set_triples"] == {"fraction": None, "low": None, "high": None, "hits": 0, "of": 0}
    assert told["precision"]["hits"] == 2
    assert told["false_causes_healthy"]["fraction"] == 1.0
    assert list(told["groups"]) == ["ECS", "pairs", "healthy"]
    assert told["groups"]["pairs"]["exact_set"]["of"] == 1
    assert told["rivals"]["silence"]["top1"]["fraction"] == 0.0
    assert told["falsely_named"] == {"healthy head 007": "ecs-service-missing hokusai-api-development"}
    assert told["not_run"] == ["singles MLF-01", "singles MLF-02"]


def test_show__tells_figures_and_what_went_wrong() -> None:
    """One table, and a line for each case that could not be judged as it should; names are printed as they are."""
    console = Console(file=StringIO(), width=140)
    show(campaign(), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "100 % (21–100)" in text
    assert "100.0 %  (1 of 1; 20.7 to 100.0 %)" in text
    assert "named though nothing is wrong: healthy head 007: ecs-service-missing hokusai-api-development" in text
    assert "could not be tried: pairs ECS-02+[red]: KeyError: 'x'" in text
    assert "the world did not mend: singles ECS-01" in text
    assert "cases not run: 2, from singles MLF-01 on" in text


def test_show__tells_confusions_worst_first() -> None:
    """What single faults were taken for, with an example."""
    console = Console(file=StringIO(), width=140)
    show(Campaign(judged(Named("container-exits", "x")), {}, [], {}, [], []), console)
    assert "1 × ecs-service-missing → container-exits  (singles ECS-01)" in console.file.getvalue()  # type: ignore[attr-defined]


def test_show__tells_fixes_that_did_not_help_and_those_that_were_not_tried() -> None:
    """With what still fails, and why a fix could not be applied; fixes of an earlier diagnosis are not counted."""
    told = "container-exits", "x", 4
    trials = {
        "ECS-01": FixTrial(*told, still_failing=("a.b (FAIL)",)),
        "MLF-04": FixTrial(*told, not_applicable="open"),
    }
    cases = [
        (case, judge(case, [], fails=True, fix=trials[case.scenario]))
        for case in (Case(Kind.SINGLE, name) for name in trials)
    ]
    whole = Campaign(cases, {}, [], {}, [], [], stale_fixes=["singles ECS-02"])
    console = Console(file=StringIO(), width=200)
    show(whole, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 of 4 × container-exits  (singles ECS-01)  still fails: a.b (FAIL)" in text
    assert "container-exits  (singles MLF-04)  open" in text
    assert "fixes of an earlier diagnosis, not counted: 1" in text
    told_to_machines = json.loads(json.dumps(document(whole)))
    assert told_to_machines["fix_validity"]["of"] == 1
    assert told_to_machines["useless_fixes"][0]["still_failing"] == ["a.b (FAIL)"]
    assert told_to_machines["fixes_not_applicable"][0]["case"] == "singles MLF-04"
    assert told_to_machines["groups"]["MLF"]["fixes_not_applicable"] == 1
