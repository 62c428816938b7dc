"""What is tried: all scenarios, enough of each kind, and the same each time."""

import itertools
from collections import Counter

import pytest
from botocore.session import Session

from registry_monitor.diagnosis.causes import CAUSES
from tests.diagnosis.cases import Kind, all_cases, select
from tests.diagnosis.combinations import combine
from tests.diagnosis.components import Component, component_of
from tests.sandbox import scenario as scenarios

CASES = all_cases()


def of_kind(kind: Kind) -> list[str]:
    return [case.scenario for case in CASES if case.kind is kind]


def test_cases__are_the_same_each_time_and_have_names_of_their_own() -> None:
    """A result is found again by its case's name."""
    assert all_cases() == CASES
    assert len({case.id for case in CASES}) == len(CASES)


def test_cases__have_every_scenario_with_every_variant() -> None:
    """A new scenario file is tried without being listed anywhere."""
    every = {variant for name in scenarios.names() for variant in scenarios.variants(name)} - {"healthy"}
    assert {*of_kind(Kind.SINGLE), *of_kind(Kind.QUIET)} == every | set(scenarios.unseen_names())


def test_unseen_cases__are_single_faults_in_a_row_of_their_own() -> None:
    """Each is tried once, and stands in no pair, so that they tell how the diagnosis does on what it has never met."""
    unseen = select(CASES, group=scenarios.UNSEEN)
    assert sorted(case.scenario for case in unseen) == scenarios.unseen_names()
    assert {case.kind for case in unseen} == {Kind.SINGLE, Kind.QUIET}
    assert not [case.id for case in CASES if scenarios.UNSEEN in case.scenario and case not in unseen]


def test_cases__are_as_many_as_figures_need() -> None:
    """100 pairs and the one that is named, 20 triples; 200 healthy worlds; a third of the faults in light runs."""
    counts = Counter(case.kind for case in CASES)
    assert (counts[Kind.PAIR], counts[Kind.TRIPLE], counts[Kind.HEALTHY]) == (101, 20, 200)
    catalogued = [case for case in CASES if case.kind is Kind.SINGLE and case.group != scenarios.UNSEEN]
    assert counts[Kind.LIGHT] >= len(catalogued) // 3
    assert counts[Kind.DENIED] >= 30


def test_injected_causes__are_kinds_that_the_diagnosis_knows() -> None:
    """A scenario with a kind of its own could never be found."""
    assert {cause.kind for case in CASES for cause in (*case.causes, *case.equally)} <= CAUSES.keys()


def test_combinations__are_of_different_components_and_platforms_that_agree() -> None:
    """Two faults of one thing would be one, and two platforms cannot be run at once."""
    for name in (*of_kind(Kind.PAIR), *of_kind(Kind.TRIPLE)):
        loaded = scenarios.load(name)
        components = [{component_of(cause.kind, cause.resource) for cause in each.CAUSES} for each in loaded]
        assert not any(one & other for one, other in itertools.combinations(components, 2)), name
        assert scenarios.platform_of(loaded, None)


def test_combinations__are_spread_over_the_faults() -> None:
    """No fault of the platform is in so many pairs that it decides the figure, and few are in none."""
    members = Counter(member for name in of_kind(Kind.PAIR) for member in name.split("+"))
    singles = [case for case in CASES if case.kind is Kind.SINGLE and case.platform == "head"]
    singles = [case for case in singles if case.group != scenarios.UNSEEN]
    heads = {case.scenario for case in singles if not any(cause.kind.startswith("monitor-") for cause in case.causes)}
    assert max(members.values()) <= max(3, 4 * 200 // len(heads))
    assert len(members) > 0.8 * len(heads)


def test_combine__gives_what_there_is_where_more_is_asked() -> None:
    """Two faults make one pair, one fault none."""
    assert combine(["ECS-01", "NET-01"], size=2, count=5) == ["ECS-01+NET-01"]
    assert combine(["ECS-01"], size=2, count=5) == []
    assert combine(["ECS-01", "ECS-02"], size=2, count=5) == []  # both are of the API's service


def test_denied_operations__are_aws_own() -> None:
    """A misspelt operation would take no evidence away."""
    for operation in {case.denied for case in CASES if case.denied}:
        service, _, name = operation.partition(":")
        assert name in Session().get_service_model(service).operation_names


@pytest.mark.parametrize(
    ("kind", "resource", "component"),
    [
        ("container-exits", "hokusai-api-development", Component("service", "api")),
        ("container-variable-wrong", "hokusai-auth-development AUTH_FAIL_OPEN", Component("service", "auth")),
        ("container-image-missing", "hokusai-mlflow:2026-07-01", Component("service", "mlflow")),
        ("container-image-missing", "hokusai-api@sha256:4f1d", Component("service", "api")),
        ("listener-rule-missing", "auth-api:443 /api/v1/*", Component("load balancer", "auth-api")),
        ("certificate-expired", "auth-api:443", Component("load balancer", "auth-api")),
        ("redis-not-available", "hokusai-redis", Component("aws_elasticache_replication_group", "hokusai-redis")),
        ("monitor-key-revoked", "registry-monitor/x admin", Component("monitor", "")),
        ("target-group-empty", "hokusai-reg-api-development", Component("service", "api")),
    ],
)
def test_component__is_what_somebody_owns(kind: str, resource: str, component: Component) -> None:
    """Parts belong to their service or load balancer, also where both have the same name."""
    assert component_of(kind, resource) == component


def test_select__narrows_by_scenario_group_and_number() -> None:
    """As --only, --group and --limit have it; case does not matter."""
    assert {case.scenario.partition("@")[0] for case in select(CASES, only="ecs-01", group="singles")} == {"ECS-01"}
    assert {case.group for case in select(CASES, group="ECS")} == {"ECS"}
    assert [case.kind for case in select(CASES, group="pairs", limit=3)] == [Kind.PAIR] * 3
    assert select(CASES, only="no-such-scenario") == ()
