"""PostgreSQL and Redis in the running sandbox: TLS under the names that AWS gave, and the states of RDS."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.visitor import REGISTRY, SEARCH, get

ROOT = Path(__file__).resolve().parents[3]
WITHOUT_REDIS = """
import boto3, json, os, requests, yaml
from registry_monitor.clients.connect_to import connect_to
target = yaml.safe_load(open(os.environ["MONITOR_TARGET"]))
connect_to(target["connect_to"])
cache = boto3.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]
secret = boto3.client("secretsmanager").get_secret_value(SecretId=target["keys"]["secret"])["SecretString"]
headers = {"Authorization": "Bearer " + json.loads(secret)["admin"]}
status = requests.get("https://registry.hokus.ai/models/", headers=headers).status_code
print(cache["TransitEncryptionEnabled"], cache["AuthTokenEnabled"], status)
"""


@contextmanager
def status_of_database(sandbox: Sandbox, status: str) -> Iterator[None]:
    """Let RDS show a status for a while."""
    sandbox.world.set_database_status(status)
    try:
        sandbox.settle()
        yield
    finally:
        sandbox.world.set_database_status("available")
        sandbox.settle()


def create_experiment(sandbox: Sandbox, name: str, timeout_s: float = 10.0) -> int:
    """Write to MLflow itself; return the status."""
    url = urlsplit(sandbox.mlflow_address)
    with closing(http.client.HTTPConnection(str(url.hostname), url.port, timeout=timeout_s)) as connection:
        headers = {"Content-Type": "application/json", "Host": "localhost"}
        body = json.dumps({"name": name})
        connection.request("POST", "/api/2.0/mlflow/experiments/create", body=body, headers=headers)
        return connection.getresponse().status


def search(sandbox: Sandbox) -> int:
    return get(sandbox, REGISTRY + SEARCH, sandbox.world.secrets.monitor_key).status


def test_redis__serves_tls_alone(sandbox: Sandbox) -> None:
    """ElastiCache shows encryption and a token; Redis shows a certificate for its name, and answers in TLS alone."""
    if not sandbox.redis.is_real:
        pytest.skip("redis-server is not installed (Debian package redis-server)")
    (group,) = sandbox.world.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert (group["TransitEncryptionEnabled"], group["AuthTokenEnabled"]) == (True, True)
    host = sandbox.world.store_settings["redis_host"]
    place = sandbox.connect_to()[f"{host}:6379"].rpartition(":")
    context = ssl.create_default_context(cafile=str(sandbox.world.authority.bundle))
    plain = socket.create_connection((place[0], int(place[2])), 2)
    with context.wrap_socket(plain, server_hostname=host) as tls:
        tls.sendall(b"PING\r\n")
        assert tls.recv(100).startswith(b"-NOAUTH")
    with redis.Redis(place[0], int(place[2]), socket_timeout=1, retry=None) as client, pytest.raises(redis.RedisError):
        client.ping()


def test_redis__is_used_by_auth_and_api(sandbox: Sandbox) -> None:
    """A validated key lies in Redis, and so does its count of calls: both services reach it as it is."""
    with sandbox.redis_client() as client:
        client.flushall()
        assert search(sandbox) == 200
        names = {name.partition(":")[0] for name in client.scan_iter()}
    assert names == {"api_key", "auth"}


def test_without_redis_server__a_fake_without_tls(tmp_path: Path) -> None:
    """Where redis-server is missing the sandbox says so, AWS shows no TLS, and keys are accepted all the same."""
    if setpriv := shutil.which("setpriv"):  # which PostgreSQL needs when root starts it
        (tmp_path / "setpriv").symlink_to(setpriv)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.sandbox", "--", sys.executable, "-c", WITHOUT_REDIS],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stdout == "False False 200\n", ended.stderr
    assert "a fake Redis without TLS" in ended.stderr


def test_database__tls_by_its_host_name(sandbox: Sandbox) -> None:
    """A client of the RDS host name verifies its certificate in full, and finds MLflow's tables."""
    host = sandbox.world.store_settings["database_host"]
    address, _, port = sandbox.connect_to()[f"{host}:5432"].rpartition(":")
    connection = psycopg2.connect(
        host=host,
        hostaddr=address,
        port=int(port),
        user=sandbox.postgres.user,
        password=sandbox.world.secrets.database_password,
        dbname=sandbox.postgres.database,
        sslmode="verify-full",
        sslrootcert=str(sandbox.world.authority.bundle),
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM alembic_version")
        assert cursor.fetchone() == (1,)


def test_database__storage_full(sandbox: Sandbox) -> None:
    """A full disk: MLflow reads and does not write, even when it starts anew; later it writes again."""
    with status_of_database(sandbox, "storage-full"):
        assert sandbox.world.rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "storage-full"
        assert create_experiment(sandbox, "fake-full") >= 400
        assert search(sandbox) == 200
        sandbox.world.stop_tasks("mlflow")
        sandbox.settle()
        assert search(sandbox) == 200
    assert create_experiment(sandbox, "fake-space-again") == 200


@pytest.mark.parametrize(
    ("status", "is_served"), [("backing-up", True), ("inaccessible-encryption-credentials", False)]
)
def test_database__status(sandbox: Sandbox, status: str, is_served: bool) -> None:
    """The database serves in the states in which RDS serves, and in no others."""
    with status_of_database(sandbox, status):
        assert (search(sandbox) == 200) == is_served
    assert search(sandbox) == 200


def test_database__suspended(sandbox: Sandbox) -> None:
    """A database that hangs makes MLflow hang; both come back."""
    sandbox.postgres.suspend()
    try:
        with pytest.raises(TimeoutError):
            create_experiment(sandbox, "fake-hung", timeout_s=1.0)
    finally:
        sandbox.postgres.resume()
    assert create_experiment(sandbox, "fake-resumed") == 200
