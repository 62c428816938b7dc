"""The words of the diagnosis: a finding is one cause, with its proof, what it explains and what mends it."""

from enum import StrEnum
from typing import Literal

from registry_monitor.model import Document


class FindingState(StrEnum):
    """What a finding is to this run."""

    ACTIVE = "active"  # proved, and explains at least one failing check
    LATENT = "latent"  # proved wrong, and masked or not felt yet: it will hurt after the first fix, or soon
    SUSPECTED = "suspected"  # failing checks point to it, and no direct proof was to be had
    CONSEQUENCE = "consequence"  # another finding brings it about: folded under that one


class Confidence(StrEnum):
    """The class of its proof, the best first."""

    PROVEN = "proven"  # an answer of an API names the resource and what is wrong with it
    TWO_SIGNS = "two signs"  # two independent signs agree
    ONE_SIGN = "one sign"
    SYMPTOM = "symptom only"  # the component is sure, the cause is not


class Priority(StrEnum):
    """By what users cannot do while it lasts."""

    CRITICAL = "critical"  # nobody can register or fetch a model, or a door stands open
    HIGH = "high"  # a part of the users or of the service is out
    MEDIUM = "medium"  # nothing is out; the next fault, deployment or expiry will be
    LOW = "low"  # untidy


class Effort(StrEnum):
    """How long the fix takes, an estimate."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"


class Proof(Document):
    """One fact that speaks for a finding. ``source``: the API call or the check that told it."""

    told: str
    source: str


class Terraform(Document):
    """The resource's Terraform address, and how it was found."""

    address: str  # such as module.api.aws_ecs_service.this, or the resource's type alone
    found_in: str  # "terraform map", "target file" or "resource type"


class Fix(Document):
    """The smallest change that mends it. ``hcl``: with the real values; null where no Terraform mends it.

    ``verify``: a command that shows that it is mended; ``caution``: what the obvious fix would break.
    """

    told: str
    hcl: str | None = None
    verify: str | None = None
    effort: Effort = Effort.MINUTES
    caution: str | None = None


class Finding(Document):
    """One cause of what fails, or of what will.

    ``kind``: of ``causes.CAUSES``, such as ``listener-rule-missing``. ``resource``: what is at fault, for people and
    for comparison between runs: a name, with what is in it that is wrong, never an address that changes.
    ``service``: the role of the platform's service to which it belongs, if it is one's. ``explains``: ids of checks.
    """

    kind: str
    resource: str
    statement: str
    state: FindingState
    confidence: Confidence
    priority: Priority
    service: str | None = None
    arn: str | None = None
    terraform: Terraform | None = None
    proofs: tuple[Proof, ...]
    ruled_out: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()  # what could not be read, and would have helped
    explains: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()  # statements of what follows from it and is no cause of its own
    impact: tuple[str, ...] = ()  # what each group of users cannot do
    changed: tuple[str, ...] = ()  # what changed last on it
    fix: Fix
    runbook: str  # docs/causes.md#<kind>

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same finding in another run."""
        return self.kind, self.resource

    @property
    def is_monitors_own(self) -> bool:
        """Whether it is a fault of the monitor's own, which says nothing of the platform."""
        return self.kind.startswith("monitor-")


class Hop(Document):
    """One place that a request passes. ``cause``: statement of the finding that breaks it."""

    place: str  # such as "rule" or "target group"
    told: str
    state: Literal["works", "broken", "unknown", "not reached"]
    cause: str | None = None


class RequestPath(Document):
    """The way of a failing request as AWS has it configured, hop by hop up to the service that would answer it."""

    url: str
    checks: tuple[str, ...]  # ids of the failed checks that asked it
    hops: tuple[Hop, ...]


class Diagnosis(Document):
    """What the diagnosis makes of a run: its findings, in the order in which to act on them, and the failing ways."""

    findings: tuple[Finding, ...]
    paths: tuple[RequestPath, ...]
