"""The platform's infrastructure should carry requests: load balancers, ECS services, targets, endpoints, MLflow.

*Passes when* each service is ACTIVE with all its tasks running, rolled out and healthy behind its target group,
each endpoint of the target file answers as expected, and MLflow answers, through the proxy, an API call that
reaches its database (MLflow's ``/health`` answers without it: mlflow/server/__init__.py).
*Needs* ecs:DescribeServices, elasticloadbalancing:DescribeTargetGroups, DescribeTargetHealth, DescribeLoadBalancers.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from registry_monitor.clients.http import HttpError
from registry_monitor.inventory.facts import EcsService, known
from registry_monitor.model import Attempt, Check, Depth, Outcome, SuiteName
from registry_monitor.suites import ecs_services
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.endpoints import TOO_MANY_REQUESTS, endpoint_check
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
    prefix = f"{SUITE}.service.{service.role}"
    exists = f"{prefix}.exists"

    def check(name: str, subject: str, judge: _Judge, requests: tuple[str, ...] = _ECS) -> Check:
        def run(attempt: Attempt) -> Outcome:
            services = known(context.inventory.ecs_services(attempt.remaining_s))
            there = next((each for each in services.found if each.name == service.name), None)
            if there is None:
                return ecs_services.judge_absent(service, context.target.cluster, services)
            return judge(there, attempt)

        after = () if name == exists else (exists,)
        return Check(name, SUITE, subject, run, after, Depth.LIGHT, service=service.role, requests=requests)

    def judge_targets(there: EcsService, attempt: Attempt) -> Outcome:
        names = {group.arn: group.name for group in known(context.inventory.target_groups(attempt.remaining_s))}
        groups = [
            ecs_services.Group(
                names.get(target.target_group_arn),
                target.target_group_arn,
                known(context.inventory.target_health(target.target_group_arn, attempt.remaining_s)),
            )
            for target in there.targets
        ]
        return ecs_services.judge_targets(service, groups)

    subject = f"ECS service {service.name}"
    return [
        check(exists, subject, lambda there, _: ecs_services.judge_exists(there)),
        check(f"{prefix}.running", subject, lambda there, _: ecs_services.judge_running(there)),
        check(
            f"{prefix}.rollout",
            f"Deployment of {service.name}",
            lambda there, _: ecs_services.judge_rollout(there),
        ),
        check(f"{prefix}.targets", f"Target group of {service.name}", judge_targets, (*_ECS, *_GROUPS)),
    ]


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
            is_final=answer.status == TOO_MANY_REQUESTS,
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
