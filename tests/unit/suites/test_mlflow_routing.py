"""Each check of the suite, turned red by a small server that routes in another way than the target says."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from types import MappingProxyType
from typing import Any

import pytest

from registry_monitor.model import Result, Status
from registry_monitor.suites import mlflow_routing
from registry_monitor.target import Expectation
from registry_monitor.target.mlflow import HostCheck, MlflowRoute
from tests.unit.clients.conftest import Server, reply
from tests.unit.clients.probes.servers import closed_port
from tests.unit.suites.known_facts import context_of, packaged, run_checks

EXPERIMENT = {"experiments": [{"experiment_id": "0", "name": "Default", "creation_time": 1}]}
REFUSAL = {"error_code": "RESOURCE_NOT_FOUND", "message": "no such endpoint"}
HOST_TEXT = "Invalid Host header - possible DNS rebinding attack detected"
PASSING = {
    "proxy.tracking", "proxy.registry", "proxy.metrics", "proxy.artifacts", "direct.tracking", "direct.registry",
    "direct.metrics", "direct.artifacts", "trap.refused", "proxy.same-as-direct", "host-check",
}  # fmt: skip
type Said = tuple[int, Any]


def healthy(path: str, host: str) -> Said:
    """MLflow below /proxy and /direct, a known refusal below /trap, and its check of the Host header."""
    if host == "rebinding.example.com":
        return 403, HOST_TEXT
    if path.startswith("/trap/"):
        return 404, REFUSAL
    return (200, EXPERIMENT) if "experiments/search" in path else (200, {})


def results(
    server: Server, say: Callable[[str, str], Said], fields: Mapping[str, Any] = MappingProxyType({}), **changes: Any
) -> dict[str, Result]:
    """The suite's results on a server that answers so, without the suite's name. ``fields``: of the target's MLflow."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status, body = say(handler.path, handler.headers["Host"])
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        reply(handler, status, text.encode(), Content_Type=kind, Server="uvicorn")

    server.answer = answer
    mlflow = packaged().mlflow.model_copy(
        update={
            "routes": (
                MlflowRoute(id="proxy", url=f"{server.url}/proxy"),
                MlflowRoute(id="direct", url=f"{server.url}/direct"),
                MlflowRoute(
                    id="trap",
                    url=f"{server.url}/trap",
                    refuses=Expectation.model_validate({"status": 404, "json": {"error_code": "RESOURCE_NOT_FOUND"}}),
                ),
            ),
            "host_check": HostCheck(
                url=f"{server.url}/proxy/x",
                host="rebinding.example.com",
                expect=Expectation(status=403, text="Invalid Host header"),
            ),
            "budget_ms": 20_000,
            **fields,
        }
    )
    context = context_of(packaged(mlflow=mlflow, **changes))
    found = run_checks(mlflow_routing.checks(context))
    return {name.removeprefix("mlflow_routing."): result for name, result in found.items()}


def failed(found: dict[str, Result]) -> set[str]:
    assert found.keys() == PASSING
    assert {result.status for result in found.values()} <= {Status.PASS, Status.FAIL}
    return {name for name, result in found.items() if result.status is Status.FAIL}


def but(part: str, said: Said) -> Callable[[str, str], Said]:
    """A healthy platform, but for paths that contain ``part``."""
    return lambda path, host: said if part in path and host != "rebinding.example.com" else healthy(path, host)


