"""What mends containers: what a task definition says of the image, the address, the variables and the memory.

On some platforms CI registers the task definitions, on others Terraform does: each fix says what that means.
"""

import re
from dataclasses import replace

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.rules.task_starts import repository_and_tag
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Value, changed, json_of

WRITERS = (
    "Change it where the task definitions are written: if CI registers them, a change in Terraform reaches no task; "
    "if Terraform does, its next apply undoes a revision made by hand."
)
_SIGN = "That it changed is a sign and no proof: see first that its old value is the better one, and opens no door."
_NEW = "That it is new is a sign and no proof: see first that nothing needs it."
_WHOLE = monitor(SuiteName.AUTHENTICATION, SuiteName.SERVICES, SuiteName.MLFLOW_ROUTING)
_DEFINITION = "aws_ecs_task_definition"
# The most memory of each size of CPU on Fargate (ECS developer guide, "Fargate task size").
_MOST_MB = {256: 2048, 512: 4096, 1024: 8192, 2048: 16384, 4096: 30720, 8192: 61440, 16384: 122880}


def new_revision(
    subject: Subject, told: str, change: dict[str, Value], caution: str = "", verify: str | None = None
) -> Fix:
    """A new revision of a task definition; ``change`` is what its container has otherwise."""
    back = subject.way_back()
    container: dict[str, Value] = {"name": subject.container_name, **change}
    return Fix(
        told=told + (f" Until then, {back}." if back else ""),
        hcl=changed(_DEFINITION, subject.name, {"container_definitions": json_of([container])}),
        verify=verify or subject.counts(),
        caution=f"{caution} {WRITERS}".strip(),
    )


def variable(name: str, value: str) -> dict[str, Value]:
    """A change of one variable."""
    return {"environment": [{"name": name, "value": value}]}


def image(suspect: Suspect, evidence: Evidence) -> Fix:
    """The image is pushed, or one that exists is deployed."""
    subject = Subject(suspect, evidence)
    old = subject.container_before.image if subject.container_before else None
    good = old if old and repository_and_tag(old) != suspect.resource else None
    caution = f"Scaling {subject.service} up or restarting it helps nothing: there is nothing to start."
    if good is not None:
        told = f"Push {suspect.resource}, or run {repository_and_tag(good)} again."
        return new_revision(subject, told, {"image": good}, caution)
    back = subject.way_back()
    repository, _, tag = suspect.resource.rpartition(":")
    return Fix(
        told=f"Push {suspect.resource}, or deploy a revision whose image exists."
        + (f" To go back, {back}." if back else ""),
        verify=subject.aws(f"ecr describe-images --repository-name {repository} --image-ids imageTag={tag}"),
        caution=f"{caution} {WRITERS}",
    )


def memory(suspect: Suspect, evidence: Evidence) -> Fix:
    """Twice the memory, with the CPU that Fargate asks for it."""
    subject = Subject(suspect, evidence)
    now = subject.definition
    caution = f"If its use grows without end, more memory only delays it. {WRITERS}"
    if now is None or now.memory_mb is None:
        told = f"Give the tasks of {subject.service} more memory in a new revision."
        return Fix(told=told, verify=subject.counts(), caution=caution)
    wanted_mb = 2 * now.memory_mb
    cpu = next((size for size, most in _MOST_MB.items() if size >= (now.cpu or 0) and most >= wanted_mb), None)
    change: dict[str, Value] = {"cpu": cpu or now.cpu or 256, "memory": wanted_mb}
    if len(now.containers) == 1:  # it may have a limit of its own, below that of its task
        change["container_definitions"] = json_of([{"name": subject.container_name, "memory": wanted_mb}])
    back = subject.way_back()
    return Fix(
        told=f"Give the tasks of {subject.service} {wanted_mb} MiB in the place of {now.memory_mb}."
        + (f" Until then, {back}, if it did not run out." if back else ""),
        hcl=changed(_DEFINITION, subject.name, change),
        verify=subject.counts(),
        caution=caution,
    )


def exits(suspect: Suspect, evidence: Evidence) -> Fix:
    """What its log says is mended; the revision before runs meanwhile."""
    subject = Subject(suspect, evidence)
    back = subject.way_back()
    group = subject.container.log_group if subject.container else None
    log = f" (`{subject.aws(f'logs tail {group} --since 30m')}`)" if group else ""
    return Fix(
        told=f"Mend what the last lines of its log name{log}." + (f" Until then, {back}." if back else ""),
        verify=subject.counts(),
        effort=Effort.HOURS,
        caution=f"Scaling {subject.service} up only starts more tasks that exit. {WRITERS}",
    )


