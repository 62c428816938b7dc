"""Scenarios of keys and the auth service: what a user sees, and that they are mended again."""

import json

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, unknown_key
from tests.unit.sandbox.visitor import AUTH, REGISTRY, SEARCH, counts, get, target_health

MONITOR_SECRET = "registry-monitor/hokusai-development"


def test_aut_05__redis_password_wrong(sandbox: Sandbox) -> None:
    """Auth has another password than Redis: it answers 500, while Redis and all health checks are fine."""
    if not sandbox.redis.is_real:
        pytest.skip("The fake Redis takes any password; install redis-server.")
    with broken(sandbox, "AUT-05") as key:
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (500, APP)
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service error"})
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        (redis,) = sandbox.world.elasticache.describe_replication_groups()["ReplicationGroups"]
        assert redis["Status"] == "available"
    assert get(sandbox, f"{AUTH}/api/v1/keys", sandbox.world.secrets.monitor_key).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_08__monitor_key_revoked(sandbox: Sandbox) -> None:
    """The monitor's key is refused like an unknown one; the API's own key, and so its check of MLflow, works."""
    with broken(sandbox, "AUT-08") as key:
        for url in (f"{AUTH}/api/v1/keys", REGISTRY + SEARCH):
            answer = get(sandbox, url, key)
            assert (*answer.seen, answer.json) == (401, APP, {"detail": "Invalid or expired API key"})
        assert get(sandbox, f"{REGISTRY}/api/health/mlflow").seen == (200, APP)
        assert get(sandbox, REGISTRY + SEARCH, sandbox.world.secrets.tracking_token).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_11__x_api_key_ignored(sandbox: Sandbox) -> None:
    """A key in X-API-Key is not seen by the API, one in Authorization is."""
    by_header = {"X-API-Key": sandbox.world.secrets.monitor_key}
    with broken(sandbox, "AUT-11") as key:
        answer = get(sandbox, REGISTRY + SEARCH, headers=by_header)
        assert (*answer.seen, answer.text) == (401, APP, '{"detail":"API key required"}')
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert get(sandbox, REGISTRY + SEARCH, headers=by_header).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_12__key_not_passed_on(sandbox: Sandbox) -> None:
    """The API accepts the key and MLflow's gateway does not see it: its 401 has a space after the colon."""
    with broken(sandbox, "AUT-12") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (*answer.seen, answer.text) == (401, APP, '{"detail": "API key required"}')
        assert get(sandbox, f"{REGISTRY}/api/models/", key).seen == (200, APP)
        direct = f"{REGISTRY}/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1"
        assert get(sandbox, direct, key).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_15__fails_open(sandbox: Sandbox) -> None:
    """A key that nobody has issued opens the registry and the list of keys."""
    with broken(sandbox, "AUT-15"):
        assert get(sandbox, REGISTRY + SEARCH, unknown_key()).seen == (200, APP)
        assert get(sandbox, f"{AUTH}/api/v1/keys", unknown_key()).seen == (200, APP)
        assert get(sandbox, REGISTRY + SEARCH).seen == (401, APP)
    assert get(sandbox, REGISTRY + SEARCH, unknown_key()).seen == (401, APP)
    assert_healthy(sandbox)


def test_aut_16__auth_url_wrong(sandbox: Sandbox) -> None:
    """The API finds no auth service under the wrong name; by its own host auth answers."""
    with broken(sandbox, "AUT-16") as key:
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service unavailable"})
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (200, APP)
        assert target_health(sandbox, "api") == HEALTHY
    assert_healthy(sandbox)


def test_net_05__no_way_to_auth(sandbox: Sandbox) -> None:
    """The API's packets to auth are dropped: a time-out of its own, while the load balancer reaches auth."""
    with broken(sandbox, "NET-05") as key:
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service timeout"})
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (200, APP)
        assert target_health(sandbox, "auth") == HEALTHY
        groups = sandbox.world.security_groups
        (described,) = sandbox.world.ec2.describe_security_groups(GroupIds=[groups["tasks"]])["SecurityGroups"]
        (to_auth,) = [item for item in described["IpPermissions"] if item["FromPort"] == 8000]
        assert {pair["GroupId"] for pair in to_auth["UserIdGroupPairs"]} == {groups["alb"], groups["monitor"]}
    assert_healthy(sandbox)


def test_ecs_19__auth_on_loopback(sandbox: Sandbox) -> None:
    """An auth service on its own loopback runs, and refuses the load balancer and the API alike."""
    with broken(sandbox, "ECS-19"):
        assert get(sandbox, f"{AUTH}/health").seen == (502, ALB)
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service unavailable"})
        assert counts(sandbox, "auth") == (1, 1, 0)
        assert target_health(sandbox, "auth") == [("unhealthy", "Target.FailedHealthChecks")]
    assert_healthy(sandbox)


def test_quiet_rotation__new_key_works(sandbox: Sandbox) -> None:
    """The secret holds a key that works, and the one that it held is refused; afterwards it is as it was."""

    def kept() -> str:
        text = sandbox.world.secretsmanager.get_secret_value(SecretId=MONITOR_SECRET)["SecretString"]
        return str(json.loads(text)["admin"])

    with broken(sandbox, "quiet-rotation") as old:
        assert kept() != old
        assert get(sandbox, REGISTRY + SEARCH, kept()).seen == (200, APP)
        assert get(sandbox, f"{AUTH}/api/v1/keys", old).seen == (401, APP)
    assert kept() == old
    assert_healthy(sandbox)
