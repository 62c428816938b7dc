"""A target with endpoints of a small real HTTP server, and a run of one suite's checks against it."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.keyring import Keyring
from registry_monitor.model import Check, Result
from registry_monitor.redaction import Redactor
from registry_monitor.runner import Bounds, Runner
from registry_monitor.suites.context import SuiteContext
from registry_monitor.target import Endpoint, Target, load_target
from tests.unit.clients.conftest import Server, client_with, reply

KEY = "fake-admin-key"
PROXY_TEXTS = ("Failed to connect to MLflow server",)


def endpoint(url: str = "https://registry.example/health", **fields: Any) -> Endpoint:
    """An endpoint of the service ``api``, expected to answer 200 unless told otherwise."""
    return Endpoint.model_validate({"id": "one", "service": "api", "url": url} | fields)


def target_of(*endpoints: Endpoint, openapi_url: str | None = None, **fields: Any) -> Target:
    """The packaged target with these endpoints alone."""
    packaged = load_target("hokusai-development")
    services = tuple(
        service.model_copy(update={"openapi_url": openapi_url if service.role == "api" else None})
        for service in packaged.services
    )
    mlflow = packaged.mlflow.model_copy(update={"proxy_texts": PROXY_TEXTS})
    changes = {"endpoints": endpoints, "services": services, "mlflow": mlflow, "connect_to": {}}
    return packaged.model_copy(update=changes | fields)


def run_suite(list_checks: Callable[[SuiteContext], list[Check]], target: Target, time_s: float = 60) -> list[Result]:
    """Run all checks of a suite as a full run would."""
    redactor = Redactor()
    context = SuiteContext(
        run_id="run-1",
        target=target,
        inventory=InventoryReader(target),
        http=client_with({"admin": KEY}),
        keyring=Keyring(lambda force: {"admin": KEY}, redactor),
        budget=RequestBudget(100),
        is_inside_vpc=False,
    )
    bounds = Bounds(deadline=time.monotonic() + time_s, confirm_after_s=(0.01,))
    try:
        return list(Runner("run-1", bounds, redactor).run(list_checks(context)))
    finally:
        context.http.close()


def answers(server: Server, *said: tuple[int, Any], **headers: str) -> None:
    """Let the server answer these, one request after the other, and the last one ever after."""
    waiting = list(said)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply(handler, status, text, **({"Server": "uvicorn", "Content_Type": "application/json"} | headers))

    server.answer = answer


def answers_by_path(server: Server, said: dict[str, tuple[int, Any]]) -> None:
    """Let the server answer by path; 404 elsewhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status, body = said.get(handler.path, (404, {"detail": "Not Found"}))
        reply(handler, status, json.dumps(body).encode(), Server="uvicorn", Content_Type="application/json")

    server.answer = answer
