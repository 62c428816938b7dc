"""One suspect of each kind, as its rule writes it, and the two extremes of evidence: everything known, and nothing."""

from datetime import UTC, datetime
from typing import Any

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Proof
from registry_monitor.inventory.deep_facts import (
    AclEntry,
    Certificate,
    NatGateway,
    Network,
    NetworkAcl,
    SecretState,
    Subnet,
)
from registry_monitor.inventory.facts import Cache, Database, Inventory, Unknown
from tests.unit.diagnosis.platform import ROLES, definition, evidence_of, inventory, known, variable

REGISTRY, AUTH = "hokusai-registry-development", "hokusai-auth-development"
API, MLFLOW = "hokusai-api-development", "hokusai-mlflow-development"
REDIS, DATABASE, BUCKET = "hokusai-redis-development", MLFLOW, "hokusai-mlflow-artifacts-development"
SECRET = "hokusai/redis/development/auth-token"
SECRET_ARN = f"arn:aws:secretsmanager:us-east-1:1:secret:{SECRET}-a1B2c3"

_RESOURCES: dict[str, tuple[str, str | None]] = {  # kind -> resource and service, as the rules write them
    "ecs-cluster-missing": ("hokusai-development", None),
    "container-image-missing": ("registry/api:7", "api"),
    "image-pull-denied": ("execution", "api"),
    "egress-missing": ("ecr", "api"),
    "secret-missing": (SECRET, "auth"),
    "secret-access-denied": (f"execution {SECRET}", "auth"),
    "secret-key-missing": (f"{SECRET}:auth_token", "auth"),
    "log-group-missing": ("/ecs/api", "api"),
    "container-variable-wrong": (f"{API} AUTH_SERVICE_URL", "api"),
    "container-variable-missing": (f"{API} MLFLOW_TRACKING_TOKEN", "api"),
    "task-zone-not-enabled": (f"{REGISTRY} us-east-1c", "api"),
    "load-balancer-missing": (REGISTRY, None),
    "load-balancer-impaired": (REGISTRY, None),
    "listener-missing": (f"{REGISTRY}:443", None),
    "listener-tls-policy": (f"{REGISTRY}:443", None),
    "listener-rule-missing": (f"{REGISTRY}:443 /api/mlflow/*", "api"),
    "listener-rule-shadows": (f"{REGISTRY}:443 priority 105", "api"),
    "listener-rule-host-wrong": (f"{REGISTRY}:443 priority 105", "api"),
    "listener-rule-target-group-wrong": (f"{REGISTRY}:443 priority 105", "api"),
    "listener-rule-fixed-response": (f"{REGISTRY}:443 priority 105", "api"),
    "listener-rule-authenticates": (f"{REGISTRY}:443 priority 105", "api"),
    "path-rewrite-missing": (f"{REGISTRY}:443 priority 50", "mlflow"),
    "health-check-path-wrong": ("api-group", "api"),
    "health-check-port-wrong": ("api-group", "api"),
    "health-check-timeout-short": ("api-group", "api"),
    "target-group-protocol-wrong": ("api-group", "api"),
    "firewall-blocks": (REGISTRY, None),
    "certificate-expired": (f"{REGISTRY}:443", None),
    "certificate-host-mismatch": (f"{REGISTRY}:443", None),
    "dns-record-missing": ("registry.hokus.ai", None),
    "dns-record-wrong": ("registry.hokus.ai", None),
    "security-group-rule-missing": ("tasks tcp/8001 from alb", "api"),
    "network-acl-blocks": ("acl-1", None),
    "route-missing": ("rtb-1 0.0.0.0/0", None),
    "redis-missing": (REDIS, None),
    "redis-not-available": (REDIS, None),
    "redis-password-wrong": (SECRET, "auth"),
    "auth-fails-open": (AUTH, "auth"),
    "auth-broken": (AUTH, "auth"),
    "rate-limited": (AUTH, "auth"),
    "database-missing": (DATABASE, None),
    "database-not-available": (DATABASE, None),
    "database-storage-full": (DATABASE, None),
    "database-password-wrong": ("hokusai/app-secrets/development", "mlflow"),
    "database-schema-outdated": (DATABASE, "mlflow"),
    "database-connections-exhausted": (DATABASE, "mlflow"),
    "task-role-permission-missing": ("tasks s3", "mlflow"),
    "bucket-missing": (BUCKET, None),
    "artifacts-disabled": (f"{API} MLFLOW_SERVE_ARTIFACTS", "api"),
    "mlflow-allowed-hosts": (f"{MLFLOW} MLFLOW_SERVER_ALLOWED_HOSTS", "mlflow"),
    "mlflow-own-login": (MLFLOW, "mlflow"),
    "monitor-permission-missing": ("ecs:DescribeServices", None),
    "monitor-api-unreachable": ("ecs", None),
    "monitor-api-throttled": ("ecs", None),
    "monitor-secret-missing": ("registry-monitor/hokusai-development", None),
    "monitor-key-revoked": ("registry-monitor/hokusai-development admin", None),
    "monitor-egress-missing": ("monitor", None),
    "monitor-trust-outdated": ("monitor", None),
    "monitor-dns-broken": ("DNS", None),
    "monitor-clock-wrong": ("clock", None),
    "monitor-credentials-refused": ("credentials", None),
    "monitor-place-wrong": ("hokusai-development in us-east-1", None),
    "monitor-role-not-assumed": ("arn:aws:iam::222222222222:role/registry-monitor-reads", None),
    "monitor-network-apart": ("account 222222222222", None),
    "monitor-out-of-time": ("MonitorFunction", None),
}
_ROUTES = {"path-rewrite-missing": "mlflow-direct"}


