"""The platforms, as data: hokusai at two dates, and all that the sandbox can be.

Sources: the platform's measurements (hosts, routing; target groups, ECS, data stores). ``head`` is July 2026,
``2025-08`` is August 2025. Texts in braces are filled in by the world, which knows the host names that AWS gave.
"""

from pathlib import Path

from tests.sandbox.orchard import ORCHARD
from tests.sandbox.platform import Account, LoadBalancer, Platform, Rule, Service
from tests.sandbox.services.settings import Era

__all__ = ["PLATFORMS", "LoadBalancer", "Platform", "Rule", "Service"]  # with the names of hokusai below

_PACKAGED = Path(__file__).resolve().parents[2] / "src" / "registry_monitor" / "targets"

CLUSTER = "hokusai-development"
NAMESPACE = "hokusai-development.local"
DATABASE = "hokusai-mlflow-development"
REDIS = "hokusai-redis-development"
PUBLIC_ZONE = "hokus.ai"
ARTIFACTS_BUCKET = "hokusai-mlflow-artifacts-development"
REPORTS_BUCKET = "registry-monitor-reports-development"
NOTICE_TOPIC = "registry-monitor-development-notice"
PAGE_ALARM = "registry-monitor-development-page"
MONITOR_SECRET_PREFIX = "registry-monitor/"  # then the name of the target
TRACKING_TOKEN_SECRET = "hokusai/development/mlflow/tracking-token"
DATABASE_SECRET = "hokusai/app-secrets/development"
REDIS_SECRET = "hokusai/redis/development/auth-token"

AUTH_HOST = "auth.hokus.ai"
REGISTRY_HOST = "registry.hokus.ai"


HOKUSAI = Account(
    prefix="hokusai",
    region="us-east-1",
    cluster=CLUSTER,
    namespace=NAMESPACE,
    public_zone=PUBLIC_ZONE,
    artifacts_bucket=ARTIFACTS_BUCKET,
    security_groups={
        "alb": "hokusai-alb-development",
        "tasks": "hokusai-ecs-tasks-development",
        "rds": "hokusai-mlflow-rds-development",
        "redis": "hokusai-redis-development",
        "monitor": "registry-monitor-development",
        "endpoints": "hokusai-endpoints-development",
    },
    public_table="hokusai-public-development",
    private_table="hokusai-private-development",
    task_role="hokusai-ecs-task-development",
    execution_role="hokusai-ecs-execution-development",
    task_secrets={
        TRACKING_TOKEN_SECRET: lambda secrets: {"token": secrets.tracking_token},
        DATABASE_SECRET: lambda secrets: {"database_password": secrets.database_password},
        REDIS_SECRET: lambda secrets: {"auth_token": secrets.redis_password},
    },
    database=DATABASE,
    redis=REDIS,
    subnet_group="hokusai-development",
)


def service_name(role: str) -> str:
    """Return the name of a role's ECS service, which both dates have."""
    return f"hokusai-{role}-development"


_AUTH_ENVIRONMENT = {
    "REDIS_HOST": "{redis_host}",
    "REDIS_PORT": "6379",
    "REDIS_TLS_ENABLED": "{redis_tls}",
    "ENVIRONMENT": "development",
}

_API_ENVIRONMENT = {
    "API_HOST": "0.0.0.0",
    "API_PORT": "8001",
    "AUTH_SERVICE_URL": f"http://auth.{NAMESPACE}:8000",
    "DB_HOST": "{database_host}",
    "DB_PORT": "5432",
    "DB_NAME": "mlflow_db",
    "DB_USER": "mlflow",
    "MLFLOW_SERVER_URL": f"http://mlflow.{NAMESPACE}:5000",
    "REDIS_HOST": "{redis_host}",
    "REDIS_PORT": "6379",
    "REDIS_TLS_ENABLED": "{redis_tls}",
    "ENVIRONMENT": "development",
}

_API_SECRETS = {"REDIS_AUTH_TOKEN": f"{REDIS_SECRET}:auth_token", "DB_PASSWORD": f"{DATABASE_SECRET}:database_password"}

_MLFLOW_ENVIRONMENT = {
    "BACKEND_STORE_URI": "postgresql://mlflow@{database_host}:5432/mlflow_db",
    "DEFAULT_ARTIFACT_ROOT": f"s3://{ARTIFACTS_BUCKET}/artifacts",
}

