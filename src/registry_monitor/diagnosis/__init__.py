"""The diagnosis: from what failed and what AWS says to the cause, with its proof. Pure: a Run in, Findings out.

``evidence.py`` reads the run, ``nodes.py`` has the platform as a graph, ``rules/`` find what is wrong, ``explain.py``
says what of it explains what fails, ``fixes/`` and ``impact.py`` what to do and whom it hurts.
"""

from collections.abc import Iterable

from registry_monitor.diagnosis.addresses import terraform_of
from registry_monitor.diagnosis.causes import CAUSES, CauseKind
from registry_monitor.diagnosis.changed import with_changes
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.explain import Explained, explain
from registry_monitor.diagnosis.fixes import fix_of
from registry_monitor.diagnosis.impact import impact_of
from registry_monitor.diagnosis.paths import paths_of
from registry_monitor.diagnosis.ruled_out import ruled_out
from registry_monitor.diagnosis.rules import RULES, Rule
from registry_monitor.diagnosis.rules.changes import last_change
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Diagnosis, Finding, FindingState, Priority, RequestPath
from registry_monitor.run import Run

# Kinds that tell of a service and no more.
_OF_A_SERVICE = ("deployment-stuck", "service-unreachable")
_STATES = (FindingState.ACTIVE, FindingState.SUSPECTED, FindingState.LATENT, FindingState.CONSEQUENCE)
_PRIORITIES, _CONFIDENCES = list(Priority), list(Confidence)


def diagnose(run: Run, rules: Iterable[Rule] = RULES) -> Diagnosis:
    """The findings of a run, in the order in which to act on them, and the ways of what fails.

    The same run gives the same diagnosis. With fewer ``rules`` it shows what the others are worth.
    """
    evidence = Evidence(run)
    suspects = [with_changes(suspect, evidence) for rule in rules for suspect in rule(evidence)]
    if any(suspect.kind == "monitor-place-wrong" for suspect in suspects):  # then what AWS says is of another place
        suspects = [suspect for suspect in suspects if suspect.kind.startswith("monitor-")]
    found = explain(suspects, evidence)
    paths = paths_of(found, evidence)
    before_others = _before_others(paths)
    findings = [_finding(each, paths, evidence) for each in found]
    return Diagnosis(findings=tuple(sorted(findings, key=lambda each: _order(each, before_others))), paths=paths)


def _before_others(paths: Iterable[RequestPath]) -> frozenset[str]:
    """Statements of causes whose requests meet another one further on: mended first, they help nobody."""
    causes = [list(dict.fromkeys(hop.cause for hop in path.hops if hop.cause)) for path in paths]
    return frozenset(met[0] for met in causes if len(met) > 1)


def _order(finding: Finding, before_others: frozenset[str]) -> tuple[int, int, int, bool, int, str, str]:
    return (
        _STATES.index(finding.state),
        _PRIORITIES.index(finding.priority),
        _CONFIDENCES.index(finding.confidence),
        finding.statement in before_others,
        -len(finding.explains),
        finding.kind,
        finding.resource,
    )


def _finding(each: Explained, paths: tuple[RequestPath, ...], evidence: Evidence) -> Finding:
    suspect, kind = each.suspect, CAUSES[each.suspect.kind]
    return Finding(
        kind=suspect.kind,
        resource=suspect.resource,
        statement=suspect.statement,
        state=each.state,
        confidence=suspect.confidence,
        priority=kind.priority,
        service=suspect.service,
        arn=suspect.arn,
        terraform=terraform_of(suspect, evidence),
        proofs=suspect.proofs,
        ruled_out=ruled_out(each, paths, evidence),
        unchecked=tuple(sorted(evidence.unchecked.values())) if suspect.confidence is Confidence.SYMPTOM else (),
        explains=tuple(each.explains),
        consequences=tuple(dict.fromkeys(each.consequences)),
        changed=suspect.changed or _changed(suspect, kind, evidence),
        impact=impact_of(each.explains, evidence),
        fix=fix_of(suspect, evidence),
        runbook=f"docs/causes.md#{suspect.kind}",
    )


def _changed(suspect: Suspect, kind: CauseKind, evidence: Evidence) -> tuple[str, ...]:
    """What was deployed last, beside a cause that a deployment can bring."""
    is_deployed = kind.terraform == "aws_ecs_task_definition" or suspect.kind in _OF_A_SERVICE
    return tuple(last_change(suspect.service, evidence)) if is_deployed and suspect.service in evidence.services else ()
