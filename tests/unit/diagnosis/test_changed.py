"""What changed since the last good run stands beside the cause, and counts as a sign."""

from registry_monitor.diagnosis import diagnose
from registry_monitor.finding import Confidence, FindingState
from registry_monitor.inventory.baseline import Baseline
from registry_monitor.inventory.changes import changes
from registry_monitor.inventory.facts import EcsServices, Inventory
from registry_monitor.model import Result, Verdict
from registry_monitor.run import Run
from tests.unit.diagnosis.platform import (
    AT,
    definition,
    failed,
    inventory,
    known,
    name_of,
    run_of,
    service,
    variable,
)

HEALTH = "https://registry.hokus.ai/health"
CHECK = "services.api.reachable"


def compared(facts: Inventory, *results: Result, before: Inventory | None = None) -> Run:
    found = changes(before or inventory(), facts)
    baseline = Baseline(run_id="earlier", started_at=AT, verdict=Verdict.HEALTHY, changes=found)
    return run_of(facts, *results).model_copy(update={"baseline": known(baseline)})


def test_change_of_the_object__is_told_with_its_cause_and_no_other_is() -> None:
    """On-call sees at once when it went, and is not told of what has nothing to do with it."""
    left = EcsServices(found=(service("auth", desired=2), service("mlflow")), missing=(name_of("api"),))
    facts = inventory(ecs_services=known(left), target_health={})
    run = compared(facts, failed(CHECK, "api", HEALTH, status=503, written_by="load balancer"))
    assert len(run.changes) == 2
    (cause,) = (each for each in diagnose(run).findings if each.kind == "ecs-service-missing")
    assert cause.changed == (f"service {name_of('api')}: is gone",)


def with_variables(**environment: str) -> Inventory:
    """The API runs a third revision with these variables; of the second, AWS does not tell any more."""
    newest = definition("api", 3, environment={name: variable(value) for name, value in environment.items()})
    return inventory(
        services=(service("auth"), service("api", task_definition=newest.arn), service("mlflow")),
        task_definitions={**inventory().task_definitions, newest.arn: known(newest)},
    )


def test_unknown_cause__is_told_with_what_changed_on_its_service() -> None:
    """The right component, "not proved", and the change that may have done it."""
    answered = failed(CHECK, "api", HEALTH, status=500, written_by="application")
    run = compared(with_variables(MODE="strict"), answered)
    (cause,) = diagnose(run).findings
    assert (cause.kind, cause.confidence) == ("service-unreachable", Confidence.SYMPTOM)
    assert cause.changed == (
        f"task definition of {name_of('api')}: variable MODE of container api: was absent, is strict",
    )


def test_without_a_baseline__nothing_is_told_as_changed() -> None:
    """The same run, compared with nothing."""
    answered = failed(CHECK, "api", HEALTH, status=500, written_by="application")
    (cause,) = diagnose(run_of(with_variables(MODE="strict"), answered)).findings
    assert (cause.state, cause.changed) == (FindingState.SUSPECTED, ())
