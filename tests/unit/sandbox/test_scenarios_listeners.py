"""Scenarios of load balancers, their rules and target groups: what a user sees, and that they are mended again."""

import http.client
import socket
import ssl
from collections.abc import Callable

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken
from tests.unit.sandbox.visitor import AUTH, REGISTRY, SEARCH, counts, get, newest_events, target_health

KEYS = f"{AUTH}/api/v1/keys"
UNUSED = [("unused", "Target.NotInUse")]
TIMED_OUT = [("unhealthy", "Target.Timeout")]
REFUSED = [("unhealthy", "Target.FailedHealthChecks")]


@pytest.mark.parametrize(("name", "url"), [("ALB-01", f"{REGISTRY}/health"), ("ALB-01@auth", f"{AUTH}/health")])
def test_alb_01__no_load_balancer(sandbox: Sandbox, name: str, url: str) -> None:
    """The host's record leads to a name that nobody has, and the service's targets are unused."""
    with broken(sandbox, name):
        with pytest.raises(socket.gaierror):
            get(sandbox, url)
        assert target_health(sandbox, "auth" if "@" in name else "api") == UNUSED
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "content_type"),
    [
        ("rule-mlflow", "text/html; charset=utf-8"),
        ("rule-auth", "application/json"),
        ("default-auth", "application/json"),
        ("default-mlflow", "text/html; charset=utf-8"),
    ],
)
def test_alb_03__wrong_application(sandbox_of: Callable[[Era], Sandbox], variant: str, content_type: str) -> None:
    """Another application answers the proxy's path with its own 404; the API's other paths are as before."""
    sandbox = sandbox_of("2025-08")
    with broken(sandbox, f"ALB-03@{variant}") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (answer.status, answer.server != ALB) == (404, True)
        assert answer.content_type.startswith(content_type)
        assert get(sandbox, f"{REGISTRY}/health").seen == (200, APP)
    assert_healthy(sandbox)


