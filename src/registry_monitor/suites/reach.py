"""What the monitor can ask past the load balancers: a closed port says nothing of what stands behind it."""

from typing import NoReturn

from registry_monitor.clients.http import HttpError
from registry_monitor.model import CannotTellError
from registry_monitor.suites.context import SuiteContext

OUTSIDE = "it can be reached only from inside the VPC"


def why_not_asked(context: SuiteContext, subject: str) -> str | None:
    """Why something inside the VPC is skipped: a role, "redis" or "database"; null where it is to be asked."""
    if not context.is_inside_vpc:
        return OUTSIDE
    if subject in context.target.closed_to_monitor:
        return f"the target says that {subject} is not open to the monitor (closed_to_monitor)"
    return None


def refuse_to_blame(error: HttpError, subject: str, port: int, groups: tuple[str, ...] = ()) -> None:
    """Raise CannotTellError where an error may lie in the monitor's own place; else return.

    A silent port is what a security group makes of a packet that it does not let pass (AWS VPC user guide); a name
    that does not resolve may be one that this network does not know.
    """
    if error.kind == "connect timeout":
        _raise_with_the_rule(error, subject, port, groups)
    if error.kind == "name":
        raise CannotTellError(f"{subject} {error} from the monitor's place") from error


def _raise_with_the_rule(error: HttpError, subject: str, port: int, groups: tuple[str, ...]) -> NoReturn:
    where = f"security group {' or '.join(groups)}" if groups else f"the security group of {subject}"
    remedy = (
        f"add an ingress rule (aws_vpc_security_group_ingress_rule) for TCP {port} to {where}, from the monitor's "
        "security group (the output SecurityGroupId of its stack), or list it in closed_to_monitor"
    )
    raise CannotTellError(f"{subject} {error} on port {port}; if the platform has not opened it: {remedy}") from error