NOT_FOUND: Said = (404, {"detail": "Not Found"})
TWO_STORES: Said = (200, {"experiments": [{"experiment_id": "0", "name": "Default", "creation_time": 2}]})


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (healthy, set()),
        (but("/proxy/", NOT_FOUND),
         {"proxy.tracking", "proxy.registry", "proxy.metrics", "proxy.artifacts", "proxy.same-as-direct"}),
        (but("/direct/", NOT_FOUND),
         {"direct.tracking", "direct.registry", "direct.metrics", "direct.artifacts", "proxy.same-as-direct"}),
        (but("/proxy/mlflow/registered-models", (503, {})), {"proxy.registry"}),
        (but("/direct/mlflow/metrics/", (200, "OK")), {"direct.metrics"}),
        (but("/proxy/mlflow-artifacts/", (500, {"error_code": "INTERNAL_ERROR"})), {"proxy.artifacts"}),
        (but("/direct/mlflow-artifacts/", (200, [])), {"direct.artifacts"}),
        (but("/proxy/mlflow/experiments", (200, {})), {"proxy.tracking", "proxy.same-as-direct"}),
        (but("/direct/mlflow/experiments", TWO_STORES), {"proxy.same-as-direct"}),
        (but("/trap/", (200, EXPERIMENT)), {"trap.refused"}),
        (but("/trap/", NOT_FOUND), {"trap.refused"}),
        (but("/trap/", (503, {"error_code": "RESOURCE_NOT_FOUND"})), {"trap.refused"}),
        (lambda path, host: healthy(path, "known"), {"host-check"}),
        (lambda path, host: (403, "Forbidden") if host.startswith("reb") else healthy(path, host), {"host-check"}),
    ],
    ids=["healthy", "no proxy", "no direct route", "registry", "metrics are no JSON", "artifact store",
         "artifacts are no object", "no experiments", "two stores", "a trap that works", "a trap of another kind",
         "a trap out of order", "every host is let in", "another 403"],
)  # fmt: skip
def test_routing__is_red_where_it_differs_and_nowhere_else(
    server: Server, say: Callable[[str, str], Said], expected: set[str]
) -> None:
    """A 404 that is expected is right only as it is expected; an answer of another store is no answer."""
    assert failed(results(server, say)) == expected


def test_two_stores__are_told_with_both_answers(server: Server) -> None:
    """What each way answered stands in the evidence."""
    result = results(server, but("/direct/mlflow/experiments", TWO_STORES))["proxy.same-as-direct"]
    assert result.seen == "got different answers: they lead to different stores"
    assert result.evidence == {"proxy": EXPERIMENT, "direct": TWO_STORES[1]}


def test_rate_limit__is_final_also_where_two_answers_are_compared(server: Server) -> None:
    """Nothing is asked again against a limit."""
    asked: list[str] = []

    def limited(path: str, host: str) -> Said:
        asked.append(path)
        return 429, {"detail": "too many"}

    found = results(server, limited)
    assert {result.is_final for result in found.values()} == {True}
    assert {len(result.attempts) for result in found.values()} == {1}
    assert len(asked) == len(found)  # the comparison ends with its first answer


def test_platform_that_refuses_connections__fails_everything() -> None:
    """The comparison says which of the two did not answer."""
    nowhere = f"http://127.0.0.1:{closed_port()}"
    found = results(Server(nowhere, 0), healthy)
    assert failed(found) == PASSING
    assert found["proxy.same-as-direct"].evidence["error"] == "refused"


@pytest.mark.parametrize("closed", [(), ("mlflow",)])
def test_host_check__is_skipped_where_the_port_is_not_open_to_the_monitor(
    server: Server, closed: tuple[str, ...]
) -> None:
    """It asks MLflow's own port inside the VPC."""
    found = results(server, healthy, closed_to_monitor=closed)
    assert found["host-check"].status is (Status.SKIPPED if closed else Status.PASS)


@pytest.mark.parametrize(("said", "wrong"), [((403, "Permission denied"), set()), ((200, {}), {"metrics"})])
def test_run_that_does_not_exist__is_answered_as_the_target_says(server: Server, said: Said, wrong: set[str]) -> None:
    """An MLflow with users of its own does not tell everybody which runs there are."""
    refused = {"unknown_run": Expectation(status=403, text="Permission denied")}
    found = failed(results(server, but("metrics/get-history", said), refused))
    assert found == {f"{way}.{aspect}" for way in ("proxy", "direct") for aspect in wrong}
