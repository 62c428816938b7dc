"""The platform's infrastructure should carry requests: load balancers, ECS services, targets, endpoints, MLflow.

*Passes when* the way in is right (``load_balancing``), each service is ACTIVE with all its tasks running, rolled
out, healthy behind its target group and found by its name, each essential endpoint answers as expected, MLflow
answers an API call that reaches its database (MLflow's ``/health`` answers without it:
mlflow/server/__init__.py), and what data is kept in is there (``data_stores``) with room left (``headroom``).
"""

from collections.abc import Callable

from pydantic import JsonValue

from registry_monitor.inventory.facts import EcsService, RegisteredInstance, known
from registry_monitor.model import Attempt, Check, Depth, Outcome, SuiteName
from registry_monitor.suites import ecs_services
from registry_monitor.suites.asking import Question, ask
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.data_stores import bucket_checks, database_checks, redis_checks
from registry_monitor.suites.endpoints import endpoint_check
from registry_monitor.suites.headroom import headroom_checks
from registry_monitor.suites.load_balancing import load_balancer_checks, route_checks
from registry_monitor.target import Expectation, Service

SUITE = SuiteName.INFRASTRUCTURE_HEALTH
_A_LIST_OF_THEM: dict[str, JsonValue] = {
    "type": "object", "required": ["experiments"], "properties": {"experiments": {"type": "array"}},
}  # fmt: skip
DATABASE_CHECK = f"{SUITE}.mlflow.database"

_ECS = ("ecs:DescribeServices",)
_GROUPS = ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth")
type _Judge = Callable[[EcsService, Attempt], Outcome]

_INSTANCES = ("servicediscovery:ListInstances", "ecs:ListTasks", "ecs:DescribeTasks")


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported: what others rest on comes first."""
    target = context.target
    listed: list[Check] = []
    for balancer in target.load_balancers:
        listed.extend(load_balancer_checks(context, SUITE, balancer))
    for service in target.services:
        listed.extend(_service_checks(context, service))
    for balancer in target.load_balancers:
        listed.extend(route_checks(context, SUITE, balancer))
    if target.redis is not None:
        listed.extend(redis_checks(context, SUITE, target.redis))
    if target.database is not None:
        listed.extend(database_checks(context, SUITE, target.database))
    if target.artifacts_bucket is not None:
        listed.extend(bucket_checks(context, SUITE, target.artifacts_bucket))
    listed.extend(endpoint_check(context, SUITE, endpoint) for endpoint in target.endpoints if endpoint.infrastructure)
    listed.append(_database_check(context))
    listed.extend(headroom_checks(context, SUITE))
    return listed


def _service_checks(context: SuiteContext, service: Service) -> list[Check]:
    """Exists; then, side by side: its tasks run, its deployment is done, its targets are healthy."""
    prefix = f"{SUITE}.service.{service.role}"
    exists = f"{prefix}.exists"

    def check(
        name: str, subject: str, judge: _Judge, requests: tuple[str, ...] = _ECS, depth: Depth = Depth.LIGHT
    ) -> Check:
        def run(attempt: Attempt) -> Outcome:
            services = known(context.inventory.ecs_services(attempt.remaining_s))
            there = services.named(service.name)
            if there is None:
                return ecs_services.judge_absent(service, context.target.cluster, services)
            return judge(there, attempt)

        after = {exists: (), f"{prefix}.discovery": (f"{prefix}.running",)}.get(name, (exists,))
        return Check(name, SUITE, subject, run, after, depth, service=service.role, requests=requests)

    def is_deploying(there: EcsService) -> bool:
        return ecs_services.is_deploying(there, ecs_services.overdue_before(context.target))

    def judge_targets(there: EcsService, attempt: Attempt) -> Outcome:
        groups = _groups_of(there, context, attempt)
        return ecs_services.judge_targets(service, groups, is_deploying=is_deploying(there))

    def judge_discovery(there: EcsService, attempt: Attempt) -> Outcome:
        tasks = known(context.inventory.tasks(service.name, attempt.remaining_s))
        return ecs_services.judge_discovery(
            there,
            _instances_of(there, context, attempt),
            tasks,
            is_needed=_has_internal_name(context, service),
            settled_before=ecs_services.settled_before(),
            is_deploying=is_deploying(there),
        )

    subject = f"ECS service {service.name}"
    return [
        check(exists, subject, lambda there, _: ecs_services.judge_exists(there)),
        check(
            f"{prefix}.running",
            subject,
            lambda there, _: ecs_services.judge_running(there, is_deploying=is_deploying(there)),
        ),
        check(
            f"{prefix}.rollout",
            f"Deployment of {service.name}",
            lambda there, _: ecs_services.judge_rollout(there, is_deploying=is_deploying(there)),
        ),
        check(f"{prefix}.targets", f"Target group of {service.name}", judge_targets, (*_ECS, *_GROUPS)),
        check(f"{prefix}.discovery", f"Cloud Map's entry of {service.name}", judge_discovery, _INSTANCES, Depth.FULL),
    ]


def _groups_of(there: EcsService, context: SuiteContext, attempt: Attempt) -> list[ecs_services.Group]:
    names = {group.arn: group.name for group in known(context.inventory.target_groups(attempt.remaining_s))}
    arns = [target.target_group_arn for target in there.targets]
    return [
        ecs_services.Group(names.get(arn), arn, known(context.inventory.target_health(arn, attempt.remaining_s)))
        for arn in arns
    ]


def _instances_of(there: EcsService, context: SuiteContext, attempt: Attempt) -> list[RegisteredInstance]:
    return [
        instance
        for arn in there.registry_arns
        for instance in known(context.inventory.registered_instances(arn, attempt.remaining_s))
    ]


def _has_internal_name(context: SuiteContext, service: Service) -> bool:
    """Whether the target asks for the service by a name of the VPC, so that it must be registered under one."""
    return any(endpoint.inside_vpc and endpoint.service == service.role for endpoint in context.target.endpoints)


def _database_check(context: SuiteContext) -> Check:
    mlflow = context.target.mlflow
    question = Question(
        url=f"{mlflow.api_url}/api/2.0/mlflow/experiments/search?max_results=1",  # 400 without max_results, measured
        expect=Expectation(status=200, body_schema=_A_LIST_OF_THEM),
        key=context.target.keys.monitor,
        budget_ms=mlflow.budget_ms,
    )
    return Check(
        DATABASE_CHECK,
        SUITE,
        "MLflow through the proxy" if mlflow.proxy else "MLflow by its API",
        lambda attempt: ask(context, attempt, question),
        depth=Depth.LIGHT,
        host=question.host,
        service=mlflow.service,
        requests=(question.told,),
    )
