"""From suspects to findings' states: what each explains, what is masked, and what is only a consequence.

Suspects that are wrong by themselves come first. Those that something else may have produced (``is_derived``) count
only for what is left; and what is left after these is told of its component, as not proved.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.diagnosis.changed import changes_of_service
from registry_monitor.diagnosis.compatible import compatible
from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.nodes import balancer_of, is_traffic, way_of
from registry_monitor.diagnosis.rules.deployments import is_deploying
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, FindingState, Proof
from registry_monitor.model import Status

_OF_A_DEPLOYMENT = ("aws_ecs_task_definition", "aws_ecs_service", "aws_lb_target_group", None)  # what it can spoil
_CONTRADICTED_BY_TRAFFIC = ("dns:", "balancer:", "listener:", "tls:", "route:", "edge:balancer>")


@dataclass
class Explained:
    """A suspect with what it explains."""

    suspect: Suspect
    explains: list[str] = field(default_factory=list)
    is_felt: bool = False
    is_masked: bool = False
    consequences: list[str] = field(default_factory=list)

    @property
    def state(self) -> FindingState:
        """Active where it is felt, or fails a check and nothing hides it from users."""
        if self.suspect.is_latent and not self.is_felt:
            return FindingState.LATENT
        if not self.is_felt and (self.is_masked or not self.explains):
            return FindingState.LATENT
        weak = self.suspect.confidence in (Confidence.ONE_SIGN, Confidence.SYMPTOM)
        return FindingState.SUSPECTED if weak else FindingState.ACTIVE


def explain(suspects: Iterable[Suspect], evidence: Evidence) -> list[Explained]:
    """Each suspect that stands, with what it explains."""
    merged = _merge(suspects)
    standing = [each for each in merged if not _is_contradicted(each, evidence)]
    ways = {symptom.result.check_id: way_of(symptom, evidence) for symptom in evidence.symptoms}
    standing = _lead_back(standing)
    found = [Explained(each) for each in standing if not each.is_derived]
    _explain_traffic(found, evidence.symptoms, ways)
    _unmask(found, evidence)
    _explain_facts(found, evidence.symptoms, ways)
    _take_up([each for each in standing if each.is_derived], found, evidence, ways)
    _leave_to_components(found, evidence, ways)
    _explain_unknown(found, evidence)
    return found


def _merge(suspects: Iterable[Suspect]) -> list[Suspect]:
    """One suspect for each kind and resource: what hits several services is one cause with several victims."""
    merged: dict[tuple[str, str], Suspect] = {}
    for suspect in suspects:
        known = merged.get(suspect.key)
        if known is None:
            merged[suspect.key] = suspect
            continue
        merged[suspect.key] = replace(
            known,
            breaks=known.breaks | suspect.breaks,
            proofs=tuple(dict.fromkeys((*known.proofs, *suspect.proofs))),
            changed=tuple(dict.fromkeys((*known.changed, *suspect.changed))),
            service=known.service if known.service == suspect.service else None,
            is_latent=known.is_latent and suspect.is_latent,
            is_derived=known.is_derived and suspect.is_derived,
            is_untried=known.is_untried or suspect.is_untried,
        )
    return list(merged.values())


def _lead_back(suspects: list[Suspect]) -> list[Suspect]:
    """What rests on a broken node breaks with it: whoever breaks that node answers for both."""
    led: list[Suspect] = []
    for suspect in suspects:
        follows = [each for each in suspects if each.rests_on & suspect.breaks] if not suspect.is_derived else []
        led.append(replace(suspect, breaks=suspect.breaks.union(*(each.breaks for each in follows))))
    return led


def _is_contradicted(suspect: Suspect, evidence: Evidence) -> bool:
    """Traffic that succeeds on a way refutes "closed" and "missing" on it."""
    doubtful = {node for node in suspect.breaks if node.startswith(_CONTRADICTED_BY_TRAFFIC)}
    if not doubtful or doubtful != suspect.breaks:
        return False
    passed: set[str] = set()
    for symptom in evidence.passed:
        if is_traffic(symptom) and symptom.status is not None:
            way = way_of(symptom, evidence)
            passed.update(node for node in way if not node.startswith("route:"))
            passed.update(f"route:{each}" for each in _routes_passed(symptom))
    return doubtful <= passed


def _routes_passed(symptom: Symptom) -> list[str]:
    """Routes that a check proves by name: any other URL may be led by another rule."""
    _, _, rest = symptom.result.check_id.partition(".route.")
    return [rest] if rest else []


def _hits(each: Explained, symptom: Symptom, way: list[str]) -> bool:
    return any(node in way and compatible(symptom, node, way) for node in each.suspect.breaks)


def _explain_traffic(found: list[Explained], symptoms: Iterable[Symptom], ways: dict[str, list[str]]) -> None:
    for symptom in symptoms:
        if not is_traffic(symptom):
            continue
        way = ways[symptom.result.check_id]
        for each in found:
            if each.suspect.is_latent:
                continue
            if _hits(each, symptom, way):
                each.explains.append(symptom.result.check_id)
                each.is_felt = True
            elif any(node in way for node in each.suspect.breaks):
                each.is_masked = True


def _unmask(found: list[Explained], evidence: Evidence) -> None:
    """What other traffic passes is not hidden: it is simply not felt there."""
    passed: set[str] = set()
    for symptom in evidence.passed:
        if is_traffic(symptom) and symptom.status is not None:
            passed.update(way_of(symptom, evidence))
    for each in found:
        each.is_masked = each.is_masked and not each.suspect.breaks & passed


def _explain_facts(found: list[Explained], symptoms: Iterable[Symptom], ways: dict[str, list[str]]) -> None:
    """What AWS says is explained by what is felt; where nothing of that is, by what is not."""
    for symptom in symptoms:
        if is_traffic(symptom):
            continue
        way = ways[symptom.result.check_id]
        hitting = [each for each in found if any(node in way for node in each.suspect.breaks)]
        for each in [each for each in hitting if each.is_felt] or hitting:
            each.explains.append(symptom.result.check_id)


def _unexplained(found: list[Explained], evidence: Evidence) -> list[Symptom]:
    known = {check for each in found for check in each.explains}
    return [symptom for symptom in evidence.symptoms if symptom.result.check_id not in known]


def _take_up(suspects: list[Suspect], found: list[Explained], evidence: Evidence, ways: dict[str, list[str]]) -> None:
    """Derived suspects stand for what is left, as few as explain it; the others follow from what explains the same."""
    left = list(suspects)
    while left:
        unexplained = _unexplained(found, evidence)
        candidates = [_explaining(suspect, unexplained, ways) for suspect in left if _has_a_sign(suspect, unexplained)]
        best = max(candidates, key=lambda each: (len(each.explains), bool(each.suspect.changed)), default=None)
        if best is None or not best.explains:
            break
        found.append(best)
        left.remove(best.suspect)
    untried = _untried(left, found, evidence, ways)
    found += untried
    for suspect in [each for each in left if each.key not in {one.suspect.key for one in untried}]:
        everything = set(_explaining(suspect, evidence.symptoms, ways).explains)
        for each in found:
            if everything & set(each.explains):
                each.consequences.append(suspect.statement)


def _has_a_sign(suspect: Suspect, unexplained: Iterable[Symptom]) -> bool:
    """Whether it may explain more: the monitor's own fault stands on every way, and counts only where its signs do."""
    signs = {proof.source for proof in suspect.proofs}
    return not suspect.kind.startswith("monitor-") or any(each.result.check_id in signs for each in unexplained)


