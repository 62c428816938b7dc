"""Shares, their intervals, groups and confusions."""

import pytest

from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.figures import (
    Share,
    by_group,
    confusions,
    fixes_not_applicable,
    headline,
    overall,
    useless_fixes,
)
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.judging import Judgement, Named, judge

API_MISSING = Named("ecs-service-missing", "hokusai-api-development")
REDIS_DOWN = Named("redis-not-available", "hokusai-redis-development")


def judged(kind: Kind, scenario: str, *named: Named) -> tuple[Case, Judgement]:
    case = Case(kind, scenario)
    return case, judge(case, named, fails=case.is_faulty)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (15, 20, 0.5313, 0.8881), (50, 100, 0.4038, 0.5962)],
)
def test_interval__is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    """The published values of Wilson's interval at 95 %."""
    interval = Share(hits, of).interval
    assert interval == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_share__of_nothing_is_no_data() -> None:
    """Nothing judged is neither 0 nor 100 %, and null answers are not counted."""
    assert (Share(0, 0).fraction, Share(0, 0).interval) == (None, None)
    assert Share.of_all([True, None, False, True]) == Share(2, 3)


def test_headline__takes_each_figure_from_the_cases_that_can_tell() -> None:
    """Top-1 is of faults alone, the exact set of pairs, false causes of worlds with nothing wrong."""
    figures = headline(
        [
            judged(Kind.SINGLE, "ECS-01", API_MISSING),
            judged(Kind.LIGHT, "ECS-01"),
            judged(Kind.PAIR, "ECS-01+AUT-02", API_MISSING, REDIS_DOWN),
            judged(Kind.HEALTHY, "healthy", REDIS_DOWN),
            judged(Kind.QUIET, "quiet-deployment"),
        ]
    )
    assert figures["top1"] == Share(1, 2)
    assert figures["exact_set_pairs"] == Share(1, 1)
    assert figures["exact_set_triples"] == Share(0, 0)
    assert figures["precision"] == Share(3, 4)
    assert figures["wrong_blame"] == Share(0, 3)
    assert figures["false_causes_healthy"] == Share(1, 2)


def test_groups__are_the_beginnings_of_single_faults_and_the_kinds_of_all_others() -> None:
    """ECS-01 alone counts for ECS, in a pair for the pairs."""
    groups = by_group([judged(Kind.SINGLE, "ECS-01", API_MISSING), judged(Kind.PAIR, "ECS-01+AUT-02", API_MISSING)])
    assert list(groups) == ["ECS", "pairs"]
    assert groups["ECS"].top1 == Share(1, 1)
    assert groups["pairs"].exact_set == Share(0, 1)


def test_confusions__are_told_worst_first_with_their_cases() -> None:
    """What is taken for what, how often; the resource only where the kind was right; hits are none."""
    other_service = Named("ecs-service-missing", "hokusai-auth-development")
    found = confusions(
        [
            judged(Kind.SINGLE, "ECS-01", other_service),
            judged(Kind.SINGLE, "AUT-02", API_MISSING),
            judged(Kind.LIGHT, "AUT-02", API_MISSING),
            judged(Kind.SINGLE, "MLF-01"),
            judged(Kind.SINGLE, "ECS-01", API_MISSING),
        ]
    )
    assert [(each.expected, each.named, len(each.cases)) for each in found] == [
        ("redis-not-available", "ecs-service-missing", 2),
        ("database-not-available", None, 1),
        ("ecs-service-missing hokusai-api-development", "ecs-service-missing hokusai-auth-development", 1),
    ]
    assert found[0].cases == ("singles AUT-02", "light AUT-02")


def with_fix(scenario: str, **came_of_it: object) -> tuple[Case, Judgement]:
    case = Case(Kind.SINGLE, scenario)
    fix = FixTrial("ecs-service-missing", "hokusai-api-development", 4, **came_of_it)  # type: ignore[arg-type]
    return case, judge(case, [API_MISSING], fails=True, fix=fix)


HELPED = with_fix("ECS-01")
REFUSED = with_fix("ECS-02@api", refused="there is no such service")
IN_PART = with_fix("ECS-02@auth", still_failing=("services.api (FAIL)",))
OPEN = with_fix("MLF-04", not_applicable="it asks for a secret's content")


def test_fix_validity__is_of_the_fixes_that_could_be_applied() -> None:
    """A fix that leaves something open is neither valid nor wrong: it is counted apart."""
    judged_fixes = [HELPED, REFUSED, IN_PART, OPEN, judged(Kind.PAIR, "ECS-01+AUT-02", API_MISSING)]
    assert headline(judged_fixes)["fix_validity"] == Share(1, 3)
    assert overall(judged_fixes).fixes_not_applicable == 1
    assert by_group(judged_fixes)["MLF"].fix_validity == Share(0, 0)


def test_useless_fixes__are_told_worst_first() -> None:
    """A refused fix mends nothing; of the others, those after which more still fails come first."""
    assert [case.scenario for case, _ in useless_fixes([IN_PART, HELPED, OPEN, REFUSED])] == [
        "ECS-02@api",
        "ECS-02@auth",
    ]
    assert [case.scenario for case, _ in fixes_not_applicable([IN_PART, OPEN])] == ["MLF-04"]
