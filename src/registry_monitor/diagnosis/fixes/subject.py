"""What a fix speaks of: the service that a suspect belongs to, what it runs, and the commands that ask after it."""

from dataclasses import dataclass
from functools import cached_property

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes.routing import groups_of
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.inventory.deep_facts import ContainerDefinition
from registry_monitor.inventory.facts import EcsService, TaskDefinition
from registry_monitor.model import SuiteName


@dataclass(frozen=True)
class Subject:
    """A suspect with its evidence; where AWS tells nothing, words stand for names."""

    suspect: Suspect
    evidence: Evidence

    @cached_property
    def role(self) -> str | None:
        """The service's role: told, or of the service whose name the resource begins with."""
        if self.suspect.service in self.evidence.roles:
            return self.suspect.service
        first = self.suspect.resource.partition(" ")[0]
        return next((role for role, service in self.evidence.roles.items() if service.name == first), None)

    @property
    def service(self) -> str:
        """The ECS service's name."""
        return self.evidence.roles[self.role].name if self.role else "the service"

    @property
    def name(self) -> str:
        """The name of its resources in Terraform."""
        return self.role or "service"

    @property
    def found(self) -> EcsService | None:
        """What ECS says of it."""
        return self.evidence.services.get(self.role or "")

    @cached_property
    def definition(self) -> TaskDefinition | None:
        """Its newest task definition."""
        return self.evidence.definition(self.role or "")

    @cached_property
    def container(self) -> ContainerDefinition | None:
        """Its container that answers requests."""
        return self.evidence.container(self.role or "")

    @property
    def container_name(self) -> str:
        """The name of that container; of a service that is absent, as its siblings have theirs."""
        if self.container is not None:
            return self.container.name
        for role, sibling in self.evidence.services.items():
            for target in sibling.targets:
                if self.role is not None and role in target.container_name:
                    return target.container_name.replace(role, self.role)
        return self.service

    @cached_property
    def before(self) -> TaskDefinition | None:
        """The revision before the newest one, where it could be read."""
        found = self.found
        return (
            self.evidence.read(self.evidence.run.inventory.previous_definitions.get(found.task_definition))
            if (found)
            else None
        )

    @property
    def container_before(self) -> ContainerDefinition | None:
        """The same container in that revision."""
        return (
            next((each for each in self.before.containers if each.name == self.container_name), None)
            if (self.before)
            else None
        )

    @property
    def port(self) -> int | None:
        """The port that is registered for it."""
        if self.found and self.found.targets:
            return self.found.targets[0].container_port
        return self.evidence.roles[self.role].container_port if self.role else None

    @property
    def group(self) -> str | None:
        """The ARN of the target group in which it registers its tasks, or is to register them."""
        return next(iter(sorted(groups_of(self.role, self.evidence))), None) if self.role else None

    @property
    def addresses(self) -> list[str]:
        """Its internal names with their ports, as the target's own checks ask them."""
        known = self.evidence.internal_addresses.items()
        return [f"{host}:{port}" for (host, port), role in known if role == self.role and "." in host]

    def way_back(self) -> str | None:
        """The revision before and the command that deploys it; null where there is none, or it is no other."""
        newest, before = self.definition, self.before
        if newest is None or newest.revision < 2:
            return None
        same = ("containers", "memory_mb", "cpu", "task_role", "execution_role")
        if before is not None and all(getattr(before, name) == getattr(newest, name) for name in same):
            return None
        name = f"{newest.family}:{before.revision if before else newest.revision - 1}"
        return f"deploy {name} again (`{self.update(f'--task-definition {name}')}`)"

    def aws(self, command: str) -> str:
        """A command of the AWS CLI in the platform's region."""
        return f"aws {command} --region {self.evidence.run.target.region}"

    def update(self, change: str) -> str:
        """The command that changes its ECS service."""
        return self.aws(
            f"ecs update-service --cluster {self.evidence.run.target.cluster} --service {self.service} {change}"
        )

    def restart_of_readers(self, secret: str) -> str:
        """To start the tasks again that read a secret, in words and as a command; of its own service, if none does."""
        own = [self.service] if self.role else []
        names = self._readers(secret) or own
        words = "start the tasks that read it again"
        if not names:
            return words
        if len(names) == 1:
            return f"{words}: `{self._restart(names[0])}`"
        return f"{words}: `for service in {' '.join(names)}; do {self._restart('$service')}; done`"

    def has_older_readers(self, secret: str) -> bool:
        """Whether a task that reads a secret runs since before it was changed last, and so has the old value.

        Of its own service, where it is one's: what others read is not what was refused.
        """
        known = [self.evidence.read(fact) for fact in self.evidence.run.inventory.secrets.values()]
        changed_at = next((each.changed_at for each in known if each and each.name == secret), None)
        readers = [name for name in self._readers(secret) if not self.role or name == self.service]
        facts = (self.evidence.run.inventory.tasks.get(name) for name in readers)
        tasks = (task for fact in facts for task in self.evidence.read(fact) or ())
        return any(changed_at and task.started_at and task.started_at < changed_at for task in tasks)

    def _readers(self, secret: str) -> list[str]:
        roles = [role for role in self.evidence.services if self._reads(role, secret)]
        return [self.evidence.roles[role].name for role in roles]

    def _reads(self, role: str, secret: str) -> bool:
        container = self.evidence.container(role)
        sources = container.secrets.values() if container else ()
        return bool(secret) and any(secret in value_from for value_from in sources)

    def _restart(self, service: str) -> str:
        cluster = self.evidence.run.target.cluster
        return self.aws(f"ecs update-service --cluster {cluster} --service {service} --force-new-deployment")

    def counts(self) -> str:
        """The command that shows whether its tasks run: status, wanted, running, state of the deployment."""
        query = '--output text --query "services[].[status,desiredCount,runningCount,deployments[0].rolloutState]"'
        return self.aws(
            f"ecs describe-services --cluster {self.evidence.run.target.cluster} --services {self.service} {query}"
        )


def monitor(*suites: SuiteName) -> str:
    """The monitor's own run of some suites."""
    return f"python -m registry_monitor run --suites {','.join(suites)}"
