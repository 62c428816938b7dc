"""Scenarios of keys and the auth service: what a user sees, and that they are mended again."""

import json

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import ALB, APP, HEALTHY, assert_healthy, broken, is_logged, unknown_key
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


@pytest.mark.parametrize(
    ("variant", "statuses"),
    [("modifying", ["modifying"]), ("rebooting", ["rebooting cluster nodes"]), ("deleted", [])],
)
def test_aut_02__other_ways_to_be_down(sandbox: Sandbox, variant: str, statuses: list[str]) -> None:
    """Busy with itself or deleted: auth fails closed each time, and ElastiCache says why."""
    with broken(sandbox, f"AUT-02@{variant}") as key:
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (500, APP)
        groups = sandbox.world.elasticache.describe_replication_groups()["ReplicationGroups"]
        assert [group["Status"] for group in groups] == statuses
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "logged"),
    [
        ("secret-rotated", "redis.exceptions.AuthenticationError: "),
        ("without-tls", "Connection reset by peer"),
        ("without-password", "redis.exceptions.AuthenticationError: "),
    ],
)
def test_aut_05__ways_to_disagree(sandbox: Sandbox, variant: str, logged: str) -> None:
    """Wrong password, no TLS or no password: Redis lets auth in none of them, and auth's log has Redis's words."""
    if not sandbox.redis.is_real:
        pytest.skip("The fake Redis takes any password, and has no TLS; install redis-server.")
    with broken(sandbox, f"AUT-05@{variant}") as key:
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (500, APP)
        assert is_logged(sandbox, "auth", logged)
    assert_healthy(sandbox)


def test_aut_08__wrong_key_in_the_secret(sandbox: Sandbox) -> None:
    """The secret holds a key that auth does not know; the right one still works."""
    with broken(sandbox, "AUT-08@wrong-key") as key:
        held = json.loads(sandbox.world.secretsmanager.get_secret_value(SecretId=MONITOR_SECRET)["SecretString"])
        assert get(sandbox, REGISTRY + SEARCH, held["admin"]).seen == (401, APP)
        assert get(sandbox, REGISTRY + SEARCH, key).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_11__bearer_ignored(sandbox: Sandbox) -> None:
    """The reverse: a key in Authorization is not seen by the API, one in X-API-Key is."""
    with broken(sandbox, "AUT-11@authorization-ignored") as key:
        assert get(sandbox, f"{REGISTRY}/api/models/", key).seen == (401, APP)
        assert get(sandbox, f"{REGISTRY}/api/models/", headers={"X-API-Key": key}).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_12__key_not_listed(sandbox: Sandbox) -> None:
    """A proxy that passes on what is listed alone loses the key, and nothing else that MLflow needs."""
    with broken(sandbox, "AUT-12@not-listed") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (*answer.seen, answer.text) == (401, APP, '{"detail": "API key required"}')
        assert get(sandbox, f"{REGISTRY}/api/models/", key).seen == (200, APP)
    assert_healthy(sandbox)


def test_aut_13__rate_limit_of_the_monitor_s_key(sandbox: Sandbox) -> None:
    """The monitor's key meets 429, other keys do not; the limit is felt when its calls are used up."""
    with broken(sandbox, "AUT-13@no-call-left") as key:
        answer = get(sandbox, f"{AUTH}/api/v1/keys", key)
        assert (*answer.seen, answer.json) == (429, APP, {"detail": "Rate limit exceeded"})
        assert get(sandbox, f"{AUTH}/api/v1/keys", sandbox.world.secrets.monitor_keys["second"]).seen == (200, APP)
    with sandbox.redis_client() as counters:
        counters.flushall()
    with broken(sandbox, "AUT-13@few-calls-left") as key:
        statuses = [get(sandbox, f"{AUTH}/api/v1/keys", key).status for _ in range(6)]
        assert statuses == [200] * 5 + [429]
    assert_healthy(sandbox)


def test_aut_14__table_missing(sandbox: Sandbox) -> None:
    """Without its table auth fails every key, known or not, with PostgreSQL's words in its log; its health is 200."""
    with broken(sandbox, "AUT-14") as key:
        assert get(sandbox, f"{AUTH}/api/v1/keys", key).seen == (500, APP)
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": "Authentication service error"})
        assert get(sandbox, f"{AUTH}/health").seen == (200, APP)
        assert is_logged(sandbox, "auth", 'UndefinedTable: relation "api_keys" does not exist')
    assert_healthy(sandbox)


def test_aut_15__revoked_keys_let_in(sandbox: Sandbox) -> None:
    """A revoked key is taken for a good one, an unknown one is not."""
    with broken(sandbox, "AUT-15@revoked-keys"):
        assert get(sandbox, REGISTRY + SEARCH, sandbox.world.secrets.monitor_keys["revoked"]).seen == (200, APP)
        assert get(sandbox, REGISTRY + SEARCH, unknown_key()).seen == (401, APP)
    assert_healthy(sandbox)


@pytest.mark.parametrize(
    ("variant", "text"),
    [("port", "Authentication service timeout"), ("path", "Authentication service error")],
)
def test_aut_16__wrong_port_or_path(sandbox: Sandbox, variant: str, text: str) -> None:
    """Packets to another port are dropped by the tasks' group, and another path is unknown to auth."""
    with broken(sandbox, f"AUT-16@{variant}"):
        answer = get(sandbox, REGISTRY + SEARCH, unknown_key())
        assert (*answer.seen, answer.json) == (503, APP, {"detail": text})
    assert_healthy(sandbox)


def test_aut_16__mlflow_s_gateway(sandbox: Sandbox) -> None:
    """The API finds auth and the gateway does not: the gateway's 503 has a space after the colon."""
    with broken(sandbox, "AUT-16@host-of-mlflow") as key:
        answer = get(sandbox, REGISTRY + SEARCH, key)
        assert (*answer.seen, answer.text) == (503, APP, '{"detail": "Authentication service error"}')
        assert get(sandbox, f"{REGISTRY}/api/models/", key).seen == (200, APP)
    assert_healthy(sandbox)
