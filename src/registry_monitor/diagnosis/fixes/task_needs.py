"""What mends what tasks need to start: the rights to pull and to read, secrets, log groups and a way out to AWS."""

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.subject import Subject
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.terraform.hcl import Expression, allowing, resource

_NOT_THE_TASK_ROLE = "It is the execution role that starts tasks; rights of the task role help nothing here."


def pull_allowed(suspect: Suspect, evidence: Evidence) -> Fix:
    """AWS's own policy for execution roles; against a policy that denies, it would not help."""
    subject = Subject(suspect, evidence)
    role = suspect.resource or "the execution role"
    if denied := denied_actions(role, "ecr", evidence):
        return Fix(
            told=f"Take the statement that denies {' and '.join(denied)} out of the policies of {role}.",
            verify=subject.counts(),
            caution=f"Attaching another policy helps nothing: a Deny wins over each Allow. {_NOT_THE_TASK_ROLE}",
        )
    return Fix(
        told=f"Attach AmazonECSTaskExecutionRolePolicy to the execution role {role}.",
        hcl=resource(
            "aws_iam_role_policy_attachment",
            f"{subject.name}_execution",
            {
                "role": role,
                "policy_arn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
            },
        ),
        verify=subject.counts(),
        caution=f"{_NOT_THE_TASK_ROLE} For a repository of another account, its own policy must allow it too.",
    )


def denied_actions(role: str, service: str, evidence: Evidence) -> list[str]:
    """What a role's own policies deny of a service of AWS, as they have it."""
    roles = (evidence.read(fact) for fact in evidence.run.inventory.roles.values())
    statements = (statement for each in roles if each and each.name == role for statement in each.statements)
    denied = (action for each in statements if each.effect == "Deny" for action in each.actions)
    return [action for action in denied if action == "*" or action.startswith(f"{service}:")]


def secret_readable(suspect: Suspect, evidence: Evidence) -> Fix:
    """The right to read one secret."""
    subject = Subject(suspect, evidence)
    role, _, secret = suspect.resource.partition(" ")
    account = role_account(subject)
    arn = f"arn:aws:secretsmanager:{evidence.run.target.region}:{account}:secret:{secret or '*'}-*"
    return Fix(
        told=f"Allow the execution role {role or 'of its tasks'} secretsmanager:GetSecretValue on "
        f"{secret or 'its secret'}.",
        hcl=resource(
            "aws_iam_role_policy",
            f"{subject.name}_secrets",
            {
                "name": f"{subject.service}-secrets",
                "role": role or subject.service,
                "policy": allowing(["secretsmanager:GetSecretValue"], [arn]),
            },
        ),
        verify=subject.counts(),
        caution=f"{_NOT_THE_TASK_ROLE} A secret with a key of KMS of its own also needs kms:Decrypt on that.",
    )


def role_account(subject: Subject) -> str:
    """The account, of the ARN of the execution role; any, where it is not known."""
    role = subject.definition.execution_role if subject.definition else None
    return role.split(":")[4] if role and role.count(":") > 4 else "*"


def secret_restored(suspect: Suspect, evidence: Evidence) -> Fix:
    """A deleted secret comes back whole; one that never was is made."""
    subject = Subject(suspect, evidence)
    name = suspect.resource or "the secret"
    known = [evidence.read(fact) for fact in evidence.run.inventory.secrets.values()]
    deleted = next((each for each in known if each and each.name == name and each.deleted_at), None)
    restart = subject.restart_of_readers(suspect.resource)
    verify = subject.aws(f'secretsmanager describe-secret --secret-id "{name}"')
    if deleted is not None:
        restore = subject.aws(f'secretsmanager restore-secret --secret-id "{name}"')
        return Fix(
            told=f"Take back the deletion of {name} (`{restore}`), then {restart}.",
            verify=verify,
            caution="Do not make a new secret of that name: its ARN would end otherwise, and the value would be lost.",
        )
    return Fix(
        told=f"Create the secret {name} and give it its value, then {restart}.",
        hcl=resource("aws_secretsmanager_secret", name, {"name": name}),
        verify=verify,
        caution="A new secret has a new end of its ARN: task definitions with the whole old ARN need a new revision. "
        "Keep the value itself out of Terraform, whose state would show it.",
    )