def _untried(
    suspects: list[Suspect], found: list[Explained], evidence: Evidence, ways: dict[str, list[str]]
) -> list[Explained]:
    """Changes that nothing could try, since another cause hides them.

    Where the definition of the same service is found wrong, a change of it belongs to that, and is none of its own.
    """
    ill = {each.suspect.service for each in found if CAUSES[each.suspect.kind].terraform in _OF_A_DEPLOYMENT}
    elsewhere = {check for each in found if not each.suspect.is_derived for check in each.explains}
    hiding = (each for each in evidence.symptoms if is_traffic(each) and each.result.check_id in elsewhere)
    hidden = {node for each in hiding for node in ways[each.result.check_id]}
    untried = [each for each in suspects if each.is_untried and each.breaks & hidden and each.service not in ill]
    told = "{} was changed by the newest revision, and nothing could try it yet."
    return [
        Explained(replace(each, statement=told.format(each.resource), confidence=Confidence.ONE_SIGN), is_masked=True)
        for each in untried
    ]


def _explaining(suspect: Suspect, symptoms: Iterable[Symptom], ways: dict[str, list[str]]) -> Explained:
    """A suspect with what it alone would explain of these."""
    alone = Explained(suspect)
    symptoms = tuple(symptoms)
    _explain_traffic([alone], symptoms, ways)
    _explain_facts([alone], symptoms, ways)
    return alone


