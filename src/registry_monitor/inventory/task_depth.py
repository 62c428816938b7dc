"""What the platform's tasks run with, in depth: definitions, stopped tasks, images, secrets, roles, policies, logs.

Where one fact names the next (a service its task definition, that one its secrets), the next is begun by a step that
waits in its own thread.
"""

from collections.abc import Collection, Sequence
from operator import not_
from typing import Any

from registry_monitor.inventory import data_stores, ecs, logs, roles, task_needs
from registry_monitor.inventory.aws import Region
from registry_monitor.inventory.deep_facts import LogTail, StoppedTask
from registry_monitor.inventory.facts import EcsService, EcsServices, TaskDefinition
from registry_monitor.inventory.once import ReadOnce, by_key, in_doubt
from registry_monitor.model import CannotTellError
from registry_monitor.target import Target

CALLS = (
    task_needs.DESCRIBE_IMAGES,
    task_needs.DESCRIBE_SECRET,
    roles.LIST_INLINE,
    roles.GET_INLINE,
    roles.LIST_ATTACHED,
    roles.GET_ATTACHED,
    roles.GET_ATTACHED_TEXT,
    data_stores.GET_BUCKET_POLICY,
    logs.FILTER_EVENTS,
)


class TaskDepth:
    """Reads these facts, each once, from ``begin`` on. ``reads``: all that it reads, those that begin others first."""

    def __init__(
        self,
        target: Target,
        region: Region,
        services: ReadOnce[str, EcsServices],
        definitions: ReadOnce[str, TaskDefinition],
    ) -> None:
        self._target = target
        self._region = region
        self._services = services
        self._definitions = definitions
        self._failing: set[str] = set()
        self._steps_of_services = ReadOnce(ecs.DESCRIBE_SERVICES, self._begin_definitions)
        self._steps_of_definitions = ReadOnce(ecs.DESCRIBE_TASK_DEFINITION, self._begin_needs)
        self._previous = ReadOnce(ecs.DESCRIBE_TASK_DEFINITION, self._read_previous)
        self._stopped = ReadOnce(ecs.DESCRIBE_TASKS, self._read_stopped)
        self._images = ReadOnce(task_needs.DESCRIBE_IMAGES, self._has_image, not_)
        self._secrets = ReadOnce(task_needs.DESCRIBE_SECRET, region.reading("secretsmanager", task_needs.read_secret))
        self._roles = ReadOnce(roles.LIST_INLINE, region.reading("iam", roles.read_role), in_doubt)
        policies = region.reading("s3", data_stores.read_bucket_policy)
        self._bucket_policies = ReadOnce(data_stores.GET_BUCKET_POLICY, policies)
        self._tails = ReadOnce(logs.FILTER_EVENTS, self._read_tail)
        self.reads: Sequence[ReadOnce[str, Any]] = (
            *(self._steps_of_services, self._steps_of_definitions, self._previous, self._stopped),
            *(self._images, self._secrets, self._roles, self._bucket_policies, self._tails),
        )

    def begin(self, failing_services: Collection[str]) -> None:
        """Begin to read everything but logs; ``failing_services``, by role or by name: whose logs are read later."""
        self._steps_of_services.begin(self._target.cluster)
        self._stopped.begin(self._target.cluster)
        self._secrets.begin(self._target.keys.secret)
        if self._target.artifacts_bucket:
            self._bucket_policies.begin(self._target.artifacts_bucket)
        self._failing.update(failing_services)

    def begin_logs(self) -> None:
        """Begin to read the logs of the failing services, when all checks have ended: a line takes a while to come."""
        for service in self._target.services:
            if self._failing & {service.role, service.name}:
                self._tails.begin(service.name)

    def by_now(self) -> dict[str, Any]:
        """What has been read by now, by the inventory's fields."""
        return {
            "previous_definitions": by_key(self._previous),
            "stopped_tasks": self._stopped.all_by_now().get(self._target.cluster),
            "images": by_key(self._images),
            "secrets": by_key(self._secrets),
            "roles": by_key(self._roles),
            "bucket_policies": by_key(self._bucket_policies),
            "log_tails": by_key(self._tails),
        }

    def _begin_definitions(self, cluster: str) -> None:
        """Begin to read what each service and each of its deployments runs with, and what ran before."""
        for service in self._services.value(cluster).found:
            for arn in _definitions_of(service):
                self._definitions.begin(arn)
                self._steps_of_definitions.begin(arn)
            if _previous_definition(service):
                self._previous.begin(service.task_definition)

    def _begin_needs(self, definition_arn: str) -> None:
        """Begin to read the images, secrets and roles of one task definition."""
        definition = self._definitions.value(definition_arn)
        for role in filter(None, (definition.task_role, definition.execution_role)):
            self._roles.begin(role)
        for container in definition.containers:
            if task_needs.is_in_ecr(container.image):
                self._images.begin(container.image)
            for secret in filter(None, map(task_needs.secret_of, container.secrets.values())):
                self._secrets.begin(secret)

    def _has_image(self, image: str) -> bool:
        return task_needs.has_image(self._region.client_of, image)

    def _read_previous(self, definition_arn: str) -> TaskDefinition:
        services = self._services.value(self._target.cluster).found
        [service, *_] = [service for service in services if service.task_definition == definition_arn]
        previous = _previous_definition(service) or ""
        if previous in _definitions_of(service):
            return self._definitions.value(previous)
        return ecs.read_task_definition(self._region.client("ecs"), previous)

    def _read_stopped(self, cluster: str) -> tuple[StoppedTask, ...]:
        names = [service.name for service in self._target.services]
        return ecs.read_stopped_tasks(self._region.client("ecs"), cluster, names)

    def _read_tail(self, service_name: str) -> LogTail:
        """Of the log group of the first essential container that has one."""
        services = self._services.value(self._target.cluster).found
        for service in services:
            if service.name == service_name and service.task_definition:
                for container in self._definitions.value(service.task_definition).containers:
                    if container.is_essential and container.log_group:
                        prefix = container.log_prefix and f"{container.log_prefix}/"
                        return logs.read_tail(self._region.client("logs"), container.log_group, prefix)
        raise CannotTellError(f"{service_name} has no task definition with a log group that could be read")


def _definitions_of(service: EcsService) -> list[str]:
    """Its own task definition, then those of its deployments."""
    named = [service.task_definition, *(deployment.task_definition for deployment in service.deployments)]
    return list(dict.fromkeys(filter(None, named)))


def _previous_definition(service: EcsService) -> str | None:
    """That of its older deployment, or the revision before; None where there is none."""
    of_deployments = [arn for arn in _definitions_of(service) if arn != service.task_definition]
    if of_deployments:
        return of_deployments[0]
    family, _, revision = service.task_definition.rpartition(":")
    return f"{family}:{int(revision) - 1}" if revision.isdigit() and int(revision) > 1 else None
