"""What changed on what is suspected, since the last good run: a sign beside the others, told with the finding."""

import re
from collections.abc import Iterable
from dataclasses import replace

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence
from registry_monitor.inventory.changes import Change

_MOST_TOLD = 5


def with_changes(suspect: Suspect, evidence: Evidence) -> Suspect:
    """The suspect with what changed on it. What rests on one sign rests on two where its object was changed."""
    words = (suspect.resource, suspect.arn or "", suspect.statement, *(proof.told for proof in suspect.proofs))
    found = _told(words, evidence.run.changes)
    if not found:
        return suspect
    is_one_sign = suspect.confidence is Confidence.ONE_SIGN
    confidence = Confidence.TWO_SIGNS if is_one_sign else suspect.confidence
    return replace(suspect, changed=(*suspect.changed, *found), confidence=confidence)


def changes_of_service(role: str, evidence: Evidence) -> tuple[str, ...]:
    """What changed on a service, its definition, roles, secrets, target groups and security groups."""
    service, definition = evidence.services.get(role), evidence.definition(role)
    words = [evidence.roles[role].name]
    if service is not None:
        words += [service.arn, *service.security_groups, *(each.target_group_arn for each in service.targets)]
    if definition is not None:
        words += [definition.arn, definition.task_role or "", definition.execution_role or ""]
        words += [place for container in definition.containers for place in container.secrets.values()]
    return _told(words, evidence.run.changes)


def _told(words: Iterable[str], changes: Iterable[Change]) -> tuple[str, ...]:
    text = "\n".join(words)
    return tuple(each.sentence for each in changes if any(_is_named(name, text) for name in each.ids))[:_MOST_TOLD]


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None
