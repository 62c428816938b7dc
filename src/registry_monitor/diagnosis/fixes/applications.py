"""What mends what applications do wrong while they run: their switches, their doors and their limits."""

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.containers import WRITERS, new_revision, variable
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.rules.changes import difference
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.model import SuiteName

_DOORS = monitor(SuiteName.AUTHENTICATION)
_FLOW = monitor(SuiteName.MODEL_REGISTRATION_FLOW, SuiteName.MLFLOW_ROUTING)


def doors_closed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The revision before, and what the newest one changed."""
    subject = Subject(suspect, evidence)
    back = subject.way_back()
    changes = (
        "; ".join(told for _, _, told in difference(subject.role, evidence))
        if subject.role in evidence.services
        else ""
    )
    first = (
        f"At once, {back}." if back else f"At once, deploy a revision of {subject.service} that refuses unknown keys."
    )
    return Fix(
        told=first + (f" Then undo what lets keys in: {changes}." if changes else " Then see what lets keys in."),
        verify=_DOORS,
        caution="Restarting or scaling closes no door: each task of this revision opens it. Closing is not all: see "
        "in the "
        "logs who came in meanwhile, and what they registered or deleted.",
    )


def errors_read(suspect: Suspect, evidence: Evidence) -> Fix:
    """What its log says."""
    subject = Subject(suspect, evidence)
    group = subject.container.log_group if subject.container else None
    where = f"`{subject.aws(f'logs tail {group} --since 15m')}`" if group else f"the log of {subject.service}"
    back = subject.way_back() if subject.before else None
    return Fix(
        told=f"See in {where} what its errors name; a missing table is a migration that has not run."
        + (f" If it came with the newest revision, {back}." if back else ""),
        verify=_DOORS,
        effort=Effort.HOURS,
        caution=f"Restarting {subject.service} drops caches that still let known keys in.",
    )


def limit_met(suspect: Suspect, evidence: Evidence) -> Fix:
    """Fewer requests, or a higher limit for the key."""
    subject = Subject(suspect, evidence)
    key = evidence.run.target.keys.monitor if evidence.run.target.keys else "the monitor's"
    return Fix(
        told=f"See whose requests {subject.service} counts: if the monitor's own, raise the limit of its key {key} "
        "or run it "
        "less often; if a user's, raise theirs.",
        verify=_DOORS,
        caution="Asking again at once only counts further: wait for the time that Retry-After names.",
    )


def artifacts_served(suspect: Suspect, evidence: Evidence) -> Fix:
    """The switch that turned them off."""
    subject = Subject(suspect, evidence)
    switch = suspect.resource.rpartition(" ")[2]
    caution = "Letting clients write to S3 themselves instead needs AWS keys for each of them."
    if not switch.startswith("--"):
        told = f"Set {switch} of {subject.service} to true."
        return new_revision(subject, told, variable(switch, "true"), caution, _FLOW)
    told = f"Take {switch} out of the command of {subject.service}, and have --serve-artifacts in it."
    command = [word for word in (subject.container.command if subject.container else ()) if word != switch]
    if not command:
        return Fix(told=told, verify=_FLOW, caution=f"{caution} {WRITERS}")
    return new_revision(
        subject, told, {"command": list(dict.fromkeys([*command, "--serve-artifacts"]))}, caution, _FLOW
    )


def hosts_allowed(suspect: Suspect, evidence: Evidence) -> Fix:
    """The names by which MLflow is asked, beside those that it has."""
    subject = Subject(suspect, evidence)
    name = suspect.resource.rpartition(" ")[2]
    known = subject.container.environment.get(name) if subject.container else None
    old = subject.container_before.environment.get(name) if subject.container_before else None
    now = [each.strip() for each in ((known and known.value) or "").split(",") if each.strip()]
    before = [each.strip() for each in ((old and old.value) or "").split(",") if each.strip()]
    public = [
        balancer.hosts[0]
        for balancer in evidence.run.target.load_balancers
        if any(route.service == subject.role for route in balancer.routes)
    ]
    hosts = list(dict.fromkeys([*now, *before, *subject.addresses, *public]))
    caution = (
        "The list replaces MLflow's defaults, and a port counts as a part of the name. * would switch the check off."
    )
    if len(hosts) == len(public):
        told = f"Set {name} of {subject.service} to all names by which it is asked, the internal ones with their ports."
        return Fix(told=told, verify=_FLOW, caution=f"{caution} {WRITERS}")
    told = f"Set {name} of {subject.service} to all names by which it is asked: {', '.join(hosts)}."
    return new_revision(subject, told, variable(name, ",".join(hosts)), caution, _FLOW)


def own_login_off(suspect: Suspect, evidence: Evidence) -> Fix:
    """MLflow without its own login, behind the platform's."""
    subject = Subject(suspect, evidence)
    command = list(subject.container.command) if subject.container else []
    told = f"Take `--app-name basic-auth` out of the command of {subject.service}."
    caution = "First see that nobody reaches MLflow past the platform's own keys: without its login it refuses nobody."
    if "--app-name" not in command:
        return Fix(told=told, verify=_FLOW, caution=f"{caution} {WRITERS}")
    place = command.index("--app-name")
    return new_revision(subject, told, {"command": [*command[:place], *command[place + 2 :]]}, caution, _FLOW)
