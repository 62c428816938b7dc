"""Runs to render, built from the real models and judged by the real functions: one for each kind of day."""

from collections.abc import Iterable
from datetime import UTC, datetime

from registry_monitor.inventory.facts import (
    Deployment,
    EcsService,
    EcsServices,
    Fact,
    Inventory,
    Known,
    LoadBalancer,
    RegisteredTarget,
    ServiceEvent,
    ServiceTarget,
    TargetGroup,
    Unknown,
)
from registry_monitor.model import Asking, Depth, Leftover, Result, Score, Status, SuiteName
from registry_monitor.run import Run, Trigger, WatchedTarget, find_symptoms, judge
from registry_monitor.target import Service, Thresholds

STARTED_AT = datetime(2026, 7, 30, 9, 15, 3, tzinfo=UTC)
RUN_ID = "20260730T091503Z-1f2e3d4c"
INFRASTRUCTURE = SuiteName.INFRASTRUCTURE_HEALTH
REGISTRATION = SuiteName.MODEL_REGISTRATION_FLOW
DENIED = (
    "could not be asked: ecs:DescribeServices was denied to the monitor's role (AccessDenied): add it to its policy"
)
_CERTIFICATES = {"auth": 200.0, "registry": 60.5}
_STAGES = ("train", "experiment", "run", "register", "retrieve", "artifact")


def result(
    check: str,
    status: Status = Status.PASS,
    *,
    suite: SuiteName = INFRASTRUCTURE,
    subject: str = "GET https://registry.example/health",
    seen: str = "answered 200 (written by the application)",
    expected: str = "200",
    service: str | None = None,
    latency_ms: float | None = None,
    blocked_by: str | None = None,
    **more: object,
) -> Result:
    """One result; a check that was asked has a time, a request id and an attempt."""
    is_asked = status not in (Status.BLOCKED, Status.SKIPPED)
    fields: dict[str, object] = {
        "check_id": f"{suite}.{check}",
        "suite": suite,
        "depth": Depth.LIGHT,
        "subject": subject,
        "status": status,
        "seen": seen,
        "expected": expected,
        "service": service,
        "latency_ms": latency_ms,
        "budget_ms": None if latency_ms is None else 1000.0,
        "blocked_by": blocked_by,
        "started_ms": 4.0 if is_asked else None,
        "duration_ms": 12.5 if is_asked else 0.0,
        "attempts": (Asking(status=status, expected="200", seen=seen, duration_ms=12.5),) if is_asked else (),
        "request_id": f"{RUN_ID}-{suite}.{check}" if is_asked else None,
    }
    return Result.model_validate(fields | more)


def ecs_results(role: str, **broken: str) -> list[Result]:
    """The four facts of a service; ``broken`` says what was seen of those that fail."""
    seen = {"exists": "is ACTIVE", "running": "runs 1 of 1 tasks (0 pending)", "rollout": "is COMPLETED"}
    seen["targets"] = "has 1 healthy of 1 registered targets"
    subject = f"ECS service hokusai-{role}-development"
    return [
        result(
            f"service.{role}.{fact}",
            Status.FAIL if fact in broken else Status.PASS,
            subject=subject,
            seen=broken.get(fact, text),
            expected="an ACTIVE service with its tasks",
            service=role,
        )
        for fact, text in seen.items()
    ]


def stages(failed: str | None = None) -> list[Result]:
    """The registration flow, whole, or stopped at one stage."""
    listed: list[Result] = []
    origin: str | None = None
    for number, stage in enumerate(_STAGES, start=1):
        subject = f"Stage {number}, {stage}"
        if origin is not None:
            status, seen = Status.BLOCKED, f"could not be asked: {listed[-1].check_id} failed"
        elif stage == failed:
            status, seen = Status.FAIL, "answered 404 (written by the load balancer): Not Found"
        else:
            status, seen = Status.PASS, "went as it should"
        latency_ms = 40.0 if status is Status.PASS else None
        listed.append(
            result(
                stage,
                status,
                suite=REGISTRATION,
                subject=subject,
                seen=seen,
                service="mlflow",
                latency_ms=latency_ms,
                blocked_by=origin,
            )
        )
        origin = listed[-1].check_id if status is Status.FAIL else origin
    blocked = Status.BLOCKED if origin else Status.PASS
    took_ms = None if origin else 240.0
    duration = result("duration", blocked, suite=REGISTRATION, latency_ms=took_ms, blocked_by=origin)
    return [*listed, duration, result("clean-up", suite=REGISTRATION, subject="The clean-up", seen="removed 2 objects")]


def arn(role: str) -> str:
    """The ARN of a service's target group."""
    return f"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/hokusai-{role}/0123456789abcdef"


