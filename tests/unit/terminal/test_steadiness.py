"""Which services a gate waits for: those that are still at it, and no others."""

import pytest

from registry_monitor.inventory.facts import Deployment, EcsService
from registry_monitor.terminal.steadiness import under_way
from tests.unit.reports import samples


def service(rollout: str = "COMPLETED", running: int = 1, older: int = 0, **update: object) -> EcsService:
    made = samples.ecs_service("api", running, rollout)
    old: list[Deployment] = [each.model_copy(update={"status": "ACTIVE"}) for each in made.deployments] * older
    return made.model_copy(update={"deployments": (*made.deployments, *old)} | update)


@pytest.mark.parametrize(
    "steady",
    [
        service(),
        service(desired=0, running=0),
        service("FAILED", running=0),
        service("IN_PROGRESS", running=0, status="INACTIVE"),
        service(deployments=()),
    ],
    ids=["all run", "none wanted", "given up by ECS", "deleted", "deployed by others"],
)
def test_service__that_has_come_to_rest_is_not_waited_for(steady: EcsService) -> None:
    """Well or not: the run judges that."""
    assert under_way(steady) is None


@pytest.mark.parametrize(
    ("restless", "told"),
    [
        (service("IN_PROGRESS"), "is IN_PROGRESS: 1 of 1 tasks run, 0 pending"),
        (service(running=0), "is COMPLETED: 0 of 1 tasks run, 0 pending"),
        (service(pending=1), "is COMPLETED: 1 of 1 tasks run, 1 pending"),
        (service(older=1), "is COMPLETED: 1 of 1 tasks run, 0 pending, 1 older deployments not ended"),
    ],
)
def test_service__that_is_still_at_it_says_at_what(restless: EcsService, told: str) -> None:
    """The old tasks may still answer."""
    assert under_way(restless) == f"The deployment of hokusai-api-development {told}"
