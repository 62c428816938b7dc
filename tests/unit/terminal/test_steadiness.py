"""Which services a gate waits for: those that are still at it, and no others; and what it does where it may not see."""

import pytest

from registry_monitor.inventory import platform_account
from registry_monitor.inventory.aws_errors import RoleNotAssumedError
from registry_monitor.inventory.facts import Deployment, EcsService
from registry_monitor.inventory.platform_account import ASSUME_ROLE
from registry_monitor.reports.gate import Steadiness
from registry_monitor.target import Account, Target, load_target
from registry_monitor.terminal.steadiness import under_way, wait_until_steady
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


def test_role_that_is_denied__is_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline's credentials are not the function's, which judges the platform by the role all the same."""
    target = _elsewhere(monkeypatch, f"the platform's role r could not be assumed ({ASSUME_ROLE}: AccessDenied): x")
    said: list[str] = []
    assert wait_until_steady(target, 60, said.append) == Steadiness({})
    assert said[0].startswith("Not waited for ECS: the platform's role r could not be assumed")


def test_sts_out_of_reach__is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says that the role is denied: the gate cannot answer."""
    target = _elsewhere(monkeypatch, f"the platform's role r could not be assumed: {ASSUME_ROLE} could not be reached")
    said: list[str] = []
    unknown = wait_until_steady(target, 60, said.append).unknown_because
    assert unknown is not None and "could not be reached" in unknown
    assert said == []


def _elsewhere(monkeypatch: pytest.MonkeyPatch, problem: str) -> Target:
    """A target of another account, whose role is not to be had."""

    def refused(*_: object) -> None:
        raise RoleNotAssumedError(reason=problem)

    monkeypatch.setattr(platform_account, "_client_by_role", refused)
    account = Account(role_arn="arn:aws:iam::222222222222:role/r", external_id="fake-id")
    return load_target("hokusai-development").model_copy(update={"account": account})
