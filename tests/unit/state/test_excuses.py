"""What wakes nobody: a young deployment, a planned time, an acknowledged cause; and what none of them excuses."""

from datetime import datetime, timedelta

import pytest

from registry_monitor.finding import Confidence, FindingState
from registry_monitor.incident import Acknowledgement, ExcuseKind
from registry_monitor.inventory.facts import EcsServices, Inventory, Known
from registry_monitor.model import Status
from registry_monitor.run import Run
from registry_monitor.state.excuses import excuses_of, unseen_checks
from registry_monitor.target import ExpectedDown
from tests.unit.reports import samples
from tests.unit.state.days import BEGIN, DATABASE, ENDPOINT, cause, check_id, run_at

FAIL = Status.FAIL
WEAK = {"confidence": Confidence.SYMPTOM, "state": FindingState.SUSPECTED}


def deploying(run: Run, minutes: float = 2, failed_tasks: int = 0, rollout: str = "IN_PROGRESS") -> Run:
    """A run while MLflow is being deployed for so many minutes."""
    service = samples.ecs_service("mlflow", running=0, rollout=rollout)
    began_at = run.started_at - timedelta(minutes=minutes)
    update = {"created_at": began_at, "failed_tasks": failed_tasks}
    service = service.model_copy(update={"deployments": (service.deployments[0].model_copy(update=update),)})
    facts = Known[EcsServices](value=EcsServices(found=(service,), missing=()), source="ecs:DescribeServices")
    told: Inventory = run.inventory.model_copy(update={"ecs_services": facts})
    return run.model_copy(update={"inventory": told})


def expecting(run: Run, *services: str, begins: datetime = BEGIN, minutes: int = 60) -> Run:
    """A run whose target expects these services, or the whole platform, to be down."""
    window = ExpectedDown(reason="an upgrade", begins=begins, minutes=minutes, services=services)
    return run.model_copy(update={"target": run.target.model_copy(update={"expected_down": (window,)})})


def kinds(run: Run, *acknowledged: Acknowledgement) -> dict[str, ExcuseKind]:
    """Check → what excuses it."""
    return {check: excuse.kind for excuse in excuses_of(run, acknowledged) for check in excuse.checks}


@pytest.mark.parametrize("causes", [(), (cause(**WEAK),)], ids=["undiagnosed", "suspected"])
def test_young_deployment__excuses_what_is_not_proved_otherwise(causes: tuple[object, ...]) -> None:
    """Until its grace ends; the excuse says since when."""
    run = deploying(run_at(5, causes=causes, database=FAIL))  # type: ignore[arg-type]
    [excuse] = excuses_of(run)
    assert (excuse.kind, excuse.checks) == (ExcuseKind.DEPLOYING, (check_id(DATABASE),))
    assert excuse.until == BEGIN + timedelta(minutes=3, seconds=run.target.thresholds.deployment_grace_s)
    assert "mlflow is being deployed since 09:03 UTC" in excuse.reason


@pytest.mark.parametrize(
    "run",
    [
        deploying(run_at(5, database=FAIL), minutes=31),
        deploying(run_at(5, database=FAIL), failed_tasks=1),
        deploying(run_at(5, database=FAIL), rollout="COMPLETED"),
        deploying(run_at(5, database=FAIL), rollout="FAILED"),
        deploying(run_at(5, causes=(cause(),), database=FAIL)),
    ],
    ids=["after the grace", "failed tasks", "completed", "failed", "another cause is proved"],
)
def test_what_is_no_young_deployments__is_not_excused(run: Run) -> None:
    """Then it pages."""
    assert kinds(run) == {}


def test_what_an_excused_check_blocks__is_excused_with_it() -> None:
    """It is counted as not passed too."""
    run = deploying(run_at(5, database=FAIL, exists=Status.BLOCKED))
    assert len(excuses_of(run)[0].checks) == 2


def test_open_door__is_never_excused() -> None:
    """Not by a deployment, not by a plan, not by somebody's word."""
    run = deploying(expecting(run_at(5, database=FAIL)))
    results = [each.model_copy(update={"is_security_failure": each.status is FAIL}) for each in run.results]
    assert kinds(run.model_copy(update={"results": tuple(results)})) == {}


def test_planned_time__excuses_its_services_and_what_they_bring_about() -> None:
    """A cause in a service that may be down explains checks of others too."""
    reaching = cause("service-unreachable", ENDPOINT, DATABASE)
    run = run_at(5, causes=(reaching,), database=FAIL, endpoint=FAIL)
    assert set(kinds(expecting(run, "mlflow")).values()) == {ExcuseKind.EXPECTED}
    assert kinds(expecting(run, "auth")) == {}
    assert len(kinds(expecting(run))) == 2, "no service named: the whole platform"
    assert kinds(expecting(run, "mlflow", begins=BEGIN - timedelta(hours=1))) == {}, "it is over"
    assert kinds(expecting(run, "mlflow", begins=BEGIN + timedelta(minutes=6))) == {}, "it has not begun"


def known(
    kind: str = "database-not-available", resource: str = "hokusai-mlflow", minutes: float = 60
) -> Acknowledgement:
    until = BEGIN + timedelta(minutes=minutes)
    return Acknowledgement(kind=kind, resource=resource, until=until, reason="known", noted_at=BEGIN)


def test_acknowledgement__covers_its_cause_and_no_other() -> None:
    """Not another kind, not another resource, not after its end, and not a check that another cause explains too."""
    run = run_at(5, causes=(cause(),), database=FAIL)
    assert kinds(run, known()) == {check_id(DATABASE): ExcuseKind.ACKNOWLEDGED}
    assert kinds(run, known("other")) == kinds(run, known(resource="other")) == kinds(run, known(minutes=5)) == {}
    assert kinds(run_at(5, causes=(cause(), cause("new")), database=FAIL), known()) == {}


def test_acknowledged_cause__is_still_followed() -> None:
    """Its incident goes on, and its end is seen; what is planned is no incident at all."""
    run = run_at(5, causes=(cause(),), database=FAIL)
    assert unseen_checks(excuses_of(run, [known()])) == frozenset()
    assert unseen_checks(excuses_of(expecting(run))) == {check_id(DATABASE)}
