"""A client as anybody outside has it: real TLS by the sandbox's CA, the platform's host names, its own port."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox.sandbox import Sandbox

SEARCH = "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1"
AUTH = "https://auth.hokus.ai"
REGISTRY = "https://registry.hokus.ai"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    server: str
    content_type: str
    text: str

    @property
    def seen(self) -> tuple[int, str]:
        """The status and who wrote the answer: what tells the load balancer from an application."""
        return self.status, self.server

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


def get(
    sandbox: Sandbox,
    url: str,
    key: str | None = None,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Answer:
    """Ask for ``url`` where the sandbox serves it, with an API key (as Bearer), headers and a body if given."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    address, _, local_port = sandbox.connect_to()[f"{parts.hostname}:{port}"].rpartition(":")
    connection = http.client.HTTPConnection(str(parts.hostname), timeout=30)
    connection.sock = socket.create_connection((address, int(local_port)), timeout=30)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=sandbox.environment["REQUESTS_CA_BUNDLE"])
        connection.sock = context.wrap_socket(connection.sock, server_hostname=parts.hostname)
    try:
        sent = {"Host": parts.netloc} | ({"Authorization": f"Bearer {key}"} if key else {}) | dict(headers or {})
        connection.request(method, f"{parts.path or '/'}?{parts.query}".rstrip("?"), body, sent)
        response = connection.getresponse()
        return Answer(
            response.status,
            response.headers.get("Server", ""),
            response.headers.get("Content-Type", ""),
            response.read().decode(),
        )
    finally:
        connection.close()


def service(sandbox: Sandbox, role: str) -> Any:
    """Describe an ECS service as AWS does."""
    name = sandbox.platform.service(role).name
    return sandbox.world.ecs.describe_services(cluster="hokusai-development", services=[name])["services"][0]


def counts(sandbox: Sandbox, role: str) -> tuple[int, int, int]:
    """Return a service's desired, running and pending counts."""
    described = service(sandbox, role)
    return described["desiredCount"], described["runningCount"], described["pendingCount"]


def newest_events(sandbox: Sandbox, role: str, count: int = 3) -> list[str]:
    """Return the newest events of a service, without its name in front."""
    return [event["message"].split(") ", 1)[1] for event in service(sandbox, role)["events"][:count]]


def target_health(sandbox: Sandbox, role: str) -> list[tuple[str, str | None]]:
    """Return state and reason of each target of a service's target group."""
    described = sandbox.world.elbv2.describe_target_health(TargetGroupArn=sandbox.world.target_groups[role])
    states = [item["TargetHealth"] for item in described["TargetHealthDescriptions"]]
    return [(state["State"], state.get("Reason")) for state in states]


def stopped_tasks(sandbox: Sandbox, role: str) -> list[Any]:
    """Describe the stopped tasks of a service."""
    ecs, name = sandbox.world.ecs, sandbox.platform.service(role).name
    arns = ecs.list_tasks(cluster="hokusai-development", serviceName=name, desiredStatus="STOPPED")["taskArns"]
    return ecs.describe_tasks(cluster="hokusai-development", tasks=arns)["tasks"] if arns else []
