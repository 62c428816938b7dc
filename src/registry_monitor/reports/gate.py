"""What a gate makes of a run: whether a deployment may stand. Pure.

Against a baseline, a check is held against the deployment unless it did not pass before either; one that a new cause
explains is held against it in any case, since what was broken before is broken by something else now. What fails by
a fault of the monitor's own is never held against it: then the gate does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry_monitor.finding import Finding
from registry_monitor.model import Result, Status
from registry_monitor.reports.escaping import shortened
from registry_monitor.reports.findings import Findings, finding_by_check
from registry_monitor.reports.templating import environment, plural, sentences
from registry_monitor.run import Run

_MOST_TOLD = 10
_KNOWN = "known from the baseline"


class FailOn(StrEnum):
    """What a gate fails on."""

    NEW = "new"  # since the baseline; without one, all is new
    ANY = "any"  # whatever is wrong


@dataclass(frozen=True)
class Steadiness:
    """How ECS stood when the run began. ``restless``: services whose deployment has not ended, with what is seen.

    ``unknown_because``: why it could not be found out; null where it was, or nobody asked.
    """

    restless: Mapping[str, str]
    unknown_because: str | None = None


@dataclass(frozen=True)
class Decision:
    """The gate's answer. ``exit_code``: 0 it may stand, 1 something new is wrong, 3 could not be found out.

    ``reasons``: in sentences. ``excused``: check → why it is not held against the deployment though it did not pass.
    """

    exit_code: int
    reasons: tuple[str, ...]
    excused: Mapping[str, str]

    @property
    def headline(self) -> str:
        """The answer in one line."""
        told = {0: "passed: nothing new is wrong", 1: "failed: the deployment must not stand as it is"}
        return f"Gate {told.get(self.exit_code, 'not decided: too much could not be found out')}."


def decide(run: Run, baseline: Run | None, fail_on: FailOn, steadiness: Steadiness) -> Decision:
    """Judge a run. ``baseline``: a run from before the deployment, of the same target."""
    before = baseline if fail_on is FailOn.NEW else None
    known = _known(run, before)
    cause_of = finding_by_check(run)
    own = {check for check, finding in cause_of.items() if finding.is_monitors_own}
    held = [each for each in run.results if each.status.is_not_passed and each.check_id not in known | own]
    restless = _new_restless(steadiness, before)
    if held or restless:
        told = _told(run, held, cause_of)
        return Decision(1, (*told, *restless), dict.fromkeys(known, _KNOWN))
    doubts = _doubts(run, known, own, steadiness)
    if doubts:
        return Decision(3, doubts, dict.fromkeys(known, _KNOWN))
    tolerated = [each.check_id for each in run.results if each.status is Status.UNKNOWN]
    tolerated_text = "tolerated: the target's threshold of coverage is met"
    return Decision(0, (), dict.fromkeys(tolerated, tolerated_text) | dict.fromkeys(known, _KNOWN))


def gate_document(run: Run, decision: Decision, report: str | None) -> str:
    """The decision as Markdown, for the summary of a pipeline. ``report``: where the whole report is."""
    text = environment().get_template("GATE.md.j2").render(
        run=run, decision=decision, report=report, comparison=run.comparison, causes=Findings.of(run).causes[:5]
    )  # fmt: skip
    return f"{text.strip()}\n"


def _known(run: Run, before: Run | None) -> set[str]:
    """Checks that did not pass, or could not be found out, in the baseline either, and for no new reason."""
    if before is None:
        return set()
    was = {result.check_id: result.status for result in before.results}
    named = {finding.key for finding in before.findings}
    cause_of = finding_by_check(run)
    return {
        result.check_id
        for result in run.results
        if _is_as_bad(was.get(result.check_id), result.status)
        and (result.check_id not in cause_of or cause_of[result.check_id].key in named)
    }


def _is_as_bad(was: Status | None, is_: Status) -> bool:
    if was is None:
        return False
    return (is_.is_not_passed and was.is_not_passed) or (is_ is Status.UNKNOWN and was is Status.UNKNOWN)


def _new_restless(steadiness: Steadiness, before: Run | None) -> list[str]:
    """Services whose deployment has not ended, but those that were failing at that before."""
    was = {} if before is None else {result.check_id: result.status for result in before.results}
    failing = {check.split(".")[2] for check, status in was.items() if status.is_not_passed and ".service." in check}
    roles = {} if before is None else {service.name: service.role for service in before.target.services}
    return [told for name, told in steadiness.restless.items() if roles.get(name) not in failing]


def _told(run: Run, held: list[Result], cause_of: Mapping[str, Finding]) -> list[str]:
    """Each cause once, with its fix; then the failures that no finding explains."""
    of_cause: dict[tuple[str, str], list[Result]] = {}
    alone: list[str] = []
    for result in held:
        if result.check_id in cause_of:
            of_cause.setdefault(cause_of[result.check_id].key, []).append(result)
        elif result.status is Status.FAIL:
            alone.append(shortened(result.sentence, 240))
    causes = [_cause(each, len(of_cause[each.key])) for each in run.causes if each.key in of_cause]
    told = causes + alone
    return told if len(told) <= _MOST_TOLD else [*told[:_MOST_TOLD], f"And {len(told) - _MOST_TOLD} more."]


def _cause(finding: Finding, checks: int) -> str:
    return f"{finding.statement.rstrip('.')} ({plural(checks, 'check')}). Fix: {sentences(finding.fix.told, 240)}"


def _doubts(run: Run, known: set[str], own: set[str], steadiness: Steadiness) -> tuple[str, ...]:
    """Why the gate cannot answer; nothing where it can."""
    told: list[str] = []
    if steadiness.unknown_because:
        told.append(f"Whether ECS is steady could not be found out: {steadiness.unknown_because}")
    hidden = [each for each in run.results if each.status.is_not_passed and each.check_id in own - known]
    if hidden:
        faults = "; ".join(finding.statement.rstrip(".") for finding in Findings.of(run).monitors)
        told.append(f"{plural(len(hidden), 'check')} failed by a fault of the monitor's own: {faults}")
    coverage, wanted = run.score.coverage_pct, run.target.thresholds.coverage_pct
    if coverage is None:
        told.append("Nothing was asked, so nothing is known")
    elif coverage < wanted:
        unknown = [each for each in run.of_status(Status.UNKNOWN) if each.check_id not in known]
        if unknown:
            told.append(f"{plural(len(unknown), 'check')} could not be found out, such as: {unknown[0].sentence}")
    return tuple(told)