def _leave_to_components(found: list[Explained], evidence: Evidence, ways: dict[str, list[str]]) -> None:
    """What nothing explains is told of the component that the evidence leads to: sure of that, and of no more."""
    left: dict[str, list[Symptom]] = {}
    for symptom in _unexplained(found, evidence):
        role = _component(symptom, ways[symptom.result.check_id], evidence)
        if role in evidence.roles and not is_deploying(role, evidence):
            left.setdefault(role, []).append(symptom)
    _fold_callers(left, evidence)
    for role, symptoms in left.items():
        name = evidence.roles[role].name
        suspect = Suspect(
            kind="service-unreachable",
            resource=name,
            statement=f"{name} does not do what it should; its cause is not proved.",
            breaks=frozenset({f"app:{role}"}),
            proofs=tuple(Proof(told=each.told, source=each.result.check_id) for each in symptoms[:3]),
            confidence=Confidence.SYMPTOM,
            service=role,
            changed=changes_of_service(role, evidence),
        )
        found.append(Explained(suspect, [each.result.check_id for each in symptoms], is_felt=True))


def _fold_callers(left: dict[str, list[Symptom]], evidence: Evidence) -> None:
    """Who answers, and asks one that does not even answer, passes that one's trouble on."""
    silent = {role for role, symptoms in left.items() if not all(_is_answer(each) for each in symptoms)}
    for role in [role for role in left if role not in silent]:
        callee = next((each for each in evidence.callees(role) if each in silent), None)
        if callee is not None:
            left[callee] += left.pop(role)


def _is_answer(symptom: Symptom) -> bool:
    return symptom.status is not None and not symptom.is_of_balancer


def _component(symptom: Symptom, way: list[str], evidence: Evidence) -> str | None:
    """The service that answered, or did not; None where only rules that could not be read would tell which it is."""
    target = evidence.run.target
    if symptom.written_by in ("MLflow", "proxy") and target.mlflow is not None:
        return target.mlflow.service
    is_answer = _is_answer(symptom)
    balancer = balancer_of(symptom.host or "", evidence)
    if not is_answer and balancer is not None and evidence.listeners(balancer.name) is None:
        return None
    kind = "app:" if is_answer else "service:"
    named = [node.partition(":")[2] for node in way if node.startswith(kind)]
    return next(iter(named), symptom.result.service)


def _explain_unknown(found: list[Explained], evidence: Evidence) -> None:
    """The monitor's own faults explain what could not be found out."""
    for each in found:
        if not each.suspect.kind.startswith("monitor-") or each.explains:
            continue
        words = each.suspect.unknown_for_it or (each.suspect.resource,)
        unknown = [
            result.check_id
            for result in evidence.run.of_status(Status.UNKNOWN)
            if any(word in result.seen for word in words)
        ]
        each.explains.extend(unknown)
        each.is_felt = bool(unknown)
