"""A visit: what one run of one target says to its fleet. Small, whatever was seen: 40 of them are one batch's result.

Step Functions developer guide, "Service quotas": a state's result has at most 256 KiB, so that a visit may have six.
"""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from registry_monitor.finding import Finding, FindingState
from registry_monitor.model import Document, SuiteName, Verdict
from registry_monitor.run import Run
from registry_monitor.target import TargetError, TargetUnreadError
from registry_monitor.target.problems import Problem

_CORE = (SuiteName.AUTHENTICATION, SuiteName.MODEL_REGISTRATION_FLOW)  # without them nothing of the platform is of use
_MOST_CAUSES = 4
_MOST_TOLD = 4
_LONGEST = 240  # bytes of a text, as JSON writes it in ASCII: what a platform answers must not fill its batch's result
_LONGEST_NAME = 120
_LONGEST_IN_BRIEF = 60


class VisitState(StrEnum):
    """What became of a visit: the verdict of its run, or that there was none."""

    HEALTHY = "HEALTHY"
    FAILING = "FAILING"
    BLIND = "BLIND"
    EXCUSED = "EXCUSED"  # FAILING, and all that failed is excused: deployed, planned, or acknowledged
    NOT_RUN = "NOT RUN"

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing of the target: it is neither known to work nor to fail."""
        return self in (VisitState.NOT_RUN, VisitState.BLIND)


class TargetCause(Document):
    """What makes checks of a target fail, by the kind and resource of its finding; both make it the same elsewhere."""

    kind: str
    resource: str
    statement: str
    is_proved: bool

    @classmethod
    def of(cls, finding: Finding) -> "TargetCause":
        """What is kept of a finding."""
        kind, resource, statement = map(_short, (finding.kind, finding.resource, finding.statement))
        is_proved = finding.state is FindingState.ACTIVE
        return cls(kind=kind, resource=resource, statement=statement, is_proved=is_proved)

    @property
    def in_brief(self) -> "TargetCause":
        """The same cause, which groups as before, with few words."""
        return self.model_copy(update={"statement": _short(self.statement, _LONGEST_IN_BRIEF)})


class Visit(Document):
    """What a run says to its fleet.

    ``hurts``: a check of authentication or of the registration did not pass. ``told``: what no cause explains; of a
    target that was not run, why. ``has_broken_file``: its target file is invalid; ``told`` names each line.
    ``trouble``: what of a run that has its verdict could not be published or kept.
    """

    state: VisitState
    hurts: bool = False
    causes: tuple[TargetCause, ...] = ()
    told: tuple[str, ...] = ()
    has_broken_file: bool = False
    report: str | None = None
    trouble: str | None = None

    @classmethod
    def of_run(cls, run: Run, report: str | None, trouble: Exception | None = None) -> "Visit":
        """The visit of a run; what is excused, or is the monitor's own fault, hurts nobody."""
        left = [each for each in run.results if each.status.is_not_passed and each.check_id not in run.excused]
        is_excused = run.verdict is Verdict.FAILING and not left
        return cls(
            state=VisitState.EXCUSED if is_excused else VisitState(run.verdict),
            hurts=any(result.suite in _CORE and result.check_id not in run.own_failures for result in left),
            causes=tuple(map(TargetCause.of, run.causes[:_MOST_CAUSES])),
            told=tuple(_short(each.statement) for each in run.unexplained[:_MOST_TOLD]),
            report=_short(report) if report else None,
            trouble=_short(_in_words(trouble)) if trouble else None,
        )

    @classmethod
    def not_run(cls, reason: str) -> "Visit":
        """A target that gave no verdict."""
        return cls(state=VisitState.NOT_RUN, told=(_short(reason),))

    @classmethod
    def of_broken_file(cls, error: TargetError) -> "Visit":
        """A target whose file is invalid: the first of its problems, each with its line."""
        told = [_line(error.source, problem) for problem in error.problems[:_MOST_TOLD]]
        if len(error.problems) > _MOST_TOLD:
            told.append(f"and {len(error.problems) - _MOST_TOLD} more: python -m registry_monitor validate FILE")
        return cls(state=VisitState.NOT_RUN, told=tuple(told), has_broken_file=True)

    @property
    def in_brief(self) -> "Visit":
        """The same visit with few words; whole where its file is broken, since other words would be news of it."""
        if self.has_broken_file:
            return self
        told = tuple(_short(each, _LONGEST_IN_BRIEF) for each in self.told[:1])
        trouble = _short(self.trouble, _LONGEST_IN_BRIEF) if self.trouble else None
        causes = tuple(cause.in_brief for cause in self.causes)
        return self.model_copy(update={"causes": causes, "told": told, "trouble": trouble})


def answered(visit: Callable[[], Visit], on_defect: Callable[[Exception], None]) -> dict[str, Any]:
    """What the function answers to a fleet: the visit, whatever became of the run.

    A defect would answer with its stack trace, as long as it likes: told to ``on_defect``, it is a target not run here.
    """
    try:
        made = visit()
    except TargetUnreadError as error:  # what was not read is not wrong: the next run reads it
        made = Visit.not_run(f"its target file was not read: {error.problems[0].message} ({error.source})")
    except TargetError as error:
        made = Visit.of_broken_file(error)
    except Exception as error:  # noqa: BLE001 - one target's failure must not be its whole batch's
        on_defect(error)
        made = Visit.not_run(_in_words(error))
    return made.model_dump(mode="json", exclude_defaults=True)


def visit_of_item(item: Mapping[str, Any]) -> Visit:
    """The visit of one item of a batch's result, as fleet.yaml makes it: with ``answer``, or with ``failed``."""
    if "failed" in item:
        told = [item["failed"].get(part) for part in ("Error", "Cause")]
        return Visit.not_run(": ".join(filter(None, told)) or "the run failed, and nobody says why")
    try:
        return Visit.model_validate(item.get("answer"))
    except ValidationError as error:
        return Visit.not_run(f"its answer is none of this version's ({error.error_count()} problems)")


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _short(value: object, longest: int = _LONGEST) -> str:
    """A text of so many bytes at most; what is cut is told by an ellipsis."""
    text = " ".join(str(value)[: 4 * longest].split())
    if len(json.dumps(text)) - 2 <= longest:
        return text
    left = longest
    for place, char in enumerate(text):
        left -= len(json.dumps(char)) - 2
        if left < 0:
            return f"{text[: max(0, place - 6)]}…"  # six bytes are an ellipsis
    return text


def _line(source: str, problem: Problem) -> str:
    return f"{_short(source, _LONGEST_NAME)}, {_short(problem)}"