def test_alb_07__to_mlflow(sandbox: Sandbox) -> None:
    """The proxy's paths, led to MLflow itself, get its HTML 404, as a proposal of July 2025 would have it."""
    with broken(sandbox, "ALB-07@proxy-to-mlflow") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (answer.status, answer.content_type) == (404, "text/html; charset=utf-8")
        assert get(sandbox, f"{REGISTRY}/health").seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("name", "url", "seen"),
    [
        ("ALB-02@auth", f"{AUTH}/health", None),
        ("ALB-04@auth-health", f"{AUTH}/health", (404, ALB)),
        ("ALB-04@registry", f"{REGISTRY}/health", (404, ALB)),
        ("ALB-05@proxy", REGISTRY + SEARCH, (404, APP)),
        ("ALB-05@host", f"{REGISTRY}/openapi.json", (404, APP)),
        ("ALB-06@auth-health", f"{AUTH}/health", (404, ALB)),
        ("ALB-06@registry", f"{REGISTRY}/health", (404, ALB)),
        ("ALB-07@mlflow", f"{REGISTRY}/mlflow/health", (503, ALB)),
        ("ALB-07@auth", KEYS, (503, ALB)),
        ("ALB-11@auth", f"{AUTH}/health", (503, ALB)),
        ("ALB-11@filter", REGISTRY + SEARCH, (404, ALB)),
    ],
)
def test_variant__answers(sandbox: Sandbox, name: str, url: str, seen: tuple[int, str] | None) -> None:
    """Each further form of these faults is felt where it strikes, also with a good key."""
    with broken(sandbox, name) as key:
        if seen is None:
            with pytest.raises(ConnectionRefusedError):
                get(sandbox, url)
        else:
            assert get(sandbox, url, key).seen == seen
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "role", "url"), [("auth", "auth", f"{AUTH}/health"), ("api", "api", REGISTRY + SEARCH)]
)
def test_alb_08__unattached(sandbox: Sandbox, variant: str, role: str, url: str) -> None:
    """A group to which no rule leads has unused targets and no load balancer; its paths get the default's 404."""
    with broken(sandbox, f"ALB-08@{variant}") as key:
        assert get(sandbox, url, key).seen == (404, ALB)
        assert target_health(sandbox, role) == UNUSED
        group = sandbox.world.target_groups[role]
        (described,) = sandbox.world.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
        assert described.get("LoadBalancerArns", []) == []
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("role", "url"), [("api", f"{REGISTRY}/health"), ("auth", f"{AUTH}/health"), ("mlflow", f"{REGISTRY}/mlflow/")]
)
def test_alb_09__not_registered(sandbox: Sandbox, role: str, url: str) -> None:
    """The service runs as many tasks as it wants, its target group is empty: 503."""
    with broken(sandbox, f"ALB-09@{role}"):
        assert get(sandbox, url).seen == (503, ALB)
        assert (counts(sandbox, role), target_health(sandbox, role)) == ((1, 1, 0), [])
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("role", "health", "url"),
    [
        ("auth", TIMED_OUT, KEYS),
        ("api", REFUSED, REGISTRY + SEARCH),
        ("mlflow", REFUSED, f"{REGISTRY}/mlflow/health"),
    ],
)
def test_alb_14__health_check_port(sandbox: Sandbox, role: str, health: list[tuple[str, str]], url: str) -> None:
    """A health check on another port fails, where a security group drops it by time-out; traffic still flows."""
    with broken(sandbox, f"ALB-14@{role}") as key:
        assert target_health(sandbox, role) == health
        assert "is unhealthy in" in newest_events(sandbox, role, 1)[0]
        assert get(sandbox, url, key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(("role", "url"), [("auth", KEYS), ("api", REGISTRY + SEARCH)])
def test_alb_15__health_check_timeout(sandbox: Sandbox, role: str, url: str) -> None:
    """A health page that takes longer than the load balancer waits is a time-out to it alone; traffic still flows."""
    with broken(sandbox, f"ALB-15@{role}") as key:
        assert target_health(sandbox, role) == TIMED_OUT
        assert get(sandbox, f"{AUTH if role == 'auth' else REGISTRY}/health").seen == (200, APP)
        assert get(sandbox, url, key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(("variant", "role", "url"), [("http2", "api", f"{REGISTRY}/health"), ("grpc", "auth", KEYS)])
def test_alb_17__other_protocol(sandbox: Sandbox, variant: str, role: str, url: str) -> None:
    """Clients of HTTP/1.1 get 464, and a service that does not greet in HTTP/2 fails its health checks."""
    with broken(sandbox, f"ALB-17@{variant}") as key:
        assert get(sandbox, url, key).seen == (464, ALB)
        assert target_health(sandbox, role) == REFUSED
    assert_healthy(sandbox)


def test_alb_22__web_acl(sandbox: Sandbox) -> None:
    """What the web ACL matches gets the load balancer's 403, with any key; all else passes."""
    with broken(sandbox, "ALB-22@path") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (403, ALB)
        assert get(sandbox, f"{REGISTRY}/health").seen == (200, APP)
    with broken(sandbox, "ALB-22@all") as key:
        assert get(sandbox, KEYS, key).seen == (403, ALB)
    with broken(sandbox, "ALB-22@agent") as key:
        monitor = {"User-Agent": "Registry-Monitor/1"}
        assert get(sandbox, REGISTRY + SEARCH, key, headers=monitor).seen == (403, ALB)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "url", "status"),
    [("proxy", REGISTRY + SEARCH, 302), ("api", f"{REGISTRY}/health", 401), ("auth", KEYS, 302)],
)
def test_alb_24__login(sandbox: Sandbox, variant: str, url: str, status: int) -> None:
    """A client with a good key is sent to log in, or refused by the load balancer itself."""
    with broken(sandbox, f"ALB-24@{variant}") as key:
        assert get(sandbox, url, key).seen == (status, ALB)
    assert_healthy(sandbox)


@pytest.mark.parametrize("variant", ["registry", "auth"])
def test_alb_26__impaired(sandbox: Sandbox, variant: str) -> None:
    """AWS tells of the state, and requests are answered all the same."""
    with broken(sandbox, f"ALB-26@{variant}"):
        name = f"hokusai-{variant}-development"
        (described,) = sandbox.world.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"]
        assert described["State"]["Code"] == "active_impaired"
        assert_healthy(sandbox)


@pytest.mark.parametrize(("variant", "url"), [("registry", f"{REGISTRY}/health"), ("auth", f"{AUTH}/health")])
def test_alb_27__client_certificate(sandbox: Sandbox, variant: str, url: str) -> None:
    """A client without a certificate of its own is cut off in its TLS handshake; the port and targets are fine."""
    with broken(sandbox, f"ALB-27@{variant}"):
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
            get(sandbox, url)
        assert target_health(sandbox, "auth" if variant == "auth" else "api") == HEALTHY
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    "name", ["quiet-spare-groups", "quiet-spare-rules", "quiet-old-certificate", "quiet-rules-replaced"]
)
def test_quiet__nobody_notices(sandbox: Sandbox, name: str) -> None:
    """What is unused or only renumbered changes nothing for users, nor for AWS's own checks."""
    with broken(sandbox, name):
        assert_healthy(sandbox)
    assert_healthy(sandbox)