def secret_key_added(suspect: Suspect, evidence: Evidence) -> Fix:
    """The key in the secret's JSON."""
    subject = Subject(suspect, evidence)
    secret, _, key = suspect.resource.rpartition(":")
    restart = subject.restart_of_readers(secret)
    return Fix(
        told=f"Add the key {key or 'that is missing'} to the JSON of the secret {secret or 'that its tasks read'}, "
        "then "
        f"{restart}.",
        verify=subject.counts(),
        caution="The call put-secret-value replaces the whole JSON: give all its keys, as the version before may still "
        "have them (AWSPREVIOUS). Start no reader again before that: one that runs still has the old value, and would "
        "stop too. If the key was renamed, a new revision that names the new one is the fix.",
    )


def log_group_created(suspect: Suspect, evidence: Evidence) -> Fix:
    """The log group."""
    subject = Subject(suspect, evidence)
    own = subject.container.log_group if subject.container else None
    name = suspect.resource or own or f"/ecs/{subject.service}"
    return Fix(
        told=f"Create the log group {name}.",
        hcl=resource("aws_cloudwatch_log_group", subject.name, {"name": name, "retention_in_days": 30}),
        verify=subject.counts(),
        caution="With awslogs-create-group instead, the execution role also needs logs:CreateLogGroup.",
    )


def way_out(suspect: Suspect, evidence: Evidence) -> Fix:
    """VPC endpoints of the service in the subnets of its tasks, or what is wrong with those that are there."""
    subject = Subject(suspect, evidence)
    aws, region = suspect.resource or "ecr", evidence.run.target.region
    network = evidence.read(evidence.run.inventory.network)
    wanted = ("ecr.api", "ecr.dkr") if aws == "ecr" else (aws,)
    there = [each for each in (network.endpoints if network else ()) if each.service in wanted]
    if len(there) == len(wanted):
        ids = ", ".join(each.id for each in there)
        groups = ", ".join(dict.fromkeys(group for each in there for group in each.security_groups)) or "their groups"
        return Fix(
            told=f"Let the tasks of {subject.service} in on port 443 of the endpoints {ids} (security groups "
            f"{groups}), and "
            "see that their subnets have the tasks' zones.",
            verify=subject.counts(),
            effort=Effort.HOURS,
            caution="Opening 443 to 0.0.0.0/0 is no fix: the tasks' security group is enough.",
        )
    missing = [service for service in wanted if service not in {each.service for each in there}]
    also = " ECR also needs a gateway endpoint of s3, where its layers are." if aws == "ecr" else ""
    return Fix(
        told=f"Give the tasks' subnets a way to {aws}: interface endpoints of {' and '.join(missing)}, or a route to "
        "a NAT "
        f"gateway.{also}",
        hcl="\n\n".join(interface_endpoint(service, subject, evidence) for service in missing),
        verify=subject.counts(),
        effort=Effort.HOURS,
        caution=f"Scaling {subject.service} up helps nothing. Of an endpoint, the security group must let the tasks "
        "in on "
        f"443; its private name serves the whole VPC in {region}.",
    )


def interface_endpoint(service: str, subject: Subject, evidence: Evidence) -> str:
    """An interface endpoint where the tasks are; what is not known stands as Terraform's variable."""
    network = evidence.read(evidence.run.inventory.network)
    tasks = subject.found or next(iter(evidence.services.values()), None)
    return resource(
        "aws_vpc_endpoint",
        service,
        {
            "vpc_id": network.vpc if network else Expression("var.vpc_id"),
            "service_name": f"com.amazonaws.{evidence.run.target.region}.{service}",
            "vpc_endpoint_type": "Interface",
            "subnet_ids": tasks.subnets if tasks and tasks.subnets else Expression("var.private_subnet_ids"),
            "security_group_ids": [Expression("aws_security_group.endpoints.id")],
            "private_dns_enabled": True,
        },
    )
