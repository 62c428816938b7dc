"""Runs with findings, as the diagnosis leaves them: one for each kind of night."""

from registry_monitor.finding import (
    Confidence,
    Effort,
    Finding,
    FindingState,
    Fix,
    Hop,
    Priority,
    Proof,
    RequestPath,
    Terraform,
)
from registry_monitor.inventory.facts import Unknown
from registry_monitor.model import Status, SuiteName
from registry_monitor.run import Run
from tests.unit.reports import samples

CLUSTER = "hokusai-development"
_AUTHENTICATION = SuiteName.AUTHENTICATION
_RULE_HCL = """\
resource "aws_lb_listener_rule" "mlflow_proxy" {
  listener_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/registry/50dc/f2f7"
  priority     = 60

  condition {
    path_pattern { values = ["/api/mlflow/*"] }
  }

  action {
    type             = "forward"
    target_group_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/hokusai-api/0123456789abcdef"
  }
}"""


def finding(kind: str, resource: str, statement: str, **more: object) -> Finding:
    """One finding; proved, critical and active, unless told otherwise."""
    fields: dict[str, object] = {
        "kind": kind,
        "resource": resource,
        "statement": statement,
        "state": FindingState.ACTIVE,
        "confidence": Confidence.PROVEN,
        "priority": Priority.CRITICAL,
        "proofs": (),
        "fix": Fix(told="Mend it."),
        "runbook": f"docs/causes.md#{kind}",
    }
    return Finding.model_validate(fields | more)


