"""A run's findings as people read them: whose they are, when they are felt, and which checks they explain."""

from dataclasses import dataclass

from registry_monitor.finding import Finding, FindingState, Priority
from registry_monitor.inventory.facts import Inventory, Unknown
from registry_monitor.model import Status, Verdict
from registry_monitor.run import Run, Symptom

_URGENT = (Priority.CRITICAL, Priority.HIGH)
_HEADLINES = {
    Verdict.HEALTHY: "everything that was asked is right",
    Verdict.FAILING: "the platform does not do what its users need",
    Verdict.BLIND: "nothing wrong was seen, but too much could not be found out",
}
# Where that is all that is felt (diagnosis/impact.py).
_HEADLINES_OF_ONE_KIND = {
    "Security": "a door stands open; what users need works, so far as seen",
    "Operators": "something is broken inside; users notice nothing yet, so far as seen",
}


@dataclass(frozen=True)
class Findings:
    """The findings of a run by whose they are and when they are felt, each group in the order in which to act.

    ``platforms``: what is wrong with the platform, which is ``causes`` (felt now, proved or suspected) and ``latent``
    (proved, and masked or not felt yet). ``monitors``: faults of the monitor's own. ``consequences``: of either.
    """

    platforms: tuple[Finding, ...]
    causes: tuple[Finding, ...]
    latent: tuple[Finding, ...]
    monitors: tuple[Finding, ...]
    consequences: tuple[Finding, ...]
    unexplained: tuple[Symptom, ...]

    @classmethod
    def of(cls, run: Run) -> "Findings":
        """Sort the findings of a run."""
        acted_on = [each for each in run.findings if each.state is not FindingState.CONSEQUENCE]
        platforms = tuple(each for each in acted_on if not each.is_monitors_own)
        return cls(
            platforms=platforms,
            causes=tuple(each for each in platforms if each.state is not FindingState.LATENT),
            latent=tuple(each for each in platforms if each.state is FindingState.LATENT),
            monitors=tuple(each for each in acted_on if each.is_monitors_own),
            consequences=tuple(each for each in run.findings if each.state is FindingState.CONSEQUENCE),
            unexplained=run.unexplained,
        )

    def masking(self, latent: Finding) -> tuple[Finding, ...]:
        """The causes that stand before a latent finding: only when they are mended can it be felt."""
        return tuple(cause for cause in self.causes if latent.service is not None and cause.service == latent.service)


def met_next(run: Run) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """Key of a cause → the causes further along the same ways, which its requests meet once it alone is mended."""
    causes = {cause.statement: cause for cause in Findings.of(run).causes}
    met: dict[tuple[str, str], dict[str, Finding]] = {}
    for path in run.paths:
        broken = [causes[told] for told in dict.fromkeys(hop.cause or "" for hop in path.hops) if told in causes]
        for behind in broken[1:]:
            met.setdefault(broken[0].key, {})[behind.statement] = behind
    return {key: tuple(found.values()) for key, found in met.items()}


def headline(run: Run) -> str:
    """The verdict in words: a fault of the monitor's own is never told as one of the platform."""
    if run.score.coverage_pct is None:
        return "nothing was asked, so nothing is known"
    found = Findings.of(run)
    if run.verdict is Verdict.FAILING and found.monitors and not found.causes and not found.unexplained:
        return "what fails is the monitor's own fault; nothing wrong with the platform was seen"
    felt = {each.partition(":")[0] for cause in found.causes for each in cause.impact}
    if run.verdict is Verdict.FAILING and not found.unexplained and felt in ({"Security"}, {"Operators"}):
        return _HEADLINES_OF_ONE_KIND[felt.pop()]
    return _HEADLINES[run.verdict]


def whom_to_wake(run: Run) -> str | None:
    """Who has to act, and how soon, as one sentence; null where nobody has to."""
    found = Findings.of(run)
    failing = {result.check_id for result in run.of_status(Status.FAIL)}
    if failing and failing <= run.excused:
        return "Wake nobody: what fails is excused, as stands below."
    if found.unexplained and not found.causes:
        return "Wake whoever runs the platform: it fails, and no cause of it is proved."
    if found.unexplained or any(cause.priority in _URGENT for cause in found.causes):
        others = " What is wrong with the monitor itself stands apart, and is its owner's." if found.monitors else ""
        return f"Wake whoever runs the platform.{others}"
    if found.causes:
        return "Wake nobody: what is wrong can wait for the day."
    if found.monitors or run.verdict is Verdict.BLIND:
        return "Nobody of the platform has to be woken: this is for whoever runs the monitor."
    return None


def finding_by_check(run: Run) -> dict[str, Finding]:
    """Check id → the first finding that explains it, itself or by what keeps it from being asked."""
    explained: dict[str, Finding] = {}
    for finding in run.causes:
        for check in finding.explains:
            explained.setdefault(check, finding)
    for symptom in run.symptoms:
        if symptom.check_id in explained:
            for check in symptom.blocks:
                explained.setdefault(check, explained[symptom.check_id])
    return explained


def unread_facts(inventory: Inventory) -> tuple[str, ...]:
    """Why facts of AWS could not be read, each reason once: the evidence that is missing."""
    facts: list[object] = []
    for name in type(inventory).model_fields:
        value = getattr(inventory, name)
        facts += value.values() if isinstance(value, dict) else [value]
    return tuple(dict.fromkeys(fact.reason for fact in facts if isinstance(fact, Unknown)))