def ecs_service(role: str, running: int = 1, rollout: str = "COMPLETED") -> EcsService:
    """One service as ECS tells it."""
    return EcsService(
        name=f"hokusai-{role}-development",
        arn=f"arn:aws:ecs:us-east-1:123456789012:service/hokusai-development/hokusai-{role}-development",
        status="ACTIVE",
        desired=1,
        running=running,
        pending=0,
        task_definition=f"hokusai-{role}:7",
        deployments=(
            Deployment(
                id="ecs-svc/1",
                status="PRIMARY",
                rollout_state=rollout,
                rollout_reason=None,
                task_definition=f"hokusai-{role}:7",
                desired=1,
                running=running,
                pending=0,
                failed_tasks=0,
                created_at=STARTED_AT,
            ),
        ),
        events=(ServiceEvent(at=STARTED_AT, message="has reached a steady state."),),
        targets=(ServiceTarget(target_group_arn=arn(role), container_name=f"hokusai-{role}", container_port=8000),),
    )


def healthy_target(state: str = "healthy", reason: str | None = None) -> RegisteredTarget:
    """One registered target."""
    description = "Health checks failed" if reason else None
    return RegisteredTarget(
        id="10.0.1.17", port=8000, zone="us-east-1a", state=state, reason=reason, description=description
    )


def inventory(
    services: Fact[EcsServices] | None = None,
    health: dict[str, Fact[tuple[RegisteredTarget, ...]]] | None = None,
) -> Inventory:
    """What AWS says: three healthy services, unless told otherwise."""
    roles = ("auth", "api", "mlflow")
    found = EcsServices(found=tuple(ecs_service(role) for role in roles), missing=())
    well = Known[tuple[RegisteredTarget, ...]](
        value=(healthy_target(),), source="elasticloadbalancing:DescribeTargetHealth"
    )
    groups = tuple(
        TargetGroup(
            arn=arn(role),
            name=f"hokusai-{role}",
            port=8000,
            protocol="HTTP",
            health_check_path="/health",
            health_check_port="traffic-port",
            matcher="200",
            load_balancer_arns=(),
        )
        for role in roles
    )
    balancer = LoadBalancer(
        arn="arn:lb", name="hokusai-registry", dns_name="lb.example", scheme=None, state="active", state_reason=None
    )
    source = "elasticloadbalancing:DescribeTargetGroups"
    return Inventory(
        ecs_services=services or Known[EcsServices](value=found, source="ecs:DescribeServices"),
        target_groups=Known[tuple[TargetGroup, ...]](value=groups, source=source),
        target_health={arn(role): well for role in roles} | (health or {}),
        load_balancers=Known[tuple[LoadBalancer, ...]](value=(balancer,), source=source),
    )


def run_of(
    results: Iterable[Result],
    *,
    depth: Depth = Depth.FULL,
    reason: str = "schedule",
    suites: tuple[SuiteName, ...] = (INFRASTRUCTURE, REGISTRATION),
    is_complete: bool = True,
    thresholds: Thresholds | None = None,
    told: Inventory | None = None,
    target: str = "hokusai-development",
    leftovers: tuple[Leftover, ...] = (),
) -> Run:
    """A run of these results, with the verdict, scores and causes that the product gives them."""
    results, thresholds = tuple(results), thresholds or Thresholds()
    verdict, score = judge(results, thresholds)
    return Run(
        run_id=RUN_ID,
        monitor_version="0.1.0",
        target=WatchedTarget(
            name=target,
            region="us-east-1",
            cluster="hokusai-development",
            services=tuple(
                Service(
                    role=role,
                    name=f"hokusai-{role}-development",
                    container_port=8000,
                    terraform=f"aws_ecs_service.{role}",
                )
                for role in ("auth", "api", "mlflow")
            ),
            thresholds=thresholds,
        ),
        trigger=Trigger(reason=reason, depth=depth, suites=suites, is_complete=is_complete),
        vantage="inside the VPC",
        started_at=STARTED_AT,
        duration_ms=2345.6,
        key_fingerprints={"admin": "1f2e3d4c"},
        verdict=verdict,
        score=score,
        suite_scores={suite: Score.of(each for each in results if each.suite is suite) for suite in suites},
        symptoms=find_symptoms(results),
        results=results,
        leftovers=leftovers,
        inventory=told or inventory(),
    )


def healthy(depth: Depth = Depth.FULL, reason: str = "schedule") -> Run:
    """Everything right; a light run has no registration."""
    facts = [fact for role in ("auth", "api", "mlflow") for fact in ecs_results(role)]
    endpoints = [
        result("endpoint.auth-health", service="auth", latency_ms=21.0),
        result("endpoint.api-health", service="api", latency_ms=33.0),
        result("mlflow.database", service="mlflow", latency_ms=61.0),
    ]
    return run_of(facts + endpoints + (stages() if depth is Depth.FULL else []), depth=depth, reason=reason)


def with_every_metric() -> Run:
    """A healthy full run that has data for each metric: keys were tried, and certificates seen."""
    run = healthy()
    seen = [result(f"certificate.{host}.example", evidence={"days_left": days}) for host, days in _CERTIFICATES.items()]
    key = result("accepted", suite=SuiteName.AUTHENTICATION)
    return run_of([*run.results, *seen, key], suites=(INFRASTRUCTURE, SuiteName.AUTHENTICATION, REGISTRATION))


