"""Scenarios of load balancers, their certificates and services: what a user sees, and that they are mended again."""

import socket
import ssl

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken
from tests.unit.sandbox.visitor import (
    AUTH,
    REGISTRY,
    SEARCH,
    counts,
    get,
    newest_events,
    service,
    stopped_tasks,
    target_health,
)

API = "hokusai-api-development"


@pytest.mark.parametrize(("name", "status"), [("ECS-02", "INACTIVE"), ("ECS-04", "ACTIVE")], ids=["deleted", "zero"])
def test_ecs__no_task_wanted(sandbox: Sandbox, name: str, status: str) -> None:
    """A deleted service, or one of no tasks, leaves an empty target group: 503; ECS tells the two apart."""
    with broken(sandbox, name) as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (503, ALB)
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        assert (service(sandbox, "api")["status"], *counts(sandbox, "api")) == (status, 0, 0, 0)
        assert target_health(sandbox, "api") == []
    assert_healthy(sandbox)


def test_ecs_16__ends_at_its_start(sandbox: Sandbox) -> None:
    """The API ends with 1 for want of a variable, and says so in its log: 503 from the load balancer."""
    with broken(sandbox, "ECS-16"):
        assert get(sandbox, f"{REGISTRY}/health").seen == (503, ALB)
        assert counts(sandbox, "api") == (1, 0, 0)
        assert service(sandbox, "api")["deployments"][0]["failedTasks"] > 0
        newest = next(task for task in stopped_tasks(sandbox, "api") if task["containers"][0].get("exitCode"))
        assert (newest["stopCode"], newest["containers"][0]["exitCode"]) == ("EssentialContainerExited", 1)
        assert not any("unable to consistently start" in event for event in newest_events(sandbox, "api", 4))
        logged = sandbox.world.logs.filter_log_events(logGroupName=f"/ecs/{API}")["events"]
        assert any("KeyError: 'MLFLOW_SERVER_URL'" in event["message"] for event in logged)
    assert_healthy(sandbox)


def test_ecs_18__other_port(sandbox: Sandbox) -> None:
    """An API on another port than the registered one runs, and refuses the load balancer."""
    with broken(sandbox, "ECS-18"):
        assert get(sandbox, f"{REGISTRY}/health").seen == (502, ALB)
        assert counts(sandbox, "api") == (1, 1, 0)
        assert target_health(sandbox, "api") == [("unhealthy", "Target.FailedHealthChecks")]
    assert_healthy(sandbox)


def test_alb_02__no_https(sandbox: Sandbox) -> None:
    """Without its HTTPS listener the host refuses connections to 443, and redirects to it on 80."""
    before = sandbox.world.rules("hokusai-registry-development").keys()
    with broken(sandbox, "ALB-02"):
        with pytest.raises(ConnectionRefusedError):
            get(sandbox, f"{REGISTRY}/health")
        assert get(sandbox, f"{REGISTRY}/health".replace("https", "http")).seen == (301, ALB)
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
    assert sandbox.world.rules("hokusai-registry-development").keys() == before
    assert_healthy(sandbox)


def test_alb_05__shadowed(sandbox: Sandbox) -> None:
    """MLflow itself answers below ``/api``: its gateway's 401, and for the proxy's paths its HTML 404."""
    with broken(sandbox, "ALB-05") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (answer.status, answer.content_type) == (404, "text/html; charset=utf-8")
        assert get(sandbox, REGISTRY + SEARCH).text == '{"detail": "API key required"}'
        assert get(sandbox, f"{REGISTRY}/health").json["services"]["api"] == "healthy"
        assert {"60", "105", "110"} <= sandbox.world.rules("hokusai-registry-development").keys()
    assert_healthy(sandbox)


def test_alb_06__wrong_host(sandbox: Sandbox) -> None:
    """A rule for another host leaves the auth API to the default; its health page has a rule of its own."""
    with broken(sandbox, "ALB-06") as key:
        answer = get(sandbox, f"{AUTH}/api/v1/keys", key)
        assert (*answer.seen, answer.text) == (404, ALB, "Not Found")
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
    assert_healthy(sandbox)