def port(suspect: Suspect, evidence: Evidence) -> Fix:
    """The container listens where it is registered."""
    subject = Subject(suspect, evidence)
    right = subject.port or 80
    told = f"Let the container {subject.container_name} listen on port {right}, where {subject.service} is registered"
    caution = "Moving the registration instead also moves its target group, its security group and all its callers."
    return _listening(subject, told, str(right), r"PORT", r"--port", caution)


def address(suspect: Suspect, evidence: Evidence) -> Fix:
    """The container listens on all addresses."""
    subject = Subject(suspect, evidence)
    told = f"Let the container {subject.container_name} listen on 0.0.0.0"
    caution = "Neither a security group nor a health check mends it: nothing outside the task reaches 127.0.0.1."
    return _listening(subject, told, "0.0.0.0", r"HOST", r"--host", caution)  # noqa: S104 - the address to advise


def _listening(subject: Subject, told: str, value: str, words: str, option: str, caution: str) -> Fix:
    """By the variable that its proof tells of, else by the option of its command."""
    container = subject.container
    proofs = " ".join(proof.told for proof in subject.suspect.proofs)
    for name, known in sorted((container.environment if container else {}).items()):
        if name.endswith(words) and known.value and known.value != value and known.value in proofs:
            return new_revision(subject, f"{told}: set {name} to {value}.", variable(name, value), caution)
    command = _with_option(container.command if container else (), option, value)
    if command is None:
        back = subject.way_back()
        return Fix(
            told=f"{told}, by its command or a variable." + (f" Until then, {back}." if back else ""),
            verify=subject.counts(),
            caution=f"{caution} {WRITERS}",
        )
    return new_revision(subject, f"{told}: set {option} to {value} in its command.", {"command": command}, caution)


def _with_option(command: tuple[str, ...], option: str, value: str) -> list[str] | None:
    """The command with another value of an option; null where it has none."""
    if option in command[:-1]:
        place = command.index(option) + 1
        return [*command[:place], value, *command[place + 1 :]]
    changed_words = [re.sub(rf"({option})([ =])\S+", rf"\g<1>\g<2>{value}", word) for word in command]
    return changed_words if changed_words != list(command) else None


def own_health_check(suspect: Suspect, evidence: Evidence) -> Fix:
    """The health check of the revision before; else none, since which programs the image has is not known."""
    subject = Subject(suspect, evidence)
    check = subject.container.health_check if subject.container else None
    old = subject.container_before.health_check if subject.container_before else None
    now = f" (now: {' '.join(check)})" if check else ""
    caution = "Another command must be in the image: without curl in it, one with curl fails whatever the service does."
    if old and old != check:
        told = f"Give the container health check of {subject.service} its old command again: {' '.join(old)}{now}."
        return new_revision(subject, told, {"healthCheck": {"command": old}}, caution)
    told = f"Remove the container health check of {subject.service}{now}: its target group asks it already."
    return new_revision(subject, told, {"healthCheck": None}, caution)


def variable_restored(suspect: Suspect, evidence: Evidence) -> Fix:
    """A variable has the value that it must have: the address of the service it points to, or what it was before."""
    subject = Subject(suspect, evidence)
    name = suspect.resource.rpartition(" ")[2]
    old = subject.container_before
    value = _right_address(name, subject) or _value(name, old)
    source = old.secrets.get(name) if old else None
    caution = _SIGN if suspect.is_derived else ""
    if value is not None:
        told = f"Set {name} of {subject.service} to {value}."
        return new_revision(subject, told, variable(name, value), caution, _WHOLE)
    if source is not None:
        told = f"Give {subject.service} {name} again from its secret."
        return new_revision(subject, told, {"secrets": [{"name": name, "valueFrom": source}]}, caution, _WHOLE)
    told = f"Set {name} of {subject.service} as the last revision that worked had it."
    if suspect.kind == "container-variable-wrong" and old is not None and name not in old.environment:
        now = _value(name, subject.container)
        told = f"Remove {name} from {subject.service}" + (f"; its value now is {now}." if now else ".")
        caution = _NEW if suspect.is_derived else ""
    back = subject.way_back()
    told += f" Until then, {back}." if back else ""
    return Fix(told=told, verify=_WHOLE, caution=f"{caution} {WRITERS}".strip())


def _value(name: str, container: ContainerDefinition | None) -> str | None:
    known = container.environment.get(name) if container else None
    return known.value if known else None


def _right_address(name: str, subject: Subject) -> str | None:
    """The internal address of the service that a variable's name speaks of, where it has a URL with another."""
    now, evidence = _value(name, subject.container) or "", subject.evidence
    if not now.startswith("http://"):
        return None
    named = [role for role in evidence.roles if role in name.lower().split("_")]
    addresses = Subject(replace(subject.suspect, service=named[0]), evidence).addresses if named else []
    return f"http://{addresses[0]}" if addresses and addresses[0] not in now else None