_MLFLOW_ALLOWED_HOSTS = ",".join(
    (REGISTRY_HOST, f"mlflow.{NAMESPACE}:5000", f"mlflow.{NAMESPACE}", "localhost:5000", "localhost")
)


def _services(era: Era) -> tuple[Service, ...]:
    head = era == "head"
    auth = Service(
        role="auth",
        memory_mb=160,
        name=service_name("auth"),
        container="hokusai-auth",
        port=8000,
        target_group="hokusai-auth-development" if head else "hokusai-auth-tg-development",
        command=("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"),
        environment=_AUTH_ENVIRONMENT,
        secrets={"REDIS_AUTH_TOKEN": f"{REDIS_SECRET}:auth_token"},
    )
    api = Service(
        role="api",
        memory_mb=420,
        name=service_name("api"),
        container="hokusai-api",
        port=8001,
        target_group="hokusai-reg-api-development" if head else "hokusai-api-tg-development",
        command=("python", "-m", "src.api.main"),
        environment=_API_ENVIRONMENT | ({"MLFLOW_MTLS_ENABLED": "false"} if head else {}),
        secrets=_API_SECRETS | ({"MLFLOW_TRACKING_TOKEN": f"{TRACKING_TOKEN_SECRET}:token"} if head else {}),
    )
    mlflow = Service(
        role="mlflow",
        memory_mb=1100,
        name=service_name("mlflow"),
        container="hokusai-mlflow",
        port=5000,
        target_group="hokusai-reg-mlflow-development" if head else "hokusai-mlflow-tg-development",
        command=("mlflow", "server", "--host", "0.0.0.0", "--port", "5000", "--serve-artifacts"),
        environment=_MLFLOW_ENVIRONMENT
        | (
            {"MLFLOW_SERVER_ALLOWED_HOSTS": _MLFLOW_ALLOWED_HOSTS, "AUTH_SERVICE_URL": f"http://auth.{NAMESPACE}:8000"}
            if head
            else {}
        ),
        secrets={"DB_PASSWORD": f"{DATABASE_SECRET}:database_password"},
        health_path="/health" if head else "/mlflow",
        matcher="200" if head else "200,308",
    )
    return auth, api, mlflow


_MLFLOW_PATHS = ("/mlflow", "/mlflow/*")

HEAD = Platform(
    era="head",
    target="hokusai-development",
    target_file=_PACKAGED / "hokusai-development.yaml",
    account=HOKUSAI,
    services=_services("head"),
    load_balancers=(
        LoadBalancer(
            name="hokusai-auth-development",
            hosts=(AUTH_HOST,),
            rules=(
                Rule(90, "auth", AUTH_HOST, ("/health", "/")),
                Rule(100, "auth", AUTH_HOST, ("/api/v1/*",)),
            ),
        ),
        LoadBalancer(
            name="hokusai-registry-development",
            hosts=(REGISTRY_HOST,),
            rules=(
                Rule(50, "mlflow", REGISTRY_HOST, _MLFLOW_PATHS),
                Rule(105, "api", REGISTRY_HOST, ("/api/mlflow/*",)),
                Rule(110, "api", REGISTRY_HOST, ("/api/*",)),
                Rule(120, "api", REGISTRY_HOST),
            ),
        ),
    ),
)

AUGUST_2025 = Platform(
    era="2025-08",
    target="hokusai-development-2025-08",
    target_file=_PACKAGED / "hokusai-development-2025-08.yaml",
    account=HOKUSAI,
    services=_services("2025-08"),
    load_balancers=(
        LoadBalancer(
            name="hokusai-development",
            hosts=(AUTH_HOST, REGISTRY_HOST),
            rules=(
                Rule(50, "mlflow", REGISTRY_HOST, _MLFLOW_PATHS),
                Rule(80, "auth", AUTH_HOST),
                Rule(85, "api", None, ("/api/mlflow/*",)),
                Rule(95, "api", None, ("/api/v1/*", "/api/health", "/api/health/*")),
                # At most five condition values stand in one rule (AWS: quotas of an Application Load Balancer).
                Rule(96, "api", None, ("/health", "/health/*", "/", "/models/*", "/docs")),
                Rule(97, "api", None, ("/openapi.json", "/ready", "/live", "/version", "/metrics")),
            ),
        ),
    ),
)

PLATFORMS: dict[Era, Platform] = {platform.era: platform for platform in (HEAD, AUGUST_2025, ORCHARD)}