def test_alb_07__empty_old_group(sandbox: Sandbox) -> None:
    """The rule leads to a group without targets: 503 for its paths alone, while the API is healthy."""
    groups = [group["TargetGroupArn"] for group in sandbox.world.elbv2.describe_target_groups()["TargetGroups"]]
    with broken(sandbox, "ALB-07") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (503, ALB)
        assert get(sandbox, f"{REGISTRY}/api/health/mlflow").seen == (200, APP)
        assert target_health(sandbox, "api") == HEALTHY
    after = [group["TargetGroupArn"] for group in sandbox.world.elbv2.describe_target_groups()["TargetGroups"]]
    assert after == groups
    assert_healthy(sandbox)


def test_alb_11__forgotten_maintenance(sandbox: Sandbox) -> None:
    """The load balancer itself says 503, in its own words, and everything behind it is healthy."""
    with broken(sandbox, "ALB-11") as key:
        for path in ("/health", SEARCH):
            answer = get(sandbox, REGISTRY + path, key)
            assert (*answer.seen, answer.text) == (503, ALB, "Down for maintenance")
        assert [target_health(sandbox, role) for role in ("auth", "api", "mlflow")] == [HEALTHY] * 3
    assert_healthy(sandbox)


def test_alb_12__health_check_path(sandbox: Sandbox) -> None:
    """Auth answers its health checks with 404, and traffic still flows: the load balancer fails open."""
    with broken(sandbox, "ALB-12") as key:
        assert target_health(sandbox, "auth") == [("unhealthy", "Target.ResponseCodeMismatch")]
        assert "Health checks failed with these codes: [404]" in newest_events(sandbox, "auth", 1)[0]
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("name", "reason", "status"),
    [("TLS-01", "certificate has expired", "EXPIRED"), ("TLS-02", "Hostname mismatch", "ISSUED")],
    ids=["expired", "other-host"],
)
def test_tls__refused_by_clients(sandbox: Sandbox, name: str, reason: str, status: str) -> None:
    """A client that verifies refuses the certificate that the listener shows; other hosts are as before."""
    known = len(sandbox.world.acm.list_certificates()["CertificateSummaryList"])
    with broken(sandbox, name):
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            get(sandbox, f"{REGISTRY}/health")
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        (shown,) = sandbox.world.listener("hokusai-registry-development")["Certificates"]
        described = sandbox.world.acm.describe_certificate(CertificateArn=shown["CertificateArn"])["Certificate"]
        assert described["Status"] == status
    assert len(sandbox.world.acm.list_certificates()["CertificateSummaryList"]) == known
    assert_healthy(sandbox)


def test_dns_01__no_record(sandbox: Sandbox) -> None:
    """The auth host's name is unknown; by the name of its load balancer, and for the API, auth is there."""
    (described,) = sandbox.world.elbv2.describe_load_balancers(Names=["hokusai-auth-development"])["LoadBalancers"]
    by_load_balancer = f"http://{described['DNSName']}/health"
    with broken(sandbox, "DNS-01") as key:
        with pytest.raises(socket.gaierror):
            get(sandbox, f"{AUTH}/health")
        assert get(sandbox, by_load_balancer).seen == (301, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert_healthy(sandbox)


def test_quiet_deployment__in_progress(sandbox: Sandbox) -> None:
    """A deployment of the API is in progress without a failed task, and users notice nothing; then it is complete."""
    before = service(sandbox, "api")["deployments"][0]["id"]
    with broken(sandbox, "quiet-deployment") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
        (primary,) = service(sandbox, "api")["deployments"]
        assert (primary["rolloutState"], primary["failedTasks"], primary["id"] != before) == ("IN_PROGRESS", 0, True)
        assert (counts(sandbox, "api"), target_health(sandbox, "api")) == ((1, 1, 0), HEALTHY)
        sandbox.settle()
        assert service(sandbox, "api")["deployments"] == [primary]
    assert_healthy(sandbox)