SERVICE_MISSING = finding(
    "ecs-service-missing",
    "hokusai-mlflow-development",
    "The ECS service hokusai-mlflow-development does not exist",
    service="mlflow",
    arn=f"arn:aws:ecs:us-east-1:123456789012:service/{CLUSTER}/hokusai-mlflow-development",
    terraform=Terraform(address='module.services["mlflow"].aws_ecs_service.this', found_in="terraform map"),
    proofs=(
        Proof(told="hokusai-mlflow-development is MISSING in hokusai-development", source="ecs:DescribeServices"),
        Proof(told="hokusai-mlflow has no registered targets", source="elasticloadbalancing:DescribeTargetHealth"),
    ),
    ruled_out=("a renamed service: ecs:ListServices names only auth and api", "another region: us-east-1 has auth"),
    unchecked=("CloudTrail is not read, so who removed it is not known",),
    explains=("infrastructure_health.service.mlflow.exists", "model_registration_flow.experiment"),
    consequences=("The target group hokusai-mlflow is empty", "The load balancer answers 503 on /mlflow/*"),
    impact=("Nobody can register or fetch a model", "The web page of MLflow answers 503"),
    changed=("hokusai-mlflow-development was last seen in run 20260730T090003Z-0a1b2c3d",),
    fix=Fix(
        told="Apply it: the code has the service, and the cluster has not.",
        verify=f"aws ecs wait services-stable --cluster {CLUSTER} --services hokusai-mlflow-development",
        effort=Effort.MINUTES,
        caution="ECS refuses a service whose target group no listener uses: apply the rule first.",
    ),
)
RULE_MISSING = finding(
    "listener-rule-missing",
    "hokusai-registry-development:443 /mlflow/*",
    "No rule of hokusai-registry-development:443 leads /mlflow/* to MLflow",
    state=FindingState.LATENT,
    service="mlflow",
    terraform=Terraform(address="aws_lb_listener_rule", found_in="resource type"),
    proofs=(
        Proof(
            told="/mlflow/* falls to the default, a fixed 404 text/plain",
            source="elasticloadbalancing:DescribeRules",
        ),
    ),
    fix=Fix(
        told="Add the rule with priority 60, before the rule 100 of /api/*.",
        hcl=_RULE_HCL,
        verify="curl -sS -o /dev/null -w '%{http_code}' https://registry.example/mlflow/",
        effort=Effort.MINUTES,
    ),
)
AUTH_OUT = finding(
    "service-unreachable",
    "hokusai-auth-development",
    "The auth service does not answer, and why is not proved",
    state=FindingState.SUSPECTED,
    confidence=Confidence.SYMPTOM,
    service="auth",
    proofs=(Proof(told="its one target is unhealthy: Target.FailedHealthChecks", source="DescribeTargetHealth"),),
    ruled_out=("a closed security group: the health check would time out, not fail",),
    unchecked=("the log of auth: logs:FilterLogEvents was denied to the monitor's role",),
    explains=("infrastructure_health.service.auth.targets", "infrastructure_health.endpoint.auth-health"),
    impact=("Nobody can make or change an API key",),
    changed=("Revision hokusai-auth:8 was deployed 12 minutes before; it changes the command of the container",),
    fix=Fix(told="Read the task's log, and go back to revision hokusai-auth:7 if it does not say why.", effort="hours"),
)
DATABASE_STOPPED = finding(
    "database-not-available",
    "hokusai-mlflow-development",
    "The database hokusai-mlflow-development is stopped",
    service="mlflow",
    arn="arn:aws:rds:us-east-1:123456789012:db:hokusai-mlflow-development",
    terraform=Terraform(address="aws_db_instance.mlflow", found_in="target file"),
    proofs=(Proof(told="DBInstanceStatus is stopped", source="rds:DescribeDBInstances"),),
    ruled_out=("a closed security group: tcp/5432 from the tasks is open",),
    explains=("infrastructure_health.mlflow.database", "model_registration_flow.experiment"),
    impact=("Nobody can register or fetch a model",),
    fix=Fix(
        told="Start it. RDS itself starts a stopped instance after seven days.",
        verify="aws rds wait db-instance-available --db-instance-identifier hokusai-mlflow-development",
    ),
)
KEY_REVOKED = finding(
    "monitor-key-revoked",
    "registry-monitor/hokusai-development admin",
    "The platform refuses the monitor's key admin as revoked",
    priority=Priority.HIGH,
    confidence=Confidence.TWO_SIGNS,
    terraform=Terraform(address="aws_secretsmanager_secret_version.monitor", found_in="target file"),
    proofs=(
        Proof(told="every request with the key is answered 401", source="authentication.accepted.auth-keys.bearer"),
        Proof(told="the key second is accepted", source="authentication.accepted.second.bearer"),
    ),
    explains=("authentication.accepted.auth-keys.bearer",),
    impact=("No user: the monitor does not see what needs this key",),
    fix=Fix(told="Issue a new key, and put it into the secret; the next run uses it."),
)
PERMISSION_MISSING = finding(
    "monitor-permission-missing",
    "logs:FilterLogEvents",
    "The monitor's role may not call logs:FilterLogEvents",
    state=FindingState.SUSPECTED,
    priority=Priority.LOW,
    proofs=(Proof(told="AccessDeniedException", source="logs:FilterLogEvents"),),
    fix=Fix(told="Add logs:FilterLogEvents to the policy of the monitor's role."),
)


def diagnosed(run: Run, *findings: Finding) -> Run:
    """A run with findings, in the order in which to act on them."""
    return run.model_copy(update={"findings": findings})


def missing_service() -> Run:
    """MLflow was never created, and has no rule either; auth is out, and nobody knows why; a log is denied."""
    return diagnosed(samples.failing(), SERVICE_MISSING, AUTH_OUT, RULE_MISSING, PERMISSION_MISSING)


def stopped_database() -> Run:
    """One cause behind all that fails."""
    database = samples.result(
        "mlflow.database",
        Status.FAIL,
        subject="POST https://registry.example/api/mlflow/api/2.0/mlflow/experiments/search",
        seen="answered 503 (written by MLflow): TEMPORARILY_UNAVAILABLE",
        service="mlflow",
        latency_ms=31.0,
        evidence={"url": "https://registry.example/api/mlflow", "status": 503},
    )
    facts = [fact for role in ("auth", "api", "mlflow") for fact in samples.ecs_results(role)]
    return diagnosed(samples.run_of([*facts, database, *samples.stages(failed="experiment")]), DATABASE_STOPPED)


