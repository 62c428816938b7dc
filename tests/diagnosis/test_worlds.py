"""How cases are made on a sandbox: noise that does no harm and goes away, history forgotten, evidence denied."""

import random
from contextlib import ExitStack
from itertools import chain

import pytest

from registry_monitor.inventory.facts import Known, Unknown
from registry_monitor.model import Verdict
from tests.diagnosis.cases import HEALTHY_WORLDS, Case, Kind
from tests.diagnosis.history import forget_history
from tests.diagnosis.noise import EDITS, Edit, edits_of, noisy
from tests.diagnosis.rivals import every_broken_object, seeds, status_code
from tests.diagnosis.station import ask_monitor
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.unit.sandbox.breaking import assert_healthy
from tests.unit.sandbox.visitor import newest_events, stopped_tasks
from tests.unit.sandbox.world_state import state_of


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__.strip("_"))
def test_noise__is_taken_away_again(sandbox: Sandbox, edit: Edit) -> None:
    """Each harmless thing can be put into the world, and leaves it as it was."""
    before = state_of(sandbox.world)
    undo = edit(sandbox.world, random.Random(1))
    sandbox.settle()
    undo()
    sandbox.settle()
    assert state_of(sandbox.world) == before
    forget_history(sandbox)
    assert_healthy(sandbox)


def test_noise__does_no_harm_even_all_at_once(sandbox: Sandbox) -> None:
    """The monitor says HEALTHY while all of it lies about: whoever names a cause there is wrong."""
    with ExitStack() as undone:
        for edit in EDITS:
            undone.callback(edit(sandbox.world, random.Random(2)))
        sandbox.settle()
        run = ask_monitor(sandbox, Case(Kind.HEALTHY))
    sandbox.settle()
    forget_history(sandbox)
    assert run.verdict is Verdict.HEALTHY, [symptom.statement for symptom in run.symptoms]


def test_noise__is_the_same_for_the_same_seed_and_all_of_it_is_used() -> None:
    """A world is found again by its number, and no edit waits for a number that never comes."""
    assert edits_of(7) == edits_of(7)
    assert set(chain.from_iterable(edits_of(seed) for seed in range(HEALTHY_WORLDS))) == set(EDITS)


def test_noisy__makes_the_edits_of_its_seed(sandbox: Sandbox) -> None:
    """A world with noise differs from one without, and does not afterwards."""
    before = state_of(sandbox.world)
    seed = next(seed for seed in range(99) if "_spare_secret" in {edit.__name__ for edit in edits_of(seed)})
    with noisy(sandbox.world, seed):
        assert state_of(sandbox.world)["secrets"] != before["secrets"]
    sandbox.settle()
    forget_history(sandbox)
    assert state_of(sandbox.world) == before


def test_history__of_a_mended_fault_is_forgotten(sandbox: Sandbox) -> None:
    """After ECS-05 AWS would tell of failed tasks for an hour; the next case must not find them."""
    with broken(sandbox, "ECS-05"):
        assert stopped_tasks(sandbox, "mlflow")
    forget_history(sandbox)
    assert stopped_tasks(sandbox, "mlflow") == []
    assert newest_events(sandbox, "mlflow", 5) == ["has reached a steady state."]
    assert_healthy(sandbox)


def test_denial__takes_one_fact_away_and_no_other(sandbox: Sandbox) -> None:
    """The monitor reads AWS's refusal, and goes on with everything else."""
    run = ask_monitor(sandbox, Case(Kind.DENIED, denied="elbv2:DescribeRules"))
    assert all(isinstance(fact, Unknown) and "AccessDenied" in fact.reason for fact in run.inventory.listeners.values())
    assert isinstance(run.inventory.ecs_services, Known)
    again = ask_monitor(sandbox, Case(Kind.HEALTHY))
    assert all(isinstance(fact, Known) for fact in again.inventory.listeners.values())


def test_rivals__name_what_their_idea_allows(sandbox: Sandbox) -> None:
    """Of a service scaled to zero one sees a 503, one the service and its empty group, one what it always sees."""
    with broken(sandbox, "ECS-04@api"):
        run = ask_monitor(sandbox, Case(Kind.SINGLE, "ECS-04@api"))
    assert ("ecs-service-missing", "hokusai-api-development") in {named.key for named in status_code(run)}
    assert [named.key for named in every_broken_object(run)] == [
        ("ecs-desired-count-zero", "hokusai-api-development"),
        ("target-group-empty", "hokusai-reg-api-development"),
    ]
    assert [named.kind for named in seeds(run)] == ["container-port-mismatch", "listener-rule-missing"]
