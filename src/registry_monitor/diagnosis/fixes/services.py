"""What mends ECS services: absent ones, their number of tasks, their registration, and deployments that fail."""

from dataclasses import replace

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.facts import EcsService
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Expression, Part, block, changed, resource

_SERVICE = "aws_ecs_service"


def cluster_created(suspect: Suspect, evidence: Evidence) -> Fix:
    """The cluster with its services, where region and account are the right ones."""
    subject, region = Subject(suspect, evidence), evidence.run.target.region
    services = (Subject(replace(suspect, service=role), evidence) for role in evidence.roles)
    return Fix(
        told=f"Create the ECS cluster {suspect.resource} in {region} again, then its services; if it was renamed, name "
        "the new one in the target file.",
        hcl="\n\n".join(
            (
                resource("aws_ecs_cluster", suspect.resource, {"name": suspect.resource}),
                *(resource(_SERVICE, each.name, *_whole(each)) for each in services),
            )
        ),
        verify=subject.aws(f"ecs describe-clusters --clusters {suspect.resource}"),
        effort=Effort.HOURS,
        caution=f"First see that account and region ({region}) are those of the platform: elsewhere nothing is there.",
    )


def created(suspect: Suspect, evidence: Evidence) -> Fix:
    """A service that is absent, as it was, else as its siblings are."""
    subject = Subject(suspect, evidence)
    told = evidence.roles[subject.role].terraform if subject.role else None
    address = told or f"{_SERVICE}.{subject.name}"
    callers = [call.caller for call in evidence.run.target.calls if call.callee == subject.role != call.caller]
    return Fix(
        told=f"Create the ECS service {subject.service} in cluster {evidence.run.target.cluster}: where Terraform has "
        f"it, `terraform apply -target={address}`.",
        hcl=resource(_SERVICE, subject.name, *_whole(subject)),
        verify=subject.counts(),
        caution=f"Without service_registries it has no name in Cloud Map, and {callers[0]} does not find it."
        if callers
        else None,
    )


def _whole(subject: Subject) -> list[Part]:
    """What a service needs. Subnets and groups: its own, else those of the first sibling that has some, else open."""
    run, name = subject.evidence.run, subject.name
    known = [each for each in (subject.found, *subject.evidence.services.values()) if each and each.subnets]
    task = subject.found.task_definition if subject.found else Expression(f"aws_ecs_task_definition.{name}.arn")
    parts: list[Part] = [
        {
            "name": subject.service,
            "cluster": run.target.cluster,
            "task_definition": task,
            "desired_count": 1,
            "launch_type": "FARGATE",
        }
    ]
    if known:
        network = _network(known[0], is_own=known[0] is subject.found)
    else:
        groups = [Expression(f"aws_security_group.{name}.id")]
        subnets = Expression("var.private_subnet_ids")
        network = block("network_configuration", {"subnets": subnets, "security_groups": groups})
    return [*parts, network, _registration(subject), _registry(subject)]


def _network(like: EcsService, *, is_own: bool) -> str:
    network = block("network_configuration", {"subnets": like.subnets, "security_groups": like.security_groups})
    return network if is_own else f"# As {like.name} has it: compare with its own code.\n{network}"


def _registration(subject: Subject) -> str:
    group = subject.group or Expression(f"aws_lb_target_group.{subject.name}.arn")
    return block(
        "load_balancer",
        {"target_group_arn": group, "container_name": subject.container_name, "container_port": subject.port or 80},
    )


def _registry(subject: Subject) -> str:
    own = subject.found.registry_arns[:1] if subject.found else ()
    reference = Expression(f"aws_service_discovery_service.{subject.name}.arn")
    return block("service_registries", {"registry_arn": own[0] if own else reference})


def created_after_draining(suspect: Suspect, evidence: Evidence) -> Fix:
    """A service that is being destroyed cannot be changed any more."""
    fix = created(suspect, evidence)
    service = Subject(suspect, evidence).service
    return fix.model_copy(
        update={
            "told": f"Wait until {service} is INACTIVE, then create it again.",
            "caution": "A service that is DRAINING takes no change: raising its desired count does nothing.",
        }
    )


def scaled_up(suspect: Suspect, evidence: Evidence) -> Fix:
    """At least one task."""
    subject = Subject(suspect, evidence)
    return Fix(
        told=f"Set the desired count of {subject.service} to 1: `{subject.update('--desired-count 1')}`.",
        hcl=changed(_SERVICE, subject.name, {"desired_count": 1}),
        verify=subject.counts(),
        caution="Where it scales by itself, mend min_capacity of its aws_appautoscaling_target or the scheduled action "
        "too: they set it back to 0.",
    )


