"""The words of the product: statuses, checks, outcomes, results and scores. Imports nobody."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

FLEET = "fleet"  # the folder of the reports' bucket with target files; each other one is a target's, by its name


class Document(BaseModel):
    """A frozen part of a stored document; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """What became of a check; see ``Score`` for what each counts as."""

    PASS = "PASS"  # noqa: S105 - asked, and right; no password
    FLAKY = "FLAKY"  # wrong first, right when asked again
    SLOW = "SLOW"  # right, over its latency budget
    FAIL = "FAIL"  # asked, and wrong; a user would notice
    BLOCKED = "BLOCKED"  # a prerequisite failed, so it could not be asked
    UNKNOWN = "UNKNOWN"  # could not find out
    SKIPPED = "SKIPPED"  # not configured for this target, or not to be asked from here

    @property
    def is_passed(self) -> bool:
        """Whether a score counts it as passed."""
        return self in (Status.PASS, Status.FLAKY, Status.SLOW)

    @property
    def is_not_passed(self) -> bool:
        """Whether a score counts it as not passed."""
        return self in (Status.FAIL, Status.BLOCKED)


class SuiteName(StrEnum):
    """The nine suites of the contract, in the order in which they are reported, and the one on demand."""

    INFRASTRUCTURE_HEALTH = "infrastructure_health"
    AUTHENTICATION = "authentication"
    ENDPOINT_AVAILABILITY = "endpoint_availability"
    MODEL_REGISTRATION_FLOW = "model_registration_flow"
    MLFLOW_ROUTING = "mlflow_routing"
    SERVICES = "services"
    SERVICES_DIRECT = "services_direct"
    HEALTH_ENDPOINTS = "health_endpoints"
    E2E_MODEL_REGISTRATION = "e2e_model_registration"
    PERFORMANCE = "performance"  # on demand only, never in "all"


ON_DEMAND = frozenset({SuiteName.PERFORMANCE})  # never a part of "all"
HOURLY = frozenset({SuiteName.E2E_MODEL_REGISTRATION})  # only in each fourth full run: it takes long
ROUTINE = ("schedule", "deployment")  # the reasons of runs that speak for the target; others were asked for by hand
# They register models step by step, each on what the one before has made, with mlflow and sklearn.
FLOWS = frozenset({SuiteName.MODEL_REGISTRATION_FLOW, SuiteName.E2E_MODEL_REGISTRATION})


DAYS_LEFT = "days_left"  # in the evidence of a check: how long the certificate that it saw is still valid


class Depth(StrEnum):
    """How much a run asks: light each minute, full every quarter of an hour and after deployments."""

    LIGHT = "light"
    FULL = "full"


class Verdict(StrEnum):
    """The run in one word."""

    HEALTHY = "HEALTHY"  # everything that was to be asked was asked, and nothing is wrong
    FAILING = "FAILING"  # at least one check is not passed
    BLIND = "BLIND"  # nothing wrong was seen, but too much could not be found out


class Leftover(Document):
    """An object of the monitor's own that could not be deleted, so that a person or the next run can."""

    kind: str  # "run", "model version" or "artifacts"
    id: str
    reason: str


class Observation(Document):
    """Something worth saying that is not a failure, with where it is known from, if it is known."""

    subject: str
    told: str
    known_from: str | None = None


class Outcome(Document):
    """What a check knows when it has asked.

    ``expected`` and ``seen`` are clauses that follow the subject's name: "answers 200", "answered 503".
    ``evidence`` is what a reader needs to believe it; the runner redacts and caps it.
    """

    status: Status
    expected: str
    seen: str
    evidence: dict[str, JsonValue] = {}
    latency_ms: float | None = None
    budget_ms: float | None = None
    leftovers: tuple[Leftover, ...] = ()
    observations: tuple[Observation, ...] = ()
    is_final: bool = False  # asking again would do harm (a rate limit was met), or hide what was seen
    is_security_failure: bool = False  # a door stands open: a class of failure of its own

    @classmethod
    def judge(
        cls,
        is_right: bool,
        *,
        expected: str,
        seen: str,
        evidence: dict[str, JsonValue] | None = None,
        latency_ms: float | None = None,
        budget_ms: float | None = None,
        is_final: bool = False,
    ) -> "Outcome":
        """PASS or FAIL by ``is_right``; SLOW when right but over the budget."""
        over_budget = latency_ms is not None and budget_ms is not None and latency_ms > budget_ms
        status = Status.FAIL if not is_right else Status.SLOW if over_budget else Status.PASS
        return cls(
            status=status,
            expected=expected,
            seen=f"{seen}, over its budget of {budget_ms:.0f} ms" if status is Status.SLOW else seen,
            evidence=evidence or {},
            latency_ms=latency_ms,
            budget_ms=budget_ms,
            is_final=is_final,
        )


