"""An ECS deployment that has ended, as EventBridge tells of it: what starts a full run apart from the schedules.

The event names its cluster nowhere but in the ARN of the service (Amazon ECS developer guide, "Service deployment state
change events").
"""

from datetime import datetime

from pydantic import AwareDatetime, Field, ValidationError

from registry_monitor.model import Document
from registry_monitor.target import Target

DETAIL_TYPE = "ECS Deployment State Change"


class Deployment(Document, extra="ignore"):
    """The event, as far as it matters. ``ended_at`` is null where an event made by hand does not say when."""

    services: tuple[str, ...] = Field((), alias="resources")  # ARNs
    ended_at: AwareDatetime | None = Field(None, alias="time")


def deployment_of(event: object) -> Deployment | None:
    """The deployment that an event tells of; None where it is another event, or one that says nothing of use."""
    if not isinstance(event, dict) or event.get("detail-type") != DETAIL_TYPE:
        return None
    try:
        return Deployment.model_validate(event)
    except ValidationError:
        return Deployment()  # it says that something was deployed: reason enough for a run


def is_of_no_service(deployment: Deployment, target: Target) -> str | None:
    """Why a deployment is nothing to a target: it names services, and none of them is the target's. Else None."""
    watched = {f"{target.cluster}/{service.name}" for service in target.services}
    named = [arn.rpartition(":service/")[2] for arn in deployment.services]
    if not named or watched.intersection(named):
        return None
    return (
        f"{', '.join(named)} was deployed, and target {target.name} watches {', '.join(sorted(watched))}: no run. "
        "To watch it too, add it to services in the target file"
    )


def is_covered(deployment: Deployment, began_at: datetime) -> str:
    """Why a deployment needs no run of its own: one of all suites has begun since it ended."""
    return (
        f"a full run of all suites began at {began_at:%H:%M:%S} UTC, after the deployment that ended at "
        f"{deployment.ended_at:%H:%M:%S} UTC: it has seen what was deployed, no further run"
    )
