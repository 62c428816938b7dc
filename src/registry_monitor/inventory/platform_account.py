"""The clients that read a target's account: the monitor's own, or those of the role that the target names.

IAM user guide, "Access to AWS accounts owned by third parties": the role's trust policy asks for an external id ("The
confused deputy problem"). A target file names role and id both, so the policy asks for the session's name too: that is
made of the target's own name, and no file of another target has it.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from registry_monitor.inventory.aws import ClientOf, Credentials, aws_client, kept_with_clients, own_region
from registry_monitor.inventory.aws_errors import RoleNotAssumedError, explain, is_denied
from registry_monitor.kept import Kept
from registry_monitor.target import Target, session_name

ASSUME_ROLE = "sts:AssumeRole"
SESSION_S = 3600  # the longest for a role that assumes another (IAM user guide, "Role chaining"); each role allows it
RENEWED_BEFORE_S = 900.0  # its end: longer than any invocation of a function lasts, so that none meets it
_LAST_S = 60.0  # of a session that could not be renewed: a call that begins now ends before it does
_FAILED_FOR_S = 20.0  # one try for all facts of a run, and another one in the next
_NOT_ASSUMED = "the platform's role {} could not be assumed"  # the diagnosis looks for it


@dataclass(frozen=True)
class Role:
    """A role of a platform, and the name by which its trust policy and its account's CloudTrail know the session."""

    arn: str
    external_id: str
    session_name: str


def clients_of(target: Target) -> ClientOf:
    """What makes the clients that read a target.

    Where it names a role, each raises RoleNotAssumedError, a BotoCoreError, as long as that cannot be assumed.
    """
    if target.account is None:
        return aws_client
    role = Role(target.account.role_arn, target.account.external_id, session_name(target.name))
    return partial(_client_by_role, role)


def problem_of_role(target: Target) -> str | None:
    """Why the role of a target cannot be assumed, in a sentence; null where it can, or the target names none."""
    try:
        if target.account is not None:
            clients_of(target)("sts", target.region)
    except (BotoCoreError, ValueError) as error:
        return str(error)
    return None


def denial_of_role(target: Target) -> str | None:
    """Why STS denies the role of a target to these credentials; null where it does not, or that is not known."""
    problem = problem_of_role(target)
    return problem if problem and f" ({ASSUME_ROLE}: " in problem else None


class RoleSession:
    """A session of one role, made when it is first needed and renewed before it ends. Safe to use from threads."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None
        self._ends_at = 0.0  # of time.time()
        self._failure = f"{_NOT_ASSUMED.format(role.arn)}: STS gave a session that has ended already; set the clock"
        self._failed_at = float("-inf")

    def credentials(self) -> Credentials:
        """Credentials that are good for as long as a run lasts. Raises RoleNotAssumedError."""
        with self._lock:
            left_s = self._ends_at - time.time()
            if self._credentials is not None and left_s > RENEWED_BEFORE_S:
                return self._credentials
            if time.monotonic() - self._failed_at > _FAILED_FOR_S:
                self._renew()
                left_s = self._ends_at - time.time()
            if self._credentials is not None and left_s > _LAST_S:
                return self._credentials
            raise RoleNotAssumedError(reason=self._failure)

    def _renew(self) -> None:
        """Assume the role (sts:AssumeRole), or note why that is not possible."""
        try:
            answer = aws_client("sts", own_region()).assume_role(
                RoleArn=self._role.arn,
                RoleSessionName=self._role.session_name,
                ExternalId=self._role.external_id,
                DurationSeconds=SESSION_S,
            )
            self._take(answer["Credentials"])
        except (BotoCoreError, ClientError, KeyError, ValueError) as error:
            self._failure, self._failed_at = _told(self._role, error), time.monotonic()

    def _take(self, given: Mapping[str, Any]) -> None:
        self._credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self._ends_at = given["Expiration"].timestamp()


_sessions = kept_with_clients(Kept(RoleSession, idle_s=SESSION_S))


def _client_by_role(role: Role, service: str, region: str) -> Any:
    """A client of the role's; the session's next credentials have clients of their own."""
    return aws_client(service, region, credentials=_sessions.get(role).credentials())


def _told(role: Role, error: Exception) -> str:
    """STS does not say which of both sides is missing: the role's trust, or the monitor's permission."""
    told = _NOT_ASSUMED.format(role.arn)
    if not isinstance(error, ClientError) or not is_denied(error):
        return f"{told}: {explain(ASSUME_ROLE, error)}"
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message")
    return (  # what begins with the call in brackets is a denial: denial_of_role
        f"{told} ({ASSUME_ROLE}: {code}): its trust policy must name the monitor's role and the external id "
        f"'{role.external_id}' of the target file, and where it asks for a session '{role.session_name}'; "
        "the monitor's stack must name the role's ARN (PlatformRoleArns). docs/cross-account.tf and .yaml have the "
        f"role. AWS says: {str(message)[:300]}"
    )
