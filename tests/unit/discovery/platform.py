"""A platform of nobody's that AWS tells of: a shop's gateway and its MLflow, in pieces that a test puts together."""

from typing import Any

from registry_monitor.inventory.cluster_facts import ClusterFacts
from registry_monitor.inventory.deep_facts import (
    Certificate,
    ContainerDefinition,
    DnsRecord,
    SecurityGroup,
    SecurityRule,
)
from registry_monitor.inventory.facts import (
    Action,
    Cache,
    Condition,
    Database,
    EcsService,
    Known,
    Listener,
    ListenerRule,
    LoadBalancer,
    ServiceTarget,
    TargetGroup,
    TaskDefinition,
    Unknown,
)
from registry_monitor.inventory.parsing import secrecy

CLUSTER, REGION = "Shop_Models", "eu-north-1"
MLFLOW_COMMAND = ("mlflow", "server", "--host", "0.0.0.0", "--port", "8080", "--static-prefix", "/tracking")
CERTIFICATE = "arn:aws:acm:eu-north-1:123456789012:certificate/one"
DATABASE_HOST = "shop-tracking.cabc123.eu-north-1.rds.amazonaws.com"
CACHE_HOST = "master.shop-cache.abc123.eun1.cache.amazonaws.com"


def group_arn(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:eu-north-1:123456789012:targetgroup/{name}/1"


def balancer_arn(name: str, kind: str = "app") -> str:
    return f"arn:aws:elasticloadbalancing:eu-north-1:123456789012:loadbalancer/{kind}/{name}/1"


def dns_name(balancer: str) -> str:
    return f"{balancer}-1.eu-north-1.elb.amazonaws.com"


def service(name: str, port: int = 8080, **more: Any) -> EcsService:
    """One whose target group and definition have its own name; its security group is sg-<name>."""
    given: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:ecs:eu-north-1:123456789012:service/{CLUSTER}/{name}",
        "status": "ACTIVE",
        "desired": 1,
        "running": 1,
        "pending": 0,
        "task_definition": name,
        "deployments": (),
        "events": (),
        "targets": (ServiceTarget(target_group_arn=group_arn(name), container_name="app", container_port=port),),
        "security_groups": (f"sg-{name}",),
    }
    return EcsService(**(given | more))


def container(name: str = "app", **more: Any) -> ContainerDefinition:
    given: dict[str, Any] = {
        "name": name,
        "image": "registry.test/app:1",
        "is_essential": True,
        "ports": (8080,),
        "command": (),
        "environment": {},
        "secrets": {},
        "health_check": None,
        "log_group": None,
        "log_prefix": None,
    }
    return ContainerDefinition(**(given | more))


def variables(**values: str) -> dict[str, Any]:
    """Variables as the inventory keeps them: what may be secret has lost its value."""
    return {name: secrecy.variable("any", name, value) for name, value in values.items()}


def definition(name: str, *containers: ContainerDefinition) -> TaskDefinition:
    return TaskDefinition(
        arn=name, family=name, revision=1, cpu=256, memory_mb=512, containers=containers or (container(),)
    )


def group(name: str, *balancers: str, **more: Any) -> TargetGroup:
    given: dict[str, Any] = {
        "arn": group_arn(name),
        "name": name,
        "port": 8080,
        "protocol": "HTTP",
        "health_check_path": "/up",
        "health_check_port": "traffic-port",
        "matcher": "200",
        "load_balancer_arns": tuple(balancer_arn(balancer) for balancer in balancers or ("edge",)),
    }
    return TargetGroup(**(given | more))


def rule(priority: int | None, to: str, host: str | None = None, *paths: str, **more: Any) -> ListenerRule:
    """A rule that forwards to the target group of this name."""
    conditions = [Condition(field="host-header", values=(host,))] if host else []
    conditions += [Condition(field="path-pattern", values=paths)] if paths else []
    actions = (Action(kind="forward", target_groups={group_arn(to): 1}),)
    return ListenerRule(
        **(
            {"arn": f"rule-{priority}-{to}", "priority": priority, "conditions": tuple(conditions), "actions": actions}
            | more
        )
    )