def failing() -> Run:
    """MLflow was never created, auth's target is sick, a slow and a flaky endpoint, and no route to MLflow."""
    seen = "does not exist in cluster hokusai-development (ECS reports it as MISSING)"
    mlflow = "infrastructure_health.service.mlflow.exists"
    facts = [
        *ecs_results("auth", targets="has 0 healthy of 1 registered targets: 10.0.1.17:8000 unhealthy"),
        *ecs_results("api"),
        *ecs_results("mlflow", exists=seen)[:1],
        *(
            result(f"service.mlflow.{fact}", Status.BLOCKED, service="mlflow", blocked_by=mlflow)
            for fact in ("running", "rollout", "targets")
        ),
        result(
            "endpoint.auth-health",
            Status.FAIL,
            subject="GET https://auth.example/health",
            seen="answered 502 (written by the load balancer)",
            service="auth",
            latency_ms=14.2,
            evidence={"url": "https://auth.example/health", "status": 502, "body": "<html>502 Bad Gateway</html>"},
            attempts=(
                Asking(status=Status.FAIL, expected="200", seen="answered 503", duration_ms=9.0),
                Asking(status=Status.FAIL, expected="200", seen="answered 502", duration_ms=14.2),
            ),
        ),
        result(
            "endpoint.api-health", Status.SLOW, seen="answered 200, over its budget", service="api", latency_ms=1500.0
        ),
        result(
            "endpoint.api-ready", Status.FLAKY, seen="answered 200 when asked again", service="api", latency_ms=80.0
        ),
        result("endpoint.api-internal", Status.SKIPPED, seen="was not asked: only from inside the VPC", service="api"),
    ]
    sick = Known[tuple[RegisteredTarget, ...]](
        value=(healthy_target("unhealthy", "Target.FailedHealthChecks"),), source="DescribeTargetHealth"
    )
    services = EcsServices(found=(ecs_service("auth"), ecs_service("api")), missing=("hokusai-mlflow-development",))
    told = inventory(Known[EcsServices](value=services, source="ecs:DescribeServices"), {arn("auth"): sick})
    return run_of([*facts, *stages(failed="experiment")], told=told)


def blind() -> Run:
    """Nothing wrong was seen, but ECS is denied, one check crashed, and a version stayed behind."""
    denied = Unknown(reason=DENIED.removeprefix("could not be asked: "), source="ecs:DescribeServices")
    unknown = [
        result(f"service.{role}.exists", Status.UNKNOWN, subject=f"ECS service {role}", seen=DENIED, service=role)
        for role in ("auth", "api", "mlflow")
    ]
    crashed = result(
        "endpoint.api-health",
        Status.UNKNOWN,
        seen="could not be judged, by a defect of the monitor: KeyError: 'x'",
        service="api",
        trace="Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'x'",
    )
    leftover = Leftover(kind="model version", id="7", reason="answered 400: the proxy lost the body")
    return run_of(
        [*unknown, crashed, result("endpoint.auth-health", service="auth", latency_ms=9.0), *stages()],
        told=inventory(denied),
        leftovers=(leftover,),
    )


def no_data() -> Run:
    """A run in which nothing was to be asked."""
    return run_of([result("endpoint.api-internal", Status.SKIPPED, seen="was not asked", service="api")])


HOSTILE = (
    "answered | 200 |\n\n# HEALTHY\n<script>alert(1)</script><!-- `x` ```\n````\n</details> **bold** _it_ "
    "[click](javascript:alert(1)) ![p](http://t) \x1b[31mred\x00 \u202egnp.exe \u200b \u2028 &lt;b&gt; ]]> \ufffe \\| "
    "$x$ ~~no~~ \ud800 __init__ a*b*c"
)


def hostile(text: str = HOSTILE) -> Run:
    """Every text that the platform can write is an attack on the reader; or its harmless twin."""
    evil = result(
        "endpoint.evil",
        Status.FAIL,
        subject=text,
        seen=text,
        expected=text,
        service="api",
        latency_ms=1.0,
        evidence={text: [text, {"body": text}]},
        trace=text,
    )
    hidden = result("endpoint.hidden", Status.UNKNOWN, subject=text, seen=text, service="api", trace=text)
    passed = result("endpoint.liar", subject=text, seen=text, service="api", latency_ms=3.0)
    skipped = result("endpoint.skipped", Status.SKIPPED, subject=text, seen=text)
    leftover = Leftover(kind="run", id=text, reason=text)
    sick = RegisteredTarget(id=text, port=1, zone=None, state=text, reason=text, description=text)
    health = Known[tuple[RegisteredTarget, ...]](value=(sick,), source=text)
    told = inventory(health={arn("api"): health})
    return run_of([evil, hidden, passed, skipped], reason=text, told=told, leftovers=(leftover,))


ALL = {"healthy": healthy, "failing": failing, "blind": blind, "no data": no_data, "hostile": hostile}