def suspect_of(kind: str, **changes: Any) -> Suspect:
    """A suspect of a kind; those of no particular resource are the API service's."""
    resource, role = _RESOURCES.get(kind, (API, "api"))
    is_of_rule = ":443 " in resource or kind in _ROUTES
    fields: dict[str, Any] = {
        "kind": kind,
        "resource": resource,
        "statement": f"{resource} is wrong.",
        "breaks": frozenset({f"route:{_ROUTES.get(kind, 'mlflow-proxy')}"} if is_of_rule else {f"app:{role}"}),
        "proofs": (Proof(told="10.0.1.7:8001 Health checks failed", source="test"),),
        "service": role,
        "arn": f"arn:rule/{resource.rpartition(' ')[2]}" if "priority" in resource else None,
    }
    return Suspect(**(fields | changes))


def everything() -> Evidence:
    """The healthy platform with a value for each fact that a fix may read; its newest revisions changed something."""
    facts: dict[str, Any] = {
        "task_definitions": {f"arn:task/{role}:2": known(definition(role, **_container(role))) for role in ROLES},
        "previous_definitions": {f"arn:task/{role}:2": known(definition(role, revision=1)) for role in ROLES},
        "network": known(NETWORK),
        "certificates": {
            "arn:certificate": known(
                Certificate(
                    arn="arn:certificate", status="ISSUED", names=("*.hokus.ai",), ends_at=None, renewal="SUCCESS"
                )
            )
        },
        "secrets": {SECRET_ARN: known(_secret(None))},
        "caches": {REDIS: known(_CACHE)},
        "databases": {DATABASE: known(database("stopped"))},
    }
    return evidence_of(inventory(**facts))


def nothing() -> Evidence:
    """No fact of AWS could be read."""
    unread = Unknown(reason="ecs:DescribeServices was denied to the monitor's role", source="ecs:DescribeServices")
    return evidence_of(Inventory(ecs_services=unread, target_groups=unread, target_health={}, load_balancers=unread))


def database(status: str) -> Database:
    return Database(
        id=DATABASE, status=status, host="db.example", port=5432, engine="postgres", engine_version="15",
        allocated_storage_gb=20, security_groups=(), ca_identifier=None, is_encrypted=True,
    )  # fmt: skip


def _secret(deleted_at: datetime | None) -> SecretState:
    return SecretState(arn=SECRET_ARN, name=SECRET, deleted_at=deleted_at, changed_at=None, rotated_at=None)


DELETED_SECRET = {SECRET_ARN: known(_secret(datetime(2026, 7, 29, tzinfo=UTC)))}


def _container(role: str) -> dict[str, Any]:
    return {
        "environment": {"AUTH_SERVICE_URL": variable("http://auth.wrong.local:8000"), "ENVIRONMENT": variable(None)},
        "secrets": {"REDIS_AUTH_TOKEN": f"{SECRET_ARN}:auth_token::"},
    }


_CACHE = Cache(
    id=REDIS, status="modifying", host="redis.example", port=6379, has_tls=True, has_auth_token=True,
    member_clusters=(), security_groups=("sg-redis",),
)  # fmt: skip
_DENY = AclEntry(number=90, is_egress=True, allows=False, protocol="6", block="10.0.0.0/16", from_port=1, to_port=2)
_TAKEN = AclEntry(number=89, is_egress=True, allows=True, protocol="6", block="10.9.0.0/16", from_port=1, to_port=2)
_ALLOW = AclEntry(
    number=100, is_egress=True, allows=True, protocol="-1", block="0.0.0.0/0", from_port=None, to_port=None
)
NETWORK = Network(
    vpc="vpc-1",
    subnets=(
        Subnet(id="subnet-a", zone="us-east-1a", block="10.0.1.0/24", free_addresses=200),
        Subnet(id="subnet-c", zone="us-east-1c", block="10.0.3.0/24", free_addresses=200),
    ),
    acls=(NetworkAcl(id="acl-1", name=None, subnets=("subnet-a",), entries=(_DENY, _TAKEN, _ALLOW)),),
    route_tables=(),
    endpoints=(),
    nat_gateways=(NatGateway(id="nat-1", subnet="subnet-a", state="available"),),
)
