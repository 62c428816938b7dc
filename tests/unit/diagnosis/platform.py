"""A small healthy platform as facts, of which a test changes one: auth, api and mlflow behind two load balancers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.inventory.deep_facts import (
    ContainerDefinition,
    LogLine,
    LogTail,
    SecurityGroup,
    SecurityRule,
    StoppedContainer,
    StoppedTask,
    Variable,
)
from registry_monitor.inventory.facts import (
    Action,
    Condition,
    Deployment,
    EcsService,
    EcsServices,
    FixedResponse,
    Inventory,
    Known,
    Listener,
    ListenerRule,
    LoadBalancer,
    RegisteredTarget,
    ServiceEvent,
    ServiceTarget,
    TargetGroup,
    TaskDefinition,
)
from registry_monitor.model import Depth, Result, Status, SuiteName
from registry_monitor.run import Run, Trigger, WatchedTarget, find_symptoms, judge
from registry_monitor.target import load_target

AT = datetime(2026, 7, 30, 9, 15, tzinfo=UTC)
TARGET = WatchedTarget.of(load_target("hokusai-development"))
ROLES = ("auth", "api", "mlflow")
PORTS = {"auth": 8000, "api": 8001, "mlflow": 5000}
BALANCERS = {"auth": "hokusai-auth-development", "registry": "hokusai-registry-development"}
HOSTS = {"auth": "auth.hokus.ai", "registry": "registry.hokus.ai"}


def known[T](value: T, source: str = "test") -> Known[T]:
    return Known(value=value, source=source)


def name_of(role: str) -> str:
    return f"hokusai-{role}-development"


def group_of(role: str) -> str:
    return f"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/{role}/1"


def service(role: str, **changes: Any) -> EcsService:
    fields: dict[str, Any] = {
        "name": name_of(role), "arn": f"arn:service/{role}", "status": "ACTIVE", "desired": 1, "running": 1,
        "pending": 0, "task_definition": f"arn:task/{role}:2", "deployments": (deployment(role),), "events": (),
        "targets": (ServiceTarget(target_group_arn=group_of(role), container_name=role, container_port=PORTS[role]),),
        "security_groups": ("sg-tasks",), "registry_arns": (f"arn:registry/{role}",),
    }  # fmt: skip
    return EcsService(**(fields | changes))


def deployment(role: str, **changes: Any) -> Deployment:
    fields: dict[str, Any] = {
        "id": "ecs-svc/2", "status": "PRIMARY", "rollout_state": "COMPLETED", "rollout_reason": None,
        "task_definition": f"arn:task/{role}:2", "desired": 1, "running": 1, "pending": 0, "failed_tasks": 0,
        "created_at": datetime(2026, 7, 30, 8, 0, tzinfo=UTC),
    }  # fmt: skip
    return Deployment(**(fields | changes))


def event(message: str) -> ServiceEvent:
    return ServiceEvent(at=datetime(2026, 7, 30, 9, 0, tzinfo=UTC), message=message)


def stopped(role: str, reason: str, code: str = "TaskFailedToStart", exit_code: int | None = None) -> StoppedTask:
    container = StoppedContainer(name=role, exit_code=exit_code, reason=None, health_status=None)
    return StoppedTask(
        id="1f2e", service=name_of(role), task_definition=f"arn:task/{role}:2", stop_code=code, reason=reason,
        started_at=None, stopped_at=datetime(2026, 7, 30, 9, 0, tzinfo=UTC), containers=(container,),
    )  # fmt: skip


def container(role: str, **changes: Any) -> ContainerDefinition:
    fields: dict[str, Any] = {
        "name": role, "image": f"1.dkr.ecr.us-east-1.amazonaws.com/registry/{role}:7", "is_essential": True,
        "ports": (PORTS[role],), "command": ("serve", "--host", "0.0.0.0", "--port", str(PORTS[role])),
        "environment": {}, "secrets": {}, "health_check": None, "log_group": f"/ecs/{role}", "log_prefix": "ecs",
    }  # fmt: skip
    return ContainerDefinition(**(fields | changes))


def definition(role: str, revision: int = 2, **changes: Any) -> TaskDefinition:
    return TaskDefinition(
        arn=f"arn:task/{role}:{revision}", family=role, revision=revision, cpu=256, memory_mb=512,
        containers=(container(role, **changes),), task_role="arn:aws:iam::1:role/tasks",
        execution_role="arn:aws:iam::1:role/execution",
    )  # fmt: skip


def variable(value: str | None) -> Variable:
    return Variable(value=value, fingerprint=str(value))


def group(role: str, **changes: Any) -> TargetGroup:
    fields: dict[str, Any] = {
        "arn": group_of(role), "name": f"{role}-group", "port": PORTS[role], "protocol": "HTTP",
        "health_check_path": "/health", "health_check_port": "traffic-port", "matcher": "200",
        "load_balancer_arns": ("arn:balancer/registry",),
    }  # fmt: skip
    return TargetGroup(**(fields | changes))


def registered(
    role: str, state: str = "healthy", reason: str | None = None, told: str | None = None
) -> RegisteredTarget:
    return RegisteredTarget(id="10.0.1.7", port=PORTS[role], zone=None, state=state, reason=reason, description=told)


def rule(priority: int | None, role: str | None, *paths: str, host: str | None = "registry.hokus.ai") -> ListenerRule:
    conditions = [Condition(field="host-header", values=(host,))] if host and priority else []
    conditions += [Condition(field="path-pattern", values=paths)] if paths else []
    action = Action(kind="forward", target_groups={group_of(role): 1}) if role else NOT_FOUND
    return ListenerRule(arn=f"arn:rule/{priority}", priority=priority, conditions=tuple(conditions), actions=(action,))


NOT_FOUND = Action(kind="fixed-response", fixed_response=FixedResponse(status=404, content_type=None, body=None))
AUTH_RULES = (
    rule(90, "auth", "/health", "/", host="auth.hokus.ai"),
    rule(100, "auth", "/api/v1/*", host="auth.hokus.ai"),
    rule(None, None),
)
REGISTRY_RULES = (
    rule(50, "mlflow", "/mlflow", "/mlflow/*"),
    rule(105, "api", "/api/mlflow/*"),
    rule(110, "api", "/api/*"),
    rule(120, "api"),
    rule(None, None),
)


def listener(*rules: ListenerRule) -> Listener:
    return Listener(
        arn="arn:listener",
        port=443,
        protocol="HTTPS",
        ssl_policy=None,
        certificate_arns=("arn:certificate",),
        rules=rules,
    )


def balancer(name: str) -> LoadBalancer:
    return LoadBalancer(
        arn=f"arn:balancer/{name}", name=name, dns_name=f"{name}.elb.amazonaws.com", scheme="internet-facing",
        state="active", state_reason=None, security_groups=("sg-alb",),
    )  # fmt: skip


def security_group(name: str, *ingress: SecurityRule) -> SecurityGroup:
    return SecurityGroup(id=f"sg-{name}", name=name, ingress=ingress, egress=())


def opening(port: int, *groups: str, blocks: tuple[str, ...] = ()) -> SecurityRule:
    return SecurityRule(protocol="tcp", from_port=port, to_port=port, groups=groups, blocks=blocks)


SECURITY_GROUPS = (
    security_group("alb", opening(443, blocks=("0.0.0.0/0",))),
    security_group("tasks", *(opening(port, "sg-alb", "sg-tasks") for port in PORTS.values())),
)


def log(role: str, *lines: str) -> dict[str, Known[LogTail]]:
    return {
        name_of(role): known(LogTail(group=f"/ecs/{role}", lines=tuple(LogLine(at=AT, text=line) for line in lines)))
    }


def inventory(
    *, services: Iterable[EcsService] | None = None, missing: tuple[str, ...] = (), **changes: Any
) -> Inventory:
    """The healthy platform; each change replaces a fact whole."""
    found = tuple(service(role) for role in ROLES) if services is None else tuple(services)
    facts: dict[str, Any] = {
        "ecs_services": known(EcsServices(found=found, missing=missing)),
        "target_groups": known(tuple(group(role) for role in ROLES)),
        "target_health": {group_of(role): known((registered(role),)) for role in ROLES},
        "load_balancers": known(tuple(balancer(name) for name in BALANCERS.values())),
        "listeners": {
            BALANCERS["auth"]: known((listener(*AUTH_RULES),)),
            BALANCERS["registry"]: known((listener(*REGISTRY_RULES),)),
        },
        "task_definitions": {f"arn:task/{role}:2": known(definition(role)) for role in ROLES},
        "security_groups": known(SECURITY_GROUPS),
    }
    return Inventory(**(facts | changes))


def failed(check: str, role: str | None = None, url: str | None = None, /, **evidence: Any) -> Result:
    """A failed check. ``evidence``: such as status=503, written_by="load balancer", body="…" or error="refused"."""
    return result(check, Status.FAIL, role, url, **evidence)


def result(check: str, status: Status, role: str | None = None, url: str | None = None, /, **evidence: Any) -> Result:
    told = {"url": url, **evidence} if url else evidence
    return Result(
        status=status, expected="200", seen=str(evidence.get("seen", "was wrong")), evidence=told, check_id=check,
        suite=SuiteName(check.partition(".")[0]), subject=check, service=role, depth=Depth.FULL,
        asked=(f"GET {url}",) if url else (), is_security_failure=bool(evidence.get("security")),
    )  # fmt: skip


def run_of(facts: Inventory, *results: Result) -> Run:
    """A run that saw this."""
    verdict, score = judge(results, TARGET.thresholds)
    trigger = Trigger(reason="test", depth=Depth.FULL, suites=(), is_complete=True)
    return Run(
        run_id="20260730T091500Z-1f2e3d4c", monitor_version="0", target=TARGET, trigger=trigger,
        vantage="inside the VPC", started_at=AT, duration_ms=1, key_fingerprints={}, verdict=verdict, score=score,
        suite_scores={}, symptoms=find_symptoms(results), results=results, inventory=facts,
    )  # fmt: skip


def evidence_of(facts: Inventory, *results: Result) -> Evidence:
    """The same, as the rules read it."""
    return Evidence(run_of(facts, *results))
