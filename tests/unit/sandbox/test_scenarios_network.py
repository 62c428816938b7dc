"""Scenarios of names, security groups, network ACLs and routes: what a user sees, and that they are mended again."""

import socket
import ssl

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, unknown_key
from tests.unit.sandbox.visitor import AUTH, REGISTRY, SEARCH, counts, get, stopped_tasks, target_health

KEYS = f"{AUTH}/api/v1/keys"
TIMED_OUT = ("unhealthy", "Target.Timeout")


def is_dropped(sandbox: Sandbox, host: str) -> bool:
    """Tell whether packets to ``host``:443 get no answer at all."""
    address, _, port = sandbox.connect_to()[f"{host}:443"].rpartition(":")
    try:
        socket.create_connection((address, int(port)), timeout=0.3).close()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("name", ["DNS-01@registry", "DNS-04", "DNS-04@registry", "dns-elsewhere@gone"])
def test_dns__unknown_name(sandbox: Sandbox, name: str) -> None:
    """A name without a record, shadowed by a private zone, or led to what is gone, is unknown; others are not."""
    broken_host, other = (AUTH, REGISTRY) if name == "DNS-04" else (REGISTRY, AUTH)
    with broken(sandbox, name):
        with pytest.raises(socket.gaierror):
            get(sandbox, f"{broken_host}/health")
        assert get(sandbox, f"{other}/health").seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(("variant", "url"), [("auth", f"{AUTH}/health"), ("registry", f"{REGISTRY}/health")])
def test_dns_elsewhere__other_load_balancer(sandbox: Sandbox, variant: str, url: str) -> None:
    """The load balancer that answers under a wrong name has no certificate for it."""
    refused = pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch")
    with broken(sandbox, f"dns-elsewhere@{variant}"), refused:
        get(sandbox, url)
    assert_healthy(sandbox)


def test_dns_elsewhere__address_of_nobody(sandbox: Sandbox) -> None:
    """A record with an address that nobody has leads clients into the dark."""
    with broken(sandbox, "dns-elsewhere@address"):
        assert is_dropped(sandbox, "auth.hokus.ai")
        assert not is_dropped(sandbox, "registry.hokus.ai")
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("name", "reason"), [("TLS-01@auth", "certificate has expired"), ("TLS-02@auth", "Hostname mismatch")]
)
def test_tls__auth_host(sandbox: Sandbox, name: str, reason: str) -> None:
    """The auth host's certificate is refused; the registry, which asks auth inside the VPC, works."""
    with broken(sandbox, name) as key:
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            get(sandbox, f"{AUTH}/health")
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(("role", "url"), [("auth", KEYS), ("mlflow", f"{REGISTRY}/mlflow/health")])
def test_net_01__other_services(sandbox: Sandbox, role: str, url: str) -> None:
    """Each service's port has a rule of its own: without it 504, and its targets time out."""
    with broken(sandbox, f"NET-01@{role}"):
        assert get(sandbox, url).seen == (504, ALB)
        assert target_health(sandbox, role) == [TIMED_OUT]
    assert_healthy(sandbox)


def test_net_05__mlflow(sandbox: Sandbox) -> None:
    """The API waits in vain for MLflow; by the load balancer's direct route MLflow answers."""
    with broken(sandbox, "NET-05@mlflow") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).status in (502, 504)
        direct = f"{REGISTRY}/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1"
        assert get(sandbox, direct, key).seen == (200, APP)
    assert_healthy(sandbox)


def test_net_06__other_forms(sandbox: Sandbox) -> None:
    """A rule for another port is none, and without Redis auth fails closed."""
    with broken(sandbox, "NET-06@port"):
        assert counts(sandbox, "mlflow") == (1, 0, 0)
    with broken(sandbox, "NET-06@redis"):
        assert get(sandbox, KEYS, unknown_key()).status >= 500
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "urls", "sick"),
    [
        ("answers", (f"{REGISTRY}/health", KEYS, f"{REGISTRY}/mlflow/health"), ("api", "auth", "mlflow")),
        ("port", (f"{REGISTRY}/health",), ("api",)),
        ("public", (f"{REGISTRY}/health", KEYS), ("api", "auth", "mlflow")),
    ],
)
def test_net_03__network_acl(sandbox: Sandbox, variant: str, urls: tuple[str, ...], sick: tuple[str, ...]) -> None:
    """What the ACL of a subnet denies is dropped between load balancer and task, and nowhere else: 504."""
    with broken(sandbox, f"NET-03@{variant}"):
        for url in urls:
            assert get(sandbox, url).seen == (504, ALB)
        for role in ("api", "auth", "mlflow"):
            assert target_health(sandbox, role) == ([TIMED_OUT] if role in sick else HEALTHY)
    assert_healthy(sandbox)


@pytest.mark.parametrize("role", ["api", "auth"])
def test_par_03__one_zone(sandbox: Sandbox, role: str) -> None:
    """Of two tasks the one in the cut zone times out, and the load balancer asks the other."""
    with broken(sandbox, f"PAR-03@{role}") as key:
        assert counts(sandbox, role) == (2, 2, 0)
        assert sorted(target_health(sandbox, role), key=str) == sorted([*HEALTHY, TIMED_OUT], key=str)
        for _ in range(4):
            assert get(sandbox, f"{AUTH if role == 'auth' else REGISTRY}/health", key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize("variant", ["association", "deleted"])
def test_net_08__no_way_to_s3(sandbox: Sandbox, variant: str) -> None:
    """Artifacts hang until the load balancer gives up, tracking works, and nobody's health check notices."""
    artifacts = "/mlflow/ajax-api/2.0/mlflow-artifacts/artifacts"
    with broken(sandbox, f"NET-08@{variant}") as key:
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
        assert get(sandbox, REGISTRY + artifacts, key).seen == (504, ALB)
        assert target_health(sandbox, "mlflow") == HEALTHY
    assert get(sandbox, REGISTRY + artifacts, key).seen == (200, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "role", "text"),
    [
        (
            "registry",
            "api",
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull",
        ),
        ("images", "mlflow", "CannotPullContainerError: The task cannot pull '"),
        ("secrets", "auth", "unable to retrieve secret from asm: There is a connection issue"),
        ("logs", "api", "ResourceInitializationError: failed to validate logger args: "),
    ],
)
def test_ecs_06__no_way_to_aws(sandbox: Sandbox, variant: str, role: str, text: str) -> None:
    """A new task does not start without the endpoint, and says which service it could not reach."""
    with broken(sandbox, f"ECS-06@{variant}"):
        assert counts(sandbox, role) == (1, 0, 0)
        reasons = [task["stoppedReason"] for task in stopped_tasks(sandbox, role)]
        (reason,) = {reason for reason in reasons if text in reason}
        assert "There is a connection issue" in reason
    assert_healthy(sandbox)


@pytest.mark.parametrize("name", ["NET-09", "NET-09@office", "NET-10"])
def test_public_way__closed(sandbox: Sandbox, name: str) -> None:
    """Without the load balancers' ingress, or their route to the internet, packets are dropped; targets are well."""
    with broken(sandbox, name):
        assert is_dropped(sandbox, "registry.hokus.ai")
        assert is_dropped(sandbox, "auth.hokus.ai")
        assert [target_health(sandbox, role) for role in ("auth", "api", "mlflow")] == [HEALTHY] * 3
    assert_healthy(sandbox)
