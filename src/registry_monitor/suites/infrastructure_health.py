"""The platform's infrastructure should carry requests: load balancers, ECS services, targets, endpoints, MLflow.

*Passes when* each service is ACTIVE with all its tasks running, rolled out and healthy behind its target group,
each endpoint of the target file answers as expected, and MLflow answers, through the proxy, an API call that
reaches its database (MLflow's ``/health`` answers without it: mlflow/server/__init__.py).
*Needs* ecs:DescribeServices, elasticloadbalancing:DescribeTargetGroups, DescribeTargetHealth, DescribeLoadBalancers.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.http import HttpError
from registry_monitor.inventory.facts import EcsService, EcsServices, known
from registry_monitor.model import Attempt, CannotTellError, Check, Depth, Outcome, SuiteName
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoints import endpoint_check
from registry_monitor.target import LoadBalancer, Service

SUITE = SuiteName.INFRASTRUCTURE_HEALTH
DATABASE_CHECK = f"{SUITE}.mlflow.database"

_ECS = ("ecs:DescribeServices",)
_GROUPS = ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth")
type _Judge = Callable[[EcsService, Attempt], Outcome]

_BALANCERS = ("elasticloadbalancing:DescribeLoadBalancers",)


def checks(context: SuiteContext) -> list[Check]:
    """All checks of the suite, in the order in which they are reported."""
    target = context.target
    listed = [_load_balancer_check(context, balancer) for balancer in target.load_balancers]
    for service in target.services:
        listed.extend(_service_checks(context, service))
    listed.extend(endpoint_check(context, SUITE, endpoint) for endpoint in target.endpoints)
    listed.append(_database_check(context))
    return listed


def _load_balancer_check(context: SuiteContext, wanted: LoadBalancer) -> Check:
    def run(attempt: Attempt) -> Outcome:
        there = known(context.inventory.load_balancers(attempt.remaining_s))
        found = next((balancer for balancer in there if balancer.name == wanted.name), None)
        if found is None:
            return Outcome.judge(False, expected="an active load balancer", seen="does not exist in this account")
        reason = f" ({found.state_reason})" if found.state_reason else ""
        return Outcome.judge(
            found.state == "active",
            expected="an active load balancer",
            seen=f"is {found.state}{reason}",
            evidence={"arn": found.arn, "dns_name": found.dns_name, "hosts": list(wanted.hosts)},
        )

    name = f"{SUITE}.load-balancer.{wanted.name}"
    return Check(name, SUITE, f"Load balancer {wanted.name}", run, requests=_BALANCERS)


def _service_checks(context: SuiteContext, service: Service) -> list[Check]:
    """Exists; then, side by side: its tasks run, its deployment is done, its targets are healthy."""
    exists = f"{SUITE}.service.{service.role}.exists"

    def check(name: str, subject: str, judge: _Judge, requests: tuple[str, ...] = _ECS) -> Check:
        def run(attempt: Attempt) -> Outcome:
            services = known(context.inventory.ecs_services(attempt.remaining_s))
            there = next((each for each in services.found if each.name == service.name), None)
            if there is None:
                return _judge_absent(service, context.target.cluster, services)
            return judge(there, attempt)

        after = () if name == exists else (exists,)
        return Check(name, SUITE, subject, run, after, Depth.LIGHT, service=service.role, requests=requests)

    prefix = f"{SUITE}.service.{service.role}"
    return [
        check(exists, f"ECS service {service.name}", lambda there, _: _judge_exists(there)),
        check(f"{prefix}.running", f"ECS service {service.name}", lambda there, _: _judge_running(there)),
        check(f"{prefix}.rollout", f"Deployment of {service.name}", lambda there, _: _judge_rollout(there)),
        check(
            f"{prefix}.targets",
            f"Target group of {service.name}",
            lambda there, attempt: _judge_targets(context, service, there, attempt),
            (*_ECS, *_GROUPS),
        ),
    ]


def _judge_absent(service: Service, cluster: str, services: EcsServices) -> Outcome:
    if not services.cluster_exists:
        seen = f"does not exist: there is no cluster {cluster} in this account and region"
    elif service.name in services.missing:
        seen = f"does not exist in cluster {cluster} (ECS reports it as MISSING)"
    else:
        raise CannotTellError(f"ecs:DescribeServices told neither that {service.name} exists nor that it is MISSING")
    evidence: dict[str, JsonValue] = {"cluster": cluster, "terraform": service.terraform}
    return Outcome.judge(False, expected="an ACTIVE service", seen=seen, evidence=evidence)


def _judge_exists(service: EcsService) -> Outcome:
    return Outcome.judge(
        service.status == "ACTIVE",
        expected="an ACTIVE service",
        seen=f"is {service.status}",
        evidence={"arn": service.arn, "task_definition": service.task_definition},
    )


def _newest_events(service: EcsService) -> list[JsonValue]:
    return [f"{event.at:%Y-%m-%dT%H:%M:%SZ} {event.message}" for event in service.events[:5]]


def _judge_running(service: EcsService) -> Outcome:
    is_right = service.desired > 0 and service.running >= service.desired
    seen = f"runs {service.running} of {service.desired} tasks ({service.pending} pending)"
    if not is_right and service.events:
        seen = f"{seen}; newest event: {service.events[0].message}"
    evidence: dict[str, JsonValue] = {
        "desired": service.desired,
        "running": service.running,
        "pending": service.pending,
        "task_definition": service.task_definition,
        "events": _newest_events(service),
    }
    expected = "all desired tasks running, and at least one desired"
    return Outcome.judge(is_right, expected=expected, seen=seen, evidence=evidence)


def _judge_rollout(service: EcsService) -> Outcome:
    """A deployment under way without failed tasks is no fault."""
    primary = next((each for each in service.deployments if each.status == "PRIMARY"), None)
    expected = "a PRIMARY deployment that is COMPLETED, or IN_PROGRESS without failed tasks"
    if primary is None:
        return Outcome.judge(False, expected=expected, seen="has no PRIMARY deployment")
    is_under_way = primary.rollout_state in (None, "IN_PROGRESS") and primary.failed_tasks == 0
    reason = f": {primary.rollout_reason}" if primary.rollout_reason else ""
    failed = f", {primary.failed_tasks} failed tasks" if primary.failed_tasks else ""
    evidence: dict[str, JsonValue] = {
        "deployment": primary.id,
        "task_definition": primary.task_definition,
        "failed_tasks": primary.failed_tasks,
        "events": _newest_events(service),
    }
    return Outcome.judge(
        primary.rollout_state == "COMPLETED" or is_under_way,
        expected=expected,
        seen=f"is {primary.rollout_state or 'without a rollout state'}{failed}{reason}",
        evidence=evidence,
    )


def _judge_targets(context: SuiteContext, service: Service, there: EcsService, attempt: Attempt) -> Outcome:
    expected = f"at least one healthy target on port {service.container_port}, and none unhealthy"
    if not there.targets:
        seen = "does not exist: the service registers its tasks in no target group"
        return Outcome.judge(False, expected=expected, seen=seen, evidence={"arn": there.arn})
    groups = {group.arn: group for group in known(context.inventory.target_groups(attempt.remaining_s))}
    states: list[JsonValue] = []
    healthy = registered = unhealthy = 0
    for service_target in there.targets:
        arn = service_target.target_group_arn
        for target in known(context.inventory.target_health(arn, attempt.remaining_s)):
            registered += 1
            healthy += target.state == "healthy"
            unhealthy += target.state.startswith("unhealthy")
            why = f" {target.reason} ({target.description})" if target.reason else ""
            states.append(f"{target.id}:{target.port} {target.state}{why}")
    names = [groups[each.target_group_arn].name for each in there.targets if each.target_group_arn in groups]
    detail = f": {', '.join(str(state) for state in states)}" if healthy < registered else ""
    return Outcome.judge(
        healthy > 0 and unhealthy == 0,
        expected=expected,
        seen=f"has {healthy} healthy of {registered} registered targets{detail}",
        evidence={"target_groups": list[JsonValue](names), "targets": states},
    )


def _database_check(context: SuiteContext) -> Check:
    mlflow = context.target.mlflow
    url = f"{mlflow.api_url}/api/2.0/mlflow/experiments/search?max_results=1"  # 400 without max_results, measured

    def run(attempt: Attempt) -> Outcome:
        expected = "200 with a JSON list of experiments, read from MLflow's database"
        try:
            answer = context.http.request(attempt, "GET", url, key=context.target.keys.monitor)
        except HttpError as error:
            return Outcome.judge(False, expected=expected, seen=str(error), evidence={"url": url, "error": error.kind})
        try:
            body = answer.json()
        except ValueError:
            body = None
        return Outcome.judge(
            answer.status == 200 and isinstance(body, dict) and "experiments" in body,
            expected=expected,
            seen=answer.describe(),
            evidence=answer.evidence(),
            latency_ms=answer.elapsed_ms,
            budget_ms=mlflow.budget_ms,
        )

    return Check(
        DATABASE_CHECK,
        SUITE,
        "MLflow through the proxy",
        run,
        depth=Depth.LIGHT,
        host=urlsplit(url).hostname,
        service=mlflow.service,
        requests=(f"GET {url}",),
    )
