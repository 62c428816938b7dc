"""A run in a few sentences, for one who was not there."""

from collections import Counter
from collections.abc import Iterable

from registry_monitor.finding import Finding, FindingState
from registry_monitor.reports.findings import Findings, headline, met_next
from registry_monitor.reports.registration import registration_sentence
from registry_monitor.reports.templating import numbers, plural
from registry_monitor.run import Run


def in_short(run: Run, found: Findings) -> list[str]:
    """The whole in a few sentences, for one who was not there."""
    told = [f"{headline(run).capitalize()}. {registration_sentence(run)}"]
    if found.causes:
        told.append(f"Wrong with the infrastructure now: {_statements(found.causes)}.")
    if impact := _worst_for_each(each for cause in found.causes for each in cause.impact):
        told.append(f"What it means for users: {'; '.join(impact)}.")
    for first, behind in met_next(run).items():
        place = next(place for place, cause in enumerate(found.causes, start=1) if cause.key == first)
        told.append(
            f"Mending {place} alone does not help: its requests then fail again, at {numbers(behind, found.causes)}."
        )
    if found.latent:
        when = "Hidden behind that, or not felt yet" if found.causes else "Not felt yet"
        told.append(f"{when}: {_statements(found.latent)}.")
    if found.platforms:
        efforts = Counter(finding.fix.effort for finding in found.platforms)
        listed = ", ".join(f"{effort} ({count} of them)" for effort, count in efforts.items())
        told.append(f"Time to mend, by estimate: {listed}.")
    if found.unexplained:
        told.append(f"Of {plural(len(found.unexplained), 'failure')}, no cause is known.")
    if found.monitors:
        told.append("What is wrong with the monitor itself is told apart, at the end.")
    return told


def _worst_for_each(impacts: Iterable[str]) -> list[str]:
    """Of each group of users the clause that is told first, of the weightiest cause."""
    worst: dict[str, str] = {}
    for impact in impacts:
        worst.setdefault(impact.partition(":")[0].partition(" cannot ")[0], impact)
    return list(worst.values())


def _statements(findings: Iterable[Finding]) -> str:
    suspected = {FindingState.SUSPECTED: " (suspected)"}
    return "; ".join(f"{each.statement.rstrip('.')}{suspected.get(each.state, '')}" for each in findings)