def listener(*rules: ListenerRule, port: int = 443, protocol: str = "HTTPS") -> Listener:
    certificates = (CERTIFICATE,) if protocol == "HTTPS" else ()
    return Listener(
        arn=f"listener-{port}",
        port=port,
        protocol=protocol,
        ssl_policy=None,
        certificate_arns=certificates,
        rules=rules,
    )


def balancer(name: str = "edge", **more: Any) -> LoadBalancer:
    given: dict[str, Any] = {
        "arn": balancer_arn(name),
        "name": name,
        "dns_name": dns_name(name),
        "scheme": "internet-facing",
        "state": "active",
        "state_reason": None,
    }
    return LoadBalancer(**(given | more))


def record(name: str, *values: str, kind: str = "A") -> DnsRecord:
    return DnsRecord(zone="shop.test", is_private=False, name=name, kind=kind, values=values)


def certificate(*names: str) -> Certificate:
    return Certificate(arn=CERTIFICATE, status="ISSUED", names=names, ends_at=None, renewal=None)


def database(name: str = "shop-tracking", host: str = DATABASE_HOST, engine: str = "postgres") -> Database:
    return Database(
        id=name,
        status="available",
        host=host,
        port=5432,
        engine=engine,
        engine_version=None,
        allocated_storage_gb=None,
        security_groups=(f"sg-{name}",),
        ca_identifier=None,
        is_encrypted=True,
    )


def cache(name: str = "shop-cache", host: str = CACHE_HOST, **more: Any) -> Cache:
    given: dict[str, Any] = {
        "id": name,
        "status": "available",
        "host": host,
        "port": 6380,
        "has_tls": True,
        "has_auth_token": True,
        "member_clusters": (f"{name}-001",),
        "security_groups": (f"sg-{name}",),
    }
    return Cache(**(given | more))


def security_group(name: str, port: int, *sources: str) -> SecurityGroup:
    """sg-<name>, which lets the groups of these services in."""
    let_in = SecurityRule(
        protocol="tcp", from_port=port, to_port=port, groups=tuple(f"sg-{each}" for each in sources), blocks=()
    )
    return SecurityGroup(id=f"sg-{name}", name=name, ingress=(let_in,), egress=())


def known(value: Any) -> Any:
    return Known(value=value, source="test")


def denied(action: str) -> Unknown:
    return Unknown(reason=f"{action} was denied: add {action} to its policy", source=action)


def facts(**more: Any) -> ClusterFacts:
    """The gateway keeps a proxy below /api/mlflow, MLflow stands straight below /tracking; what is given replaces."""
    mlflow = container(command=MLFLOW_COMMAND, environment=variables(ARTIFACTS="s3://shop-artifacts/store"))
    rules = (
        rule(10, "shop-tracking-prod", "models.shop.test", "/tracking/*"),
        rule(20, "shop-gateway-prod", "models.shop.test", "/api/mlflow/*"),
        rule(30, "shop-gateway-prod", "models.shop.test"),
        ListenerRule(arn="rule-default", priority=None, conditions=(), actions=(Action(kind="fixed-response"),)),
    )
    given: dict[str, Any] = {
        "services": (service("shop-gateway-prod"), service("shop-tracking-prod")),
        "definitions": {
            "shop-gateway-prod": definition("shop-gateway-prod"),
            "shop-tracking-prod": definition("shop-tracking-prod", mlflow),
        },
        "target_groups": (
            group("shop-gateway-prod"),
            group("shop-tracking-prod", health_check_path="/tracking/health"),
        ),
        "load_balancers": (balancer(),),
        "listeners": {"edge": (listener(*rules),)},
        "certificates": {CERTIFICATE: certificate("*.shop.test")},
        "records": (record("models.shop.test", dns_name("edge")),),
        "internal_names": {},
        "databases": (),
        "caches": (),
        "security_groups": (),
    } | more
    by_name = {"definitions", "listeners", "certificates", "internal_names"}
    told = {
        name: {key: _fact(each) for key, each in value.items()} if name in by_name else _fact(value)
        for name, value in given.items()
    }
    return ClusterFacts(cluster=CLUSTER, region=REGION, **told)


def _fact(value: Any) -> Any:
    return value if isinstance(value, Unknown) else known(value)
