"""Failures that say the same: one is told whole, the others point to it, so that a report of many can be read."""

from collections.abc import Iterable

from registry_monitor.model import Result, Status
from registry_monitor.reports.findings import finding_by_check
from registry_monitor.run import Run


def told_whole(run: Run) -> dict[str, str]:
    """Id of each failed check → id of the failure that is told in its place, which may be itself.

    Alike are failures of one cause (or of none) that got the same answer from the same kind of place.
    """
    cause_of = finding_by_check(run)
    first: dict[tuple[object, ...], str] = {}
    told: dict[str, str] = {}
    for result in run.of_status(Status.FAIL):
        cause = cause_of.get(result.check_id)
        evidence = result.evidence
        answer = evidence.get("status") or evidence.get("error") or result.seen
        key = (cause and cause.key, result.is_security_failure, str(answer), str(evidence.get("written_by")))
        told[result.check_id] = first.setdefault(key, result.check_id)
    return told


def traces(results: Iterable[Result]) -> list[tuple[str, list[str]]]:
    """Each stack trace once, with the checks that left it."""
    by_text: dict[str, list[str]] = {}
    for result in results:
        if result.trace:
            by_text.setdefault(result.trace, []).append(result.check_id)
    return list(by_text.items())