def revoked_key() -> Run:
    """What fails is the monitor's own fault; the platform is well."""
    refused = samples.result(
        "accepted.auth-keys.bearer",
        Status.FAIL,
        suite=_AUTHENTICATION,
        subject="GET https://auth.example/api/v1/keys with the key admin",
        seen="answered 401 (written by the application): Invalid or expired API key",
        service="auth",
        latency_ms=12.0,
        evidence={"url": "https://auth.example/api/v1/keys", "status": 401},
    )
    suites = (samples.INFRASTRUCTURE, _AUTHENTICATION)
    return diagnosed(samples.run_of([samples.result("endpoint.api-health"), refused], suites=suites), KEY_REVOKED)


def latent_alone() -> Run:
    """All is well today; the rule that the next deployment needs is not there."""
    return diagnosed(samples.healthy(), RULE_MISSING)


def partly_explained() -> Run:
    """The missing service is proved; of auth nothing is, and the log that would tell is denied."""
    run = diagnosed(samples.failing(), SERVICE_MISSING)
    denied = Unknown(reason="logs:FilterLogEvents was denied to the monitor's role", source="logs:FilterLogEvents")
    told = run.inventory.model_copy(update={"log_tails": {"hokusai-auth-development": denied}})
    return run.model_copy(update={"inventory": told})


def two_on_one_way() -> Run:
    """No rule leads to the API, and auth, which the API asks, listens elsewhere: two requests, one way each."""
    rule = finding("listener-rule-missing", "registry:443 /api/mlflow/*", "No rule leads /api/mlflow/* to api")
    port = finding("container-port-mismatch", "hokusai-auth-development", "Auth listens on port 8080")

    def way(url: str, *places: tuple[str, Finding | None]) -> RequestPath:
        hops = [
            Hop(place=place, told=place, state="broken" if cause else "works", cause=cause and cause.statement)
            for place, cause in places
        ]
        return RequestPath(url=url, checks=("infrastructure_health.endpoint.auth-health",), hops=tuple(hops))

    proxy = ("rule", rule), ("container", None), ("api asks auth", port)
    direct = ("rule", None), ("container", None), ("api asks auth", port)
    paths = (
        way("https://registry.example/api/mlflow", *proxy),
        way("https://registry.example/live", *direct),
        way("https://registry.example/version", *direct),
    )
    return diagnosed(samples.failing(), rule, port).model_copy(update={"paths": paths})


def many_causes() -> Run:
    """Nine services are gone at once."""
    names = [f"endpoint.e{number}" for number in range(9)]
    results = [samples.result(name, Status.FAIL) for name in names]
    gone = [
        SERVICE_MISSING.model_copy(
            update={
                "resource": f"hokusai-{name}",
                "statement": f"The ECS service hokusai-{name} does not exist" + " at all" * 100,
                "explains": (f"infrastructure_health.{name}",),
            }
        )
        for name in names
    ]
    return diagnosed(samples.run_of(results), *gone)


def hostile(text: str = samples.HOSTILE) -> Run:
    """Every text of a finding is an attack on the reader; or its harmless twin."""
    run = samples.hostile(text)
    evil = finding(
        text,
        text,
        text,
        service=text,
        arn=text,
        terraform=Terraform(address=text, found_in=text),
        proofs=(Proof(told=text, source=text),),
        ruled_out=(text,),
        unchecked=(text,),
        explains=("infrastructure_health.endpoint.evil",),
        consequences=(text,),
        impact=(text,),
        changed=(text,),
        fix=Fix(told=text, hcl=text, verify=text, caution=text),
        runbook=text,
    )
    states = (FindingState.LATENT, FindingState.SUSPECTED, FindingState.CONSEQUENCE)
    others = [evil.model_copy(update={"state": state, "resource": f"{state} {text}"}) for state in states]
    monitors = evil.model_copy(update={"kind": f"monitor-{text}"})
    denied = Unknown(reason=text, source=text)
    told = run.inventory.model_copy(update={"ecs_services": denied, "log_tails": {text: denied}})
    return diagnosed(run, evil, *others, monitors).model_copy(update={"inventory": told})


ALL = {
    "missing service": missing_service,
    "stopped database": stopped_database,
    "revoked key": revoked_key,
    "latent alone": latent_alone,
    "partly explained": partly_explained,
    "two on one way": two_on_one_way,
    "many causes": many_causes,
    "hostile finding": hostile,
}
