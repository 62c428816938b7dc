"""A real MLflow server behind the stand-ins: the write path, the clean-up that fails, the database's faults."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from tests.sandbox.mlflow_backend import PYTHON
from tests.sandbox.processes.mlflow_server import MlflowServer
from tests.sandbox.processes.postgres import PostgresServer
from tests.sandbox.processes.redis import RedisServer
from tests.unit.sandbox.services.stack import MLFLOW, REGISTRY_HOST, Answer, At, Stack, ask

BASE = "/api/mlflow/api/2.0/mlflow"
DIRECT = "/mlflow/ajax-api/2.0/mlflow"
ADMIN = "fake-admin-key"
BUCKET = "hokusai-mlflow-artifacts-test"
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "fake-access-key",
    "AWS_SECRET_ACCESS_KEY": "fake-secret-key",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Platform:
    """One MLflow on PostgreSQL and S3, and a stack of stand-ins of HEAD before it."""

    def __init__(self, address: str, folder: Path, running: ExitStack) -> None:
        s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        s3.start()
        running.callback(s3.stop)
        host, port = s3.get_host_and_port()
        self.s3 = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            region_name="us-east-1",
            aws_access_key_id="fake-access-key",
            aws_secret_access_key="fake-secret-key",
        )
        running.callback(self.s3.close)
        self.s3.create_bucket(Bucket=BUCKET)
        self.postgres = PostgresServer(address, 5433, folder / "postgres")
        running.callback(self.postgres.stop)
        self.postgres.start()
        self.mlflow = MlflowServer(
            PYTHON,
            address,
            5001,
            folder=folder / "mlflow",
            backend_store_uri=self.postgres.uri(),
            artifacts_destination=f"s3://{BUCKET}/artifacts",
            environment=_CREDENTIALS
            | {
                "MLFLOW_S3_ENDPOINT_URL": f"http://{host}:{port}",
                "MLFLOW_SERVER_ALLOWED_HOSTS": f"{REGISTRY_HOST},{MLFLOW[0]}:{MLFLOW[1]}",
            },
        )
        running.callback(self.mlflow.stop)
        self.mlflow.start()
        redis = RedisServer(address, 6381, folder / "redis")
        running.callback(redis.stop)
        redis.start()
        address_of_mlflow = (self.mlflow.address, self.mlflow.port)
        self.stack = Stack("head", redis, mlflow_address=address_of_mlflow, environment={"TIME_SCALE": "1.0"})
        running.callback(self.stack.stop)
        self.stack.start()

    def proxy(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Ask MLflow through the API's proxy, as an admin."""
        return self._ask(self.stack.api, method, BASE + path, body, {})

    def direct(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, host: str = REGISTRY_HOST
    ) -> Answer:
        """Ask MLflow through its own front, as the load balancer does."""
        return self._ask(self.stack.front, method, DIRECT + path, body, {"Host": host})

    @staticmethod
    def _ask(service: Any, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        sent = None if body is None else json.dumps(body).encode()
        headers = headers | {"Content-Type": "application/json"}
        return ask(service, method, path, key=ADMIN, headers=headers, body=sent, timeout_s=30)


@pytest.fixture(scope="module")
def platform(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with ExitStack() as running:
        yield Platform(address, tmp_path_factory.mktemp("platform"), running)


def test_mlflow__write_path(platform: Platform) -> None:
    """Experiment, run and artifact are written through the proxy, and the artifact lies in S3."""
    experiment = platform.proxy("POST", "/experiments/create", {"name": "fake-experiment"}).json()["experiment_id"]
    location = platform.proxy("GET", f"/experiments/get?experiment_id={experiment}").json()["experiment"]
    assert location["artifact_location"] == f"mlflow-artifacts:/{experiment}"
    run = platform.proxy("POST", "/runs/create", {"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    path = f"/api/mlflow/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model.pkl"
    content = os.urandom(3_000_000)
    assert ask(platform.stack.api, "PUT", path, key=ADMIN, body=content, timeout_s=30).status == 200
    stored = platform.s3.get_object(Bucket=BUCKET, Key=f"artifacts/{experiment}/{run}/artifacts/model.pkl")
    assert stored["Body"].read() == content
    listed = platform.proxy("GET", f"/artifacts/list?run_id={run}").json()
    assert [(file["path"], file["file_size"]) for file in listed["files"]] == [("model.pkl", 3_000_000)]


def test_mlflow__clean_up(platform: Platform) -> None:
    """The proxy cannot delete a registered model, with a body or with a query; the direct route can."""
    assert platform.proxy("POST", "/registered-models/create", {"name": "fake-model"}).status == 200
    again = platform.proxy("POST", "/registered-models/create", {"name": "fake-model"})
    assert (again.status, again.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    for path in ("/registered-models/delete", "/registered-models/delete?name=fake-model"):
        lost = platform.proxy("DELETE", path, {"name": "fake-model"})
        assert (lost.status, lost.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert "Missing value for required parameter 'name'" in lost.json()["message"]
    assert platform.proxy("POST", "/registered-models/delete", {"name": "fake-model"}).status == 405
    assert platform.direct("DELETE", "/registered-models/delete", {"name": "fake-model"}).status == 200
    assert platform.proxy("GET", "/registered-models/get?name=fake-model").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/experiments/search", 400), ("HEAD", "/experiments/search?max_results=1", 400)],
)
def test_mlflow__refuses_a_search_without_max_results(platform: Platform, method: str, path: str, status: int) -> None:
    """A search needs ``max_results``, and HEAD loses it."""
    assert platform.proxy(method, path).status == status


def test_mlflow__options_without_key(platform: Platform) -> None:
    """A preflight reaches MLflow without a key."""
    answer = ask(platform.stack.api, "OPTIONS", f"{BASE}/experiments/search?max_results=1")
    assert answer.status in (200, 204)


def test_mlflow__host_that_is_not_allowed(platform: Platform) -> None:
    """MLflow's own host check refuses a name that is not on its list."""
    answer = platform.direct("GET", "/experiments/search?max_results=1", host="other.example")
    assert (answer.status, answer.text) == (403, "Invalid Host header - possible DNS rebinding attack detected")
    assert platform.direct("GET", "/experiments/search?max_results=1").status == 200


def test_mlflow__page_of_the_user_interface(platform: Platform) -> None:
    """The page and the files it names come from below the prefix."""
    host = {"Host": REGISTRY_HOST}
    page = ask(platform.stack.front, "GET", "/mlflow/", key=ADMIN, headers=host)
    assert (page.status, "static-files/" in page.text) == (200, True)
    icon = ask(platform.stack.front, "HEAD", "/mlflow/static-files/favicon.ico", key=ADMIN, headers=host)
    assert icon.status == 200


def test_mlflow__database_stopped(platform: Platform) -> None:
    """Without its database MLflow is healthy by its own account and answers 503; it recovers by itself."""
    search = "/experiments/search?max_results=1"
    assert platform.proxy("GET", search).status == 200
    platform.postgres.stop()
    try:
        answer = platform.proxy("GET", search)
        assert (answer.status, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        assert answer.elapsed_s < 2
        health = ask(At((platform.mlflow.address, platform.mlflow.port)), "GET", "/health")
        assert (health.status, health.text) == (200, "OK")
    finally:
        platform.postgres.start()
    assert platform.proxy("GET", search).status == 200