def registered(suspect: Suspect, evidence: Evidence) -> Fix:
    """The block that registers tasks in a target group."""
    subject = Subject(suspect, evidence)
    return Fix(
        told=f"Give {subject.service} a load_balancer block with its target group, container {subject.container_name} "
        f"and port {subject.port or 80}.",
        hcl=changed(_SERVICE, subject.name, _registration(subject)),
        verify=subject.aws(
            f"ecs describe-services --cluster {evidence.run.target.cluster} --services {subject.service} "
            '--query "services[].loadBalancers"'
        ),
        caution="Registering the tasks' addresses by hand lasts only until the next task starts.",
    )


def named(suspect: Suspect, evidence: Evidence) -> Fix:
    """The block that registers tasks in Cloud Map."""
    subject = Subject(suspect, evidence)
    return Fix(
        told=f"Give {subject.service} a service_registries block with its service in Cloud Map.",
        hcl=changed(_SERVICE, subject.name, _registry(subject)),
        verify=monitor(SuiteName.SERVICES, SuiteName.INFRASTRUCTURE_HEALTH),
        caution="Writing a task's address into variables instead lasts only until the next task starts.",
    )


def quota_raised(suspect: Suspect, evidence: Evidence) -> Fix:
    """The account's quota of vCPUs on Fargate."""
    subject = Subject(suspect, evidence)
    quota = "--service-code fargate --quota-code L-3032A538"
    return Fix(
        told="Ask for more Fargate vCPUs (quota L-3032A538, `aws service-quotas request-service-quota-increase`); "
        "until "
        "it is granted, stop tasks that can be spared.",
        verify=subject.aws(f"service-quotas get-service-quota {quota}"),
        effort=Effort.DAYS,
        caution=f"Scaling {subject.service} up helps nothing while the quota is used up.",
    )


def off_spot(suspect: Suspect, evidence: Evidence) -> Fix:
    """One task that AWS does not take back."""
    subject = Subject(suspect, evidence)
    strategy = block("capacity_provider_strategy", {"capacity_provider": "FARGATE", "base": 1, "weight": 1})
    return Fix(
        told=f"Run the first task of {subject.service} on FARGATE, not on FARGATE_SPOT.",
        hcl=changed(_SERVICE, subject.name, strategy),
        verify=subject.counts(),
        caution="A new capacity provider strategy starts a new deployment: keep launch_type out of the same service.",
    )


def rolled_back(suspect: Suspect, evidence: Evidence) -> Fix:
    """The old revision serves: what failed is mended at leisure."""
    subject = Subject(suspect, evidence)
    return Fix(
        told=f"Mend the revision of {subject.service} that failed, as its stopped tasks tell, and deploy it again; the "
        "one before serves meanwhile.",
        verify=subject.counts(),
        effort=Effort.HOURS,
        caution="Deploying the same revision again only fails again.",
    )


def redeployed(suspect: Suspect, evidence: Evidence) -> Fix:
    """Back to the revision before."""
    subject = Subject(suspect, evidence)
    back = subject.way_back()
    task = subject.before.arn if subject.before else None
    return Fix(
        told=f"Go back: {back}. Then mend the new one as its stopped tasks tell."
        if back
        else f"See why the newest tasks of {subject.service} stop, and deploy a revision that mends it.",
        hcl=changed(_SERVICE, subject.name, {"task_definition": task}) if back and task else None,
        verify=subject.counts(),
        caution=f"Scaling {subject.service} up or restarting it only starts more of the same failing tasks.",
    )


def one_task_replaced(suspect: Suspect, evidence: Evidence) -> Fix:
    """The broken task is stopped; ECS starts another."""
    subject = Subject(suspect, evidence)
    told = " ".join(proof.told for proof in suspect.proofs)
    tasks = evidence.read(evidence.run.inventory.tasks.get(subject.service)) or ()
    broken = next((task.id for task in tasks if task.address and task.address in told), None)
    stop = subject.aws(f"ecs stop-task --cluster {evidence.run.target.cluster} --task {broken}")
    return Fix(
        told=f"Keep the log of the broken task, then stop it, and ECS starts another: `{stop}`."
        if broken
        else f"Keep the log of the broken task of {subject.service}, then stop that task, and ECS starts another.",
        verify=monitor(SuiteName.SERVICES_DIRECT, SuiteName.INFRASTRUCTURE_HEALTH),
        caution="A new deployment also replaces the tasks that work.",
    )


def looked_at(suspect: Suspect, evidence: Evidence) -> Fix:
    """What is not proved is looked at by a person, where it is most likely told."""
    subject = Subject(suspect, evidence)
    group = subject.container.log_group if subject.container else None
    where = f"`{subject.aws(f'logs tail {group} --since 15m')}`" if group else f"the log of {subject.service}"
    back = subject.way_back() if subject.before else None
    return Fix(
        told=f"Look into {where}." + (f" If it began with the newest revision, {back}." if back else ""),
        verify=monitor(SuiteName.SERVICES, SuiteName.SERVICES_DIRECT, SuiteName.ENDPOINT_AVAILABILITY),
        effort=Effort.HOURS,
        caution=f"The cause is not proved: restarting {subject.service} may hide it and lose its traces.",
    )
