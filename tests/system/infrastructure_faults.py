"""What can go wrong below the services, and which checks of infrastructure_health see it."""

from tests.sandbox.platforms import ARTIFACTS_BUCKET, AUTH_HOST, DATABASE, REGISTRY_HOST
from tests.system.catalogue import Fault, each_role
from tests.system.world_edits import (
    AUTH_BALANCER,
    REGISTRY_BALANCER,
    ROLES,
    certificate_for,
    encryption_removed,
    forwarded,
    health_path,
    image,
    listener_deleted,
    load_balancer_state,
    loopback_only,
    metric,
    record,
    rule_deleted,
    scaled_to_zero,
    scenario,
    services_deleted,
    stale_instance,
    together,
    unregistered_instance,
    unsettled,
    variable,
)

SUITE = "infrastructure_health"


def ids(*names: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in names}


def services(*aspects: str) -> set[str]:
    return {f"{SUITE}.{name}" for name in each_role(*(f"service.{{}}.{aspect}" for aspect in aspects))}


CACHE = "hokusai-redis-development-001"
FULL = together(
    *(metric("MemoryUtilization", f"hokusai-{role}-development", 97.0, 35.0) for role in ROLES),
    metric("FreeStorageSpace", DATABASE, 2.0**28, 12.0 * 2**30),
    metric("DatabaseConnections", DATABASE, 79.0, 8.0),
    metric("DatabaseMemoryUsagePercentage", CACHE, 96.0, 20.0),
)
HOSTS = (AUTH_HOST, REGISTRY_HOST)
BALANCERS = (AUTH_BALANCER, REGISTRY_BALANCER)

