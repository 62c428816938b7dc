"""Waits until ECS has done what a deployment asked of it, so that the new tasks are judged and not the old ones."""

import time
from collections.abc import Callable

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.ecs import DESCRIBE_SERVICES, read_services
from registry_monitor.inventory.facts import EcsService
from registry_monitor.inventory.platform_account import clients_of, denial_of_role
from registry_monitor.model import CannotTellError
from registry_monitor.reports.gate import Steadiness
from registry_monitor.target import Target

ASK_AGAIN_S = 15.0  # as the AWS CLI's `ecs wait services-stable` does


def wait_until_steady(
    target: Target, wait_s: float, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Steadiness:
    """How the target's services stand, at the latest after ``wait_s`` seconds; at once where none is under way.

    ``say``: is told what is waited for. What ECS has given up, has not, or must not run is not waited for: the run
    itself judges that. Where the platform's role is denied to these credentials, nothing is waited for, and that is
    told: the function, which has the role, makes the run all the same.
    """
    if denial := denial_of_role(target):
        say(f"Not waited for ECS: {denial}")
        return Steadiness({})
    names = [service.name for service in target.services]
    give_up = time.monotonic() + wait_s
    while True:
        try:
            with asking(DESCRIBE_SERVICES):
                services = read_services(clients_of(target)("ecs", target.region), target.cluster, names)
        except CannotTellError as error:
            return Steadiness({}, str(error))
        restless = {each.name: told for each in services.found if (told := under_way(each))}
        if not restless or time.monotonic() + ASK_AGAIN_S > give_up:
            return Steadiness({name: f"{told}, after {wait_s:.0f} s of waiting" for name, told in restless.items()})
        say(f"Waiting for ECS: {'; '.join(restless.values())}")
        sleep(ASK_AGAIN_S)


def under_way(service: EcsService) -> str | None:
    """What a service is still at, in a sentence; null where it has come to rest, well or not.

    As `ecs wait services-stable` has it: one deployment, and all its tasks run. ECS Developer Guide, deployment circuit
    breaker: a FAILED deployment starts no more tasks.
    """
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    if service.status != "ACTIVE" or primary is None or primary.rollout_state == "FAILED":
        return None
    is_steady = len(service.deployments) == 1 and service.running == service.desired and not service.pending
    if is_steady and primary.rollout_state in (None, "COMPLETED"):
        return None
    others = f", {len(service.deployments) - 1} older deployments not ended" if len(service.deployments) > 1 else ""
    return (
        f"The deployment of {service.name} is {primary.rollout_state or 'under way'}: "
        f"{service.running} of {service.desired} tasks run, {service.pending} pending{others}"
    )
