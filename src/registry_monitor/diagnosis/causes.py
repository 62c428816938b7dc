"""Every kind of cause that the diagnosis can name: what it is, whose it is and how much it hurts.

``rows``: the rows of the fault catalogue that a kind serves. ``resource``: how a finding and a scenario write what is
at fault. docs/causes.md has a section for each kind, with the kind as its anchor.
"""

from dataclasses import dataclass

from registry_monitor.finding import Priority

_CRITICAL, _HIGH, _MEDIUM, _LOW = Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW


@dataclass(frozen=True)
class CauseKind:
    """One kind of cause. ``terraform``: the type of the resource that mends it; null where none does."""

    title: str
    resource: str
    terraform: str | None
    priority: Priority
    rows: tuple[str, ...]


CAUSES: dict[str, CauseKind] = {
    # ECS services and tasks
    "ecs-cluster-missing": CauseKind(
        "The ECS cluster does not exist", "cluster", "aws_ecs_cluster", _CRITICAL, ("ECS-31",)
    ),
    "ecs-service-missing": CauseKind(
        "An ECS service was never created", "service", "aws_ecs_service", _CRITICAL, ("ECS-01",)
    ),
    "ecs-service-deleted": CauseKind(
        "An ECS service was deleted", "service", "aws_ecs_service", _CRITICAL, ("ECS-02",)
    ),
    "ecs-service-draining": CauseKind(
        "An ECS service is being destroyed", "service", "aws_ecs_service", _HIGH, ("ECS-03",)
    ),
    "ecs-desired-count-zero": CauseKind(
        "A service is scaled to zero", "service", "aws_ecs_service", _CRITICAL, ("ECS-04",)
    ),
    "container-image-missing": CauseKind(
        "The image does not exist", "repository:tag", "aws_ecs_task_definition", _CRITICAL, ("ECS-05",)
    ),
    "image-pull-denied": CauseKind(
        "The execution role may not pull the image",
        "execution role",
        "aws_iam_role_policy_attachment",
        _CRITICAL,
        ("ECS-07",),
    ),
    "egress-missing": CauseKind(
        "Tasks have no way to an AWS service",
        "AWS service, such as ecr or secretsmanager",
        "aws_vpc_endpoint",
        _CRITICAL,
        ("ECS-06",),
    ),
    "secret-missing": CauseKind(
        "A secret that tasks need does not exist", "secret", "aws_secretsmanager_secret", _CRITICAL, ("MUL-08",)
    ),
    "secret-access-denied": CauseKind(
        "The execution role may not read a secret",
        "execution role and secret",
        "aws_iam_role_policy",
        _CRITICAL,
        ("ECS-10",),
    ),
    "secret-key-missing": CauseKind(
        "A secret lacks a key that tasks need",
        "secret:key",
        "aws_secretsmanager_secret_version",
        _CRITICAL,
        ("ECS-12",),
    ),
    "log-group-missing": CauseKind(
        "The log group of a container does not exist", "log group", "aws_cloudwatch_log_group", _CRITICAL, ("ECS-13",)
    ),
    "container-out-of-memory": CauseKind(
        "A container is killed for want of memory", "service", "aws_ecs_task_definition", _CRITICAL, ("ECS-15",)
    ),
    "container-exits": CauseKind(
        "A container exits by itself", "service", "aws_ecs_task_definition", _CRITICAL, ("ECS-16",)
    ),
    "container-port-mismatch": CauseKind(
        "A container listens on another port than is registered",
        "service",
        "aws_ecs_task_definition",
        _CRITICAL,
        ("ECS-18",),
    ),
    "container-loopback-only": CauseKind(
        "A container listens on 127.0.0.1 alone", "service", "aws_ecs_task_definition", _CRITICAL, ("ECS-19",)
    ),
    "container-health-check-failing": CauseKind(
        "A container's own health check fails", "service", "aws_ecs_task_definition", _CRITICAL, ("ECS-23",)
    ),
    "container-variable-wrong": CauseKind(
        "A variable of a container is wrong",
        "service and variable",
        "aws_ecs_task_definition",
        _CRITICAL,
        ("AUT-11", "AUT-12", "AUT-15", "AUT-16"),
    ),
    "container-variable-missing": CauseKind(
        "A container lacks a variable", "service and variable", "aws_ecs_task_definition", _HIGH, ("MLF-17",)
    ),
    "fargate-quota-reached": CauseKind(
        "The account's Fargate quota is used up", "service", "aws_servicequotas_service_quota", _CRITICAL, ("ECS-25",)
    ),
    "spot-interruption": CauseKind(
        "Fargate Spot took back the only task", "service", "aws_ecs_service", _MEDIUM, ("ECS-27",)
    ),
    "deployment-rolled-back": CauseKind(
        "A deployment failed and was rolled back", "service", "aws_ecs_task_definition", _MEDIUM, ("ECS-28",)
    ),
    "deployment-stuck": CauseKind("A deployment does not end", "service", "aws_ecs_service", _HIGH, ("ECS-30",)),
    "task-zone-not-enabled": CauseKind(
        "Tasks run in a zone that the load balancer does not serve",
        "load balancer and zone",
        "aws_lb",
        _CRITICAL,
        ("ECS-32",),
    ),
    "task-broken": CauseKind("One task of several is broken", "service", None, _HIGH, ("PAR-01", "PAR-02")),
    "service-unreachable": CauseKind("A service is out, and its cause is not proved", "service", None, _CRITICAL, ()),
    # Load balancers
    "load-balancer-missing": CauseKind(
        "A load balancer does not exist", "load balancer", "aws_lb", _CRITICAL, ("ALB-01",)
    ),
    "load-balancer-impaired": CauseKind("A load balancer is not active", "load balancer", "aws_lb", _HIGH, ("ALB-26",)),
    "listener-missing": CauseKind(
        "A load balancer does not listen with TLS", "load balancer:port", "aws_lb_listener", _CRITICAL, ("ALB-02",)
    ),
    "listener-tls-policy": CauseKind(
        "A listener asks more of TLS than clients can", "load balancer:port", "aws_lb_listener", _CRITICAL, ("ALB-27",)
    ),
    "listener-rule-missing": CauseKind(
        "No rule leads a path to its service",
        "load balancer:port path",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-03", "ALB-04", "ALB-08"),
    ),
    "listener-rule-shadows": CauseKind(
        "A rule with a lower number takes another's requests",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-05",),
    ),
    "listener-rule-host-wrong": CauseKind(
        "A rule has another host than its service's",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-06",),
    ),
    "listener-rule-target-group-wrong": CauseKind(
        "A rule forwards to a group of no or another service",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-07",),
    ),
    "listener-rule-fixed-response": CauseKind(
        "A rule answers itself in a service's place",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-11",),
    ),
    "listener-rule-authenticates": CauseKind(
        "A rule sends clients to log in",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-24",),
    ),
    "path-rewrite-missing": CauseKind(
        "A rule leads to MLflow without rewriting the path",
        "load balancer:port priority N",
        "aws_lb_listener_rule",
        _CRITICAL,
        ("ALB-25", "MLF-13"),
    ),
    "service-not-registered": CauseKind(
        "A service registers its tasks in no target group", "service", "aws_ecs_service", _CRITICAL, ("ALB-09",)
    ),
    "health-check-path-wrong": CauseKind(
        "A target group asks a path that is not there", "target group", "aws_lb_target_group", _CRITICAL, ("ALB-12",)
    ),
    "health-check-port-wrong": CauseKind(
        "A target group asks a port on which nobody listens",
        "target group",
        "aws_lb_target_group",
        _CRITICAL,
        ("ALB-14",),
    ),
    "health-check-timeout-short": CauseKind(
        "A target group does not wait for its health check's answer",
        "target group",
        "aws_lb_target_group",
        _MEDIUM,
        ("ALB-15",),
    ),
    "target-group-protocol-wrong": CauseKind(
        "A target group speaks another protocol than the service",
        "target group",
        "aws_lb_target_group",
        _CRITICAL,
        ("ALB-17",),
    ),
    "firewall-blocks": CauseKind(
        "A web ACL refuses requests", "load balancer", "aws_wafv2_web_acl", _CRITICAL, ("ALB-22", "MON-17")
    ),
    # Names and certificates
    "certificate-expired": CauseKind(
        "A certificate has expired", "load balancer:port", "aws_acm_certificate", _CRITICAL, ("TLS-01",)
    ),
    "certificate-host-mismatch": CauseKind(
        "A certificate lacks the host", "load balancer:port", "aws_acm_certificate", _CRITICAL, ("TLS-02",)
    ),
    "dns-record-missing": CauseKind(
        "A public name has no record", "name", "aws_route53_record", _CRITICAL, ("DNS-01",)
    ),
    "dns-record-wrong": CauseKind(
        "A public name leads elsewhere", "name", "aws_route53_record", _CRITICAL, ("DNS-01",)
    ),
    "discovery-registration-missing": CauseKind(
        "A service is not registered in Cloud Map", "service", "aws_ecs_service", _CRITICAL, ()
    ),
    # Network
    "security-group-rule-missing": CauseKind(
        "A security group lets nobody in from where requests come",
        "group protocol/port from group",
        "aws_vpc_security_group_ingress_rule",
        _CRITICAL,
        ("NET-01", "NET-05", "NET-06", "NET-09"),
    ),
    "network-acl-blocks": CauseKind(
        "A network ACL drops packets of a subnet",
        "network ACL",
        "aws_network_acl_rule",
        _CRITICAL,
        ("NET-03", "PAR-03"),
    ),
    "route-missing": CauseKind(
        "A route table lacks a route", "route table and destination", "aws_route", _CRITICAL, ("NET-08", "NET-10")
    ),
    # Auth and cache
    "redis-missing": CauseKind(
        "Redis does not exist", "replication group", "aws_elasticache_replication_group", _CRITICAL, ("AUT-02",)
    ),
    "redis-not-available": CauseKind(
        "Redis is not available",
        "replication group",
        "aws_elasticache_replication_group",
        _CRITICAL,
        ("AUT-02", "MUL-05"),
    ),
    "redis-password-wrong": CauseKind(
        "Services have a password that Redis does not take",
        "secret",
        "aws_secretsmanager_secret_version",
        _CRITICAL,
        ("AUT-05",),
    ),
    "auth-fails-open": CauseKind(
        "Auth lets in keys that it must refuse", "service", "aws_ecs_task_definition", _CRITICAL, ("AUT-06", "AUT-15")
    ),
    "auth-broken": CauseKind(
        "The auth service answers with errors of its own", "service", None, _CRITICAL, ("AUT-14",)
    ),
    "rate-limited": CauseKind("Requests are refused for a rate limit", "service", None, _MEDIUM, ("AUT-13",)),
    # MLflow and its stores
    "database-missing": CauseKind(
        "The database does not exist", "DB instance", "aws_db_instance", _CRITICAL, ("MLF-01",)
    ),
    "database-not-available": CauseKind(
        "The database is not available", "DB instance", "aws_db_instance", _CRITICAL, ("MLF-01", "MLF-24", "MUL-03")
    ),
    "database-storage-full": CauseKind(
        "The database's storage is full", "DB instance", "aws_db_instance", _CRITICAL, ("MLF-02",)
    ),
    "database-password-wrong": CauseKind(
        "Tasks have a password that the database does not take",
        "secret",
        "aws_secretsmanager_secret_version",
        _CRITICAL,
        ("MLF-04",),
    ),
    "database-schema-outdated": CauseKind(
        "The database's schema is older than MLflow", "DB instance", "aws_ecs_task_definition", _CRITICAL, ("MLF-05",)
    ),
    "database-connections-exhausted": CauseKind(
        "The database has no connection left", "DB instance", "aws_db_instance", _HIGH, ("MLF-06",)
    ),
    "task-role-permission-missing": CauseKind(
        "The task role may not use an AWS service",
        "role and AWS service",
        "aws_iam_role_policy",
        _CRITICAL,
        ("MLF-07",),
    ),
    "bucket-missing": CauseKind(
        "The artifact bucket does not exist", "bucket", "aws_s3_bucket", _CRITICAL, ("MLF-08",)
    ),
    "artifacts-disabled": CauseKind(
        "MLflow does not serve artifacts", "service and variable", "aws_ecs_task_definition", _CRITICAL, ("MLF-10",)
    ),
    "mlflow-allowed-hosts": CauseKind(
        "MLflow refuses the name by which it is asked",
        "service and variable",
        "aws_ecs_task_definition",
        _CRITICAL,
        ("MLF-14",),
    ),
    "mlflow-own-login": CauseKind(
        "MLflow asks for a login of its own", "service", "aws_ecs_task_definition", _CRITICAL, ("MLF-21",)
    ),
    # The monitor itself: of the platform, nothing is said
    "monitor-permission-missing": CauseKind(
        "The monitor's role may not read something", "IAM action", "aws_iam_role_policy", _LOW, ("MON-02",)
    ),
    "monitor-api-unreachable": CauseKind(
        "The monitor cannot reach an AWS API", "AWS service", "aws_vpc_endpoint", _LOW, ("MON-01",)
    ),
    "monitor-api-throttled": CauseKind("AWS throttles the monitor", "AWS service", None, _LOW, ("MON-07",)),
    "monitor-secret-missing": CauseKind(
        "The monitor's keys cannot be read", "secret", "aws_secretsmanager_secret", _LOW, ("MON-03",)
    ),
    "monitor-key-revoked": CauseKind(
        "The platform does not take the monitor's key",
        "secret and key",
        "aws_secretsmanager_secret_version",
        _HIGH,
        ("AUT-08",),
    ),
    "monitor-egress-missing": CauseKind(
        "The monitor cannot reach any public host",
        "security group or NAT gateway",
        "aws_security_group",
        _LOW,
        ("MON-06", "MON-15"),
    ),
    "monitor-trust-outdated": CauseKind(
        "The monitor trusts no certificate at all", "CA bundle", None, _LOW, ("MON-14",)
    ),
    "monitor-dns-broken": CauseKind("The monitor resolves no name", "DNS", "aws_vpc", _LOW, ("MON-06",)),
    "monitor-clock-wrong": CauseKind("The monitor's clock is wrong", "clock", None, _LOW, ("MON-14",)),
    "monitor-credentials-refused": CauseKind(
        "AWS does not take the monitor's credentials", "credentials", "aws_iam_role", _LOW, ("MON-02",)
    ),
    "monitor-place-wrong": CauseKind(
        "The monitor asks another region or account", "cluster and region", None, _LOW, ("MON-02",)
    ),
    "monitor-role-not-assumed": CauseKind(
        "The monitor may not assume the platform's role", "role", "aws_iam_role", _LOW, ("MON-02",)
    ),
    "monitor-network-apart": CauseKind(
        "The monitor stands in another network than the platform", "account", None, _LOW, ("MON-06",)
    ),
    "monitor-out-of-time": CauseKind(
        "The monitor's time was over", "function", "aws_lambda_function", _LOW, ("MON-05",)
    ),
}
