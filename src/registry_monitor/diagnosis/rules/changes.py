"""What changed with the newest revision of a service that answers wrongly, and what its variables point to.

Rows: AUT-11, AUT-12, AUT-15, AUT-16, MLF-17. A change is a sign, never a proof: it names a cause only for what nothing
else explains.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from registry_monitor.diagnosis.evidence import Evidence, Symptom
from registry_monitor.diagnosis.nodes import way_of
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import ContainerDefinition, Variable
from registry_monitor.model import Verdict

_SOURCE = "ecs:DescribeTaskDefinition"
_TODAY = timedelta(days=1)


def variables(evidence: Evidence) -> Iterator[Suspect]:
    """Addresses that lead nowhere first, since they prove themselves; then what changed on the way of what fails."""
    for role in evidence.services:
        yield from _addresses(role, evidence)
    ways = [way_of(symptom, evidence) for symptom in evidence.symptoms if _is_of_application(symptom)]
    newest = {_newest(way, evidence) for way in ways}
    for role in evidence.services:
        is_untried = _is_untried(role, evidence)
        if role in newest or is_untried:
            for suspect in _changed(role, evidence):
                yield replace(suspect, is_untried=is_untried, is_latent=role not in newest)


def _is_untried(role: str, evidence: Evidence) -> bool:
    """Whether the newest revision came after the platform was last seen HEALTHY; where no such run is kept, today."""
    deployed_at, baseline = evidence.deployed_at(role), evidence.read(evidence.run.baseline)
    if deployed_at is None:
        return False
    if baseline is not None and baseline.verdict is Verdict.HEALTHY:
        return deployed_at > baseline.started_at
    return deployed_at > evidence.now - _TODAY


def _newest(way: list[str], evidence: Evidence) -> str | None:
    """The service on a way that was deployed last, of those that were changed at all: what changed before, worked."""
    changed = [role for role in evidence.services if f"app:{role}" in way and any(difference(role, evidence))]
    dated = [(at, role) for role in changed if (at := evidence.deployed_at(role)) is not None]
    return max(dated, key=lambda each: each[0])[1] if dated else next(iter(changed), None)


def _is_of_application(symptom: Symptom) -> bool:
    return symptom.status is not None and not symptom.is_of_balancer


def _addresses(role: str, evidence: Evidence) -> Iterator[Suspect]:
    """A variable with the address of another service that is not where that service is."""
    container = evidence.container(role)
    known = evidence.internal_addresses
    domains = {host.partition(".")[2] for host, _ in known}
    for name, variable in sorted((container.environment if container else {}).items()):
        parts = urlsplit(variable.value or "")
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            continue
        if parts.hostname.partition(".")[2] not in domains:
            continue
        address = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        if address in known:
            continue
        right = ", ".join(f"{host}:{port}" for host, port in sorted(known))
        told = f"{name} is {variable.value}; the platform's internal addresses are {right}"
        yield _suspect(role, name, "container-variable-wrong", told, Confidence.PROVEN, evidence)


def _changed(role: str, evidence: Evidence) -> Iterator[Suspect]:
    """Variables that differ between the two newest revisions."""
    differences = list(difference(role, evidence))
    for name, kind, told in differences:
        confidence = Confidence.TWO_SIGNS if len(differences) == 1 else Confidence.ONE_SIGN
        yield _suspect(role, name, kind, told, confidence, evidence, is_derived=True)


def difference(role: str, evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Each variable that the newest revision has otherwise: its name, the kind of fault it may be, and what changed."""
    new, old = evidence.container(role), _before(role, evidence)
    if new is None or old is None:
        return
    before, after = _all(old), _all(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name not in after:
            yield name, "container-variable-missing", f"the newest revision has no {name} any more"
        elif name not in before:
            yield name, "container-variable-wrong", f"{name} is new in the newest revision{_value(new, name)}"
        else:
            yield name, "container-variable-wrong", f"{name} was changed by the newest revision{_value(new, name)}"


def last_change(role: str, evidence: Evidence) -> Iterator[str]:
    """What the newest revision of a service has otherwise than the one before, for people: beside a cause, no cause."""
    new, old, definition = evidence.container(role), _before(role, evidence), evidence.definition(role)
    if new is None or old is None or definition is None:
        return
    told = [
        *(
            [f"its command was {_words(old.command)}, and is {_words(new.command)}"]
            if old.command != new.command
            else []
        ),
        *([f"its image was {old.image}, and is {new.image}"] if old.image != new.image else []),
        *(
            [f"its health check was {_words(old.health_check)}, and is {_words(new.health_check)}"]
            if old.health_check != new.health_check
            else []
        ),
        *(text for _, _, text in difference(role, evidence)),
    ]
    at = evidence.deployed_at(role)
    if told:
        when = f", deployed {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""
        yield f"Revision {definition.family}:{definition.revision}{when}: {'; '.join(told)}"


def _words(command: tuple[str, ...] | None) -> str:
    return f"“{' '.join(command)}”" if command else "that of its image"


def _before(role: str, evidence: Evidence) -> ContainerDefinition | None:
    """The same container in the revision before."""
    new, service = evidence.container(role), evidence.services[role]
    previous = evidence.read(evidence.run.inventory.previous_definitions.get(service.task_definition))
    if previous is None or new is None:
        return None
    return next((each for each in previous.containers if each.name == new.name), None)


def _all(container: ContainerDefinition) -> dict[str, str]:
    """Variables by name, with what tells a change; of secrets, where they come from."""
    return {name: variable.fingerprint for name, variable in container.environment.items()} | container.secrets


def _value(container: ContainerDefinition, name: str) -> str:
    variable: Variable | None = container.environment.get(name)
    return f": {variable.value}" if variable is not None and variable.value is not None else ""


def _suspect(
    role: str,
    variable: str,
    kind: str,
    told: str,
    confidence: Confidence,
    evidence: Evidence,
    *,
    is_derived: bool = False,
) -> Suspect:
    name = evidence.roles[role].name
    verb = "lacks the variable" if kind == "container-variable-missing" else "has a wrong value in the variable"
    return Suspect(
        kind=kind,
        resource=f"{name} {variable}",
        statement=f"{name} {verb} {variable}.",
        breaks=frozenset({f"app:{role}"}),
        proofs=(Proof(told=told, source=_SOURCE),),
        confidence=confidence,
        service=role,
        arn=evidence.services[role].task_definition,
        is_derived=is_derived,
    )