CATALOGUE = [
    Fault(
        "load balancers that AWS calls failed",
        together(*(load_balancer_state(name, "failed") for name in BALANCERS)),
        ids(*(f"load-balancer.{name}" for name in BALANCERS)),
        ids("endpoint.api-health", f"dns.{AUTH_HOST}") | services("exists", "targets"),
        whole=True,
    ),
    Fault(
        "no listener at 443",
        listener_deleted(AUTH_BALANCER),
        ids(f"listener.{AUTH_BALANCER}", f"tls.{AUTH_HOST}", "endpoint.auth-health"),
        ids(f"listener.{REGISTRY_BALANCER}", f"dns.{AUTH_HOST}", "service.auth.running", "endpoint.auth-internal"),
    ),
    Fault(
        "no listener at the other load balancer's 443",
        scenario("ALB-02"),
        ids(f"listener.{REGISTRY_BALANCER}", f"tls.{REGISTRY_HOST}", "endpoint.api-health"),
        ids(f"listener.{AUTH_BALANCER}", f"dns.{REGISTRY_HOST}", "service.api.running", "endpoint.api-internal"),
    ),
    Fault(
        "names that lead to the other load balancer",
        together(
            record(AUTH_HOST, REGISTRY_BALANCER, AUTH_BALANCER), record(REGISTRY_HOST, AUTH_BALANCER, REGISTRY_BALANCER)
        ),
        ids(*(f"{aspect}.{host}" for aspect in ("dns", "tls") for host in HOSTS)),
        ids("route.registry-health", "endpoint.auth-internal") | services("targets"),
    ),
    Fault(
        "a name without a record",
        scenario("DNS-01"),
        ids(f"dns.{AUTH_HOST}", "endpoint.auth-health"),
        ids(f"dns.{REGISTRY_HOST}", "route.auth-health", "service.auth.targets", "mlflow.database"),
    ),
    Fault(
        "certificates that end in five days",
        together(
            certificate_for(AUTH_BALANCER, (AUTH_HOST,), 5), certificate_for(REGISTRY_BALANCER, (REGISTRY_HOST,), 5)
        ),
        ids(*(f"certificate.{host}" for host in HOSTS)),
        ids(*(f"tls.{host}" for host in HOSTS)),
        whole=True,
    ),
    Fault(
        "a certificate that has ended",
        scenario("TLS-01"),
        ids(f"tls.{REGISTRY_HOST}", "endpoint.api-health", "mlflow.database"),
        ids(f"dns.{REGISTRY_HOST}", f"tls.{AUTH_HOST}", "endpoint.api-internal"),
    ),
    Fault(
        "services that were deleted",
        services_deleted(*ROLES),
        services("exists"),
        ids(f"listener.{REGISTRY_BALANCER}", "redis.ping", "database.answers"),
    ),
    Fault(
        "services that ask for no task",
        scaled_to_zero(*ROLES),
        services("running", "targets"),
        services("exists") | ids("redis.ping", "route.registry-health"),
    ),
    Fault(
        "deployments whose images are not there",
        together(*(image(role, "no-such-tag") for role in ROLES)),
        services("rollout", "running"),
        services("exists"),
    ),
    Fault(
        "health checks at a path that does not exist",
        together(*(health_path(role, "/no-such-path") for role in ROLES)),
        services("targets"),
        services("running", "rollout", "discovery") | ids("endpoint.api-health", "endpoint.auth-health"),
        whole=True,
    ),
    Fault(
        "tasks that are gone and still in Cloud Map",
        together(*(stale_instance(role) for role in ROLES)),
        services("discovery"),
        services("running", "targets"),
        whole=True,
    ),
    Fault(
        "a running task that is not in Cloud Map",
        unregistered_instance("api"),
        ids("service.api.discovery", "endpoint.api-internal"),
        ids("service.api.targets", "endpoint.api-health", "service.mlflow.discovery", "endpoint.auth-internal"),
        whole=True,
    ),
    Fault(
        "a rule that leads to another service",
        together(forwarded(REGISTRY_BALANCER, 50, "auth", "mlflow"), forwarded(AUTH_BALANCER, 100, "api", "auth")),
        ids("route.mlflow-direct", "route.auth-keys"),
        ids("route.mlflow-proxy", "route.auth-health", "mlflow.database"),
    ),
    Fault(
        "a rule that is gone",
        together(rule_deleted(AUTH_BALANCER, 90), rule_deleted(AUTH_BALANCER, 100)),
        ids("route.auth-health", "route.auth-keys", "endpoint.auth-health", "endpoint.auth-keys"),
        ids("route.registry-health", "service.auth.running", "endpoint.auth-internal"),
    ),
    Fault(
        "a page of a maintenance that is over",
        scenario("ALB-11"),
        ids("route.registry-health", "route.registry-api", "route.mlflow-proxy", "route.mlflow-direct")
        | ids("endpoint.api-health", "endpoint.api-key-required"),
        ids("route.auth-health", "endpoint.api-internal", "service.api.targets"),
    ),
    Fault(
        "a key that was revoked",
        scenario("AUT-08"),
        ids("endpoint.api-key-accepted", "mlflow.database"),
        ids("endpoint.api-key-required", "endpoint.api-mlflow-health", "endpoint.auth-keys"),
        whole=True,
    ),
    Fault(
        "an API without a token for MLflow",
        scenario("MLF-17"),
        ids("endpoint.api-mlflow-health"),
        ids("mlflow.database", "endpoint.api-health"),
        whole=True,
    ),
    Fault(
        "containers that listen on their own loopback alone",
        together(
            loopback_only("auth"), loopback_only("mlflow"), variable("api", "API_HOST", "127.0.0.1", healthy="0.0.0.0")
        ),
        ids("endpoint.auth-internal", "endpoint.api-internal", "endpoint.mlflow-internal")
        | services("targets", "rollout"),
        services("running", "discovery"),
    ),
    Fault(
        "Redis that is being deleted",
        scenario("AUT-02"),
        ids("redis.state", "mlflow.database"),
        ids("database.state", "endpoint.api-health", "service.auth.targets"),
    ),
    Fault(
        "Redis that refuses connections while AWS calls it available",
        unsettled(lambda sandbox: sandbox.redis.stop(), lambda sandbox: sandbox.redis.start()),
        ids("redis.ping"),
        ids("redis.state", "database.answers", "service.auth.targets"),
    ),
    Fault(
        "a database that is stopped",
        scenario("MLF-01"),
        ids("database.state", "database.answers", "mlflow.database", "endpoint.api-mlflow-health"),
        ids("endpoint.api-health", "endpoint.mlflow-internal") | services("targets", "running"),
        whole=True,
    ),
    Fault(
        "a database whose disk is full",
        scenario("MLF-02"),
        ids("database.state"),
        ids("mlflow.database", "endpoint.api-mlflow-health"),
        whole=True,
    ),
    Fault(
        "a database that refuses connections while AWS calls it available",
        unsettled(lambda sandbox: sandbox.postgres.stop(), lambda sandbox: sandbox.postgres.start()),
        ids("database.answers", "mlflow.database"),
        ids("database.state", "redis.ping"),
    ),
    Fault("a bucket that is gone", scenario("MLF-08"), ids("bucket.exists"), ids("mlflow.database"), whole=True),
    Fault(
        "a bucket that encrypts nothing",
        encryption_removed(ARTIFACTS_BUCKET),
        ids("bucket.encrypted"),
        ids("bucket.exists"),
        whole=True,
    ),
    Fault(
        "no room left anywhere",
        FULL,
        ids("headroom.database.storage", "headroom.database.connections", "headroom.redis.memory")
        | ids(*(f"headroom.{role}.memory" for role in ROLES)),
        ids("database.state", "redis.state") | services("running"),
        whole=True,
    ),
]