class CannotTellError(Exception):
    """Raised inside a check that could not find out: the runner makes it UNKNOWN, with this reason."""


class NotAskedError(Exception):
    """Raised inside a check that is not to be asked in this run after all: the runner makes it SKIPPED."""


@dataclass(frozen=True)
class Attempt:
    """One asking of one check, handed to its function: identity for correlation, and the time it has."""

    run_id: str
    check_id: str
    number: int  # 1; more when a failing read is confirmed, on a fresh connection
    deadline: float  # time.monotonic() at which the runner gives up on it
    abandoned: threading.Event = field(default_factory=threading.Event)

    @property
    def remaining_s(self) -> float:
        """Seconds left; zero when the time is up or the runner has given up."""
        return 0.0 if self.abandoned.is_set() else max(0.0, self.deadline - time.monotonic())

    @property
    def request_id(self) -> str:
        """The X-Request-Id of every request of this asking."""
        return f"{self.run_id}-{self.check_id}"


@dataclass(frozen=True)
class Check:
    """One assertion about one subject.

    ``after``: checks that must pass first; with ``always``, checks that must merely have ended.
    ``requests``: what it will ask, for `plan`: "GET https://host/path" or "ecs:DescribeServices".
    ``is_idempotent``: a write that may be asked again, such as find-or-create by name.
    ``host``: the host whose concurrency it counts against; ``at_once``: the most that it asks of it at one moment.
    ``skip``: why it is not to be asked here.
    ``only_when_well``: it does harm to a platform in trouble, so it waits for all other checks, and is skipped when
    one of them has not passed; such checks run one after another. ``is_vital``: it is asked even where the platform is
    about to freeze, as all that light runs ask is. ``sends_bad_key``: one that a security team may see.
    """

    id: str
    suite: SuiteName
    subject: str
    run: Callable[[Attempt], Outcome]
    after: tuple[str, ...] = ()
    depth: Depth = Depth.FULL
    timeout_s: float = 15.0
    host: str | None = None
    at_once: int = 1
    service: str | None = None
    writes: bool = False
    is_idempotent: bool = False
    always: bool = False
    only_when_well: bool = False
    is_vital: bool = False
    sends_bad_key: bool = False
    requests: tuple[str, ...] = ()
    skip: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether a failure is asked again: reads over the network are; writes and AWS facts never."""
        return self.host is not None and (not self.writes or self.is_idempotent)


class Asking(Document):
    """One attempt as it is told in a report."""

    status: Status
    expected: str
    seen: str
    duration_ms: float


class Result(Outcome):
    """An outcome with the identity, time and attempts that the runner adds.

    ``started_ms``: milliseconds from the start of the run, null when it was never asked.
    ``waited_for``: the prerequisites it had; ``blocked_by``: the one that kept it from being asked.
    ``trace``: a redacted stack trace, where the check crashed or a client raised.
    """

    check_id: str
    suite: SuiteName
    subject: str
    service: str | None = None
    depth: Depth
    asked: tuple[str, ...] = ()  # as ``plan`` tells it: "GET https://host/path", "ecs:DescribeServices"
    started_ms: float | None = None
    duration_ms: float = 0.0
    attempts: tuple[Asking, ...] = ()
    waited_for: tuple[str, ...] = ()
    blocked_by: str | None = None
    request_id: str | None = None
    trace: str | None = None

    @property
    def sentence(self) -> str:
        """Subject, what was seen and what was expected, as one English sentence."""
        if self.status.is_passed:
            return f"{self.subject} {self.seen}."
        return f"{self.subject} {self.seen}; expected: {self.expected}."


class HasStatus(Protocol):
    """A result, or what is kept of one."""

    @property
    def status(self) -> Status:
        """What became of the check."""


class Score(Document):
    """Counts and the two figures that are always shown together.

    ``score_pct`` = passed / (passed + not passed), null when nothing was asked ("no data", never 100).
    ``coverage_pct`` = 1 - UNKNOWN / asked, null when nothing was to be asked.
    """

    passed: int
    not_passed: int
    unknown: int
    skipped: int
    score_pct: float | None
    coverage_pct: float | None

    @classmethod
    def of(cls, results: Iterable[HasStatus]) -> "Score":
        """Count results of any suites."""
        statuses = [result.status for result in results]
        passed = sum(status.is_passed for status in statuses)
        not_passed = sum(status.is_not_passed for status in statuses)
        unknown = statuses.count(Status.UNKNOWN)
        judged, asked = passed + not_passed, passed + not_passed + unknown
        return cls(
            passed=passed,
            not_passed=not_passed,
            unknown=unknown,
            skipped=statuses.count(Status.SKIPPED),
            score_pct=round(100 * passed / judged, 1) if judged else None,
            coverage_pct=round(100 * (1 - unknown / asked), 1) if asked else None,
        )
