"""Each kind of check of the suite, green and red, against a real small server."""

from typing import Any

import pytest

from registry_monitor.clients import http
from registry_monitor.clients.connect_to import connect_to
from registry_monitor.model import Result, Status
from registry_monitor.suites import endpoint_availability
from registry_monitor.target import Target, Unprobed
from tests.unit.clients import conftest as web
from tests.unit.suites.endpoint_platform import KEY, answers, answers_by_path, endpoint, run_suite, target_of

server = web.server

REFUSAL = {"status": 401, "json": {"detail": "API key required"}}


@pytest.fixture(autouse=True)
def _no_mapping() -> None:
    connect_to({})


def ran(target: Target) -> dict[str, Result]:
    results = run_suite(endpoint_availability.checks, target)
    return {result.check_id.removeprefix("endpoint_availability."): result for result in results}


def asked(server: web.Server) -> list[tuple[str, bool]]:
    return [(path, headers.get("Authorization") == f"Bearer {KEY}") for path, headers in server.requests]


def test_right_endpoint__is_asked_three_times_with_its_key(server: web.Server) -> None:
    """Latency needs samples; each carries the key that the target names."""
    answers(server, (200, {"status": "ok"}))
    result = ran(target_of(endpoint(f"{server.url}/a", key="admin")))["endpoint.one"]
    assert (result.status, result.service) == (Status.PASS, "api")
    assert len(result.evidence["samples_ms"]) == 3  # type: ignore[arg-type]  # evidence is JSON
    assert asked(server) == [("/a", True)] * 3


@pytest.mark.parametrize("status", [404, 500, 503])
def test_wrong_endpoint__is_asked_once_and_confirmed_once(server: web.Server, status: int) -> None:
    """A wrong first sample is judged as it is: no latency of a failure."""
    answers(server, (status, {"detail": "no"}))
    result = ran(target_of(endpoint(f"{server.url}/a")))["endpoint.one"]
    assert (result.status, len(server.requests)) == (Status.FAIL, 2)
    assert result.evidence["body"] == '{"detail": "no"}'


def test_rate_limit__is_asked_no_more(server: web.Server) -> None:
    """Neither sampled nor confirmed."""
    answers(server, (200, {}), (429, {"detail": "Rate limit exceeded"}))
    result = ran(target_of(endpoint(f"{server.url}/a")))["endpoint.one"]
    assert (result.status, len(server.requests)) == (Status.FAIL, 2)


def test_endpoint_that_is_wrong_now_and_then__is_not_right(server: web.Server) -> None:
    """One bad task of two shows in a later sample; right when asked again is FLAKY."""
    answers(server, (200, {}), (502, {}), (200, {}))
    result = ran(target_of(endpoint(f"{server.url}/a")))["endpoint.one"]
    assert result.status is Status.FLAKY
    assert "at first it answered 502" in result.seen


def test_silence_in_a_later_sample__is_a_failure(server: web.Server) -> None:
    """What answered once and then no more is not right."""
    answered: list[str] = []

    def answer(handler: Any) -> None:
        answered.append(handler.path)
        if len(answered) == 1:
            web.reply(handler, 200, b"{}", Content_Type="application/json")
        else:
            handler.close_connection = True

    server.answer = answer
    result = ran(target_of(endpoint(f"{server.url}/a")))["endpoint.one"]
    assert result.attempts[0].status is Status.FAIL
    assert result.attempts[0].seen.startswith("broke off its answer")


def test_slow_endpoint__is_asked_no_more(server: web.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that is slow already is not asked for the sake of figures."""
    monkeypatch.setattr(endpoint_availability, "_TIME_FOR_ONE_MORE_S", endpoint_availability.TIMEOUT_S)
    answers(server, (200, {}))
    result = ran(target_of(endpoint(f"{server.url}/a")))["endpoint.one"]
    assert (result.status, len(server.requests)) == (Status.PASS, 1)


def test_nobody_there__is_told(server: web.Server) -> None:
    """A known weakness does not excuse silence either."""
    gone = endpoint("http://127.0.0.1:9/a", expect={"status": 404}, known="does not exist")
    result = ran(target_of(gone))["endpoint.one"]
    assert (result.status, result.seen) == (Status.FAIL, "refused the connection")


def test_without_key__the_exact_refusal_passes(server: web.Server) -> None:
    """And it is asked without the key, once."""
    answers_by_path(server, {"/a": (401, {"detail": "API key required"})})
    one = endpoint(f"{server.url}/a", key="admin", without_key=REFUSAL)
    assert ran(target_of(one))["without-key.one"].status is Status.PASS
    assert asked(server).count(("/a", False)) == 1


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((503, {"detail": "Authentication service error"}), "answered 503"),
        ((401, {"detail": "Invalid"}), 'a body without {"detail": "API key required"}'),
    ],
)
def test_without_key__another_refusal_fails(server: web.Server, said: tuple[int, Any], seen: str) -> None:
    """It is wrong, and no open door."""
    answers(server, said)
    result = ran(target_of(endpoint(f"{server.url}/a", key="admin", without_key=REFUSAL)))["without-key.one"]
    assert (result.status, result.is_security_failure) == (Status.FAIL, False)
    assert seen in result.seen


def test_without_key__a_success_is_a_security_failure_at_once(server: web.Server) -> None:
    """A second task that refuses does not close the door of the first: it is not asked again, and never FLAKY."""
    without_key = [(200, b"{}"), (401, b'{"detail":"API key required"}')]

    def answer(handler: Any) -> None:
        status, body = (200, b"{}") if handler.headers["Authorization"] else without_key.pop(0)
        web.reply(handler, status, body, Server="uvicorn", Content_Type="application/json")

    server.answer = answer
    result = ran(target_of(endpoint(f"{server.url}/a", key="admin", without_key=REFUSAL)))["without-key.one"]
    assert (result.status, result.is_security_failure, len(result.attempts)) == (Status.FAIL, True, 1)
    assert result.seen.endswith("it lets in who has no key")


def test_without_key__a_page_of_the_load_balancer_is_no_open_door(server: web.Server) -> None:
    """It is wrong, but nobody was let in."""
    answers(server, (200, b"maintenance"), Server="awselb/2.0", Content_Type="text/plain")
    result = ran(target_of(endpoint(f"{server.url}/a", key="admin", without_key=REFUSAL)))["without-key.one"]
    assert (result.status, result.is_security_failure) == (Status.FAIL, False)


def test_without_key__of_a_blocking_endpoint_waits_until_all_is_well(server: web.Server) -> None:
    """An open door would let the harmful request in."""
    blocking = endpoint(f"{server.url}/b", id="two", key="admin", without_key=REFUSAL, blocks_event_loop=True)
    answers_by_path(server, {"/b": (401, {"detail": "API key required"})})
    assert ran(target_of(endpoint(f"{server.url}/gone"), blocking))["without-key.two"].status is Status.SKIPPED
    assert ("/b", False) not in asked(server)
    allowed, forbidden = (target_of(blocking, probe_blocking_endpoints=each) for each in (True, False))
    assert ran(allowed)["without-key.two"].status is Status.PASS
    assert "probe_blocking_endpoints" in ran(forbidden)["without-key.two"].seen
    assert "endpoint.two" not in ran(allowed)


def test_endpoint_inside_the_vpc__is_not_public(server: web.Server) -> None:
    """It has its checks in other suites."""
    assert ran(target_of(endpoint(f"{server.url}/a", inside_vpc=True))) == {}


def document(*paths: str) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {"get": {}} for path in paths}}


def test_discovery__compares_and_calls_nothing_that_is_new(server: web.Server) -> None:
    """Found, tested and excluded are evidence; what is new is observed, and nobody has said that it is harmless."""
    answers_by_path(
        server, {"/openapi.json": (200, document("/a", "/new", "/models/21/predict")), "/a": (200, {}), "/b": (200, {})}
    )
    one, two = endpoint(f"{server.url}/a"), endpoint(f"{server.url}/b", id="two")
    auth = endpoint(f"{server.url}/c", id="three", service="auth", expect={"status": 404})
    openapi_url = f"{server.url}/openapi.json"
    billed = Unprobed(path="/models/{id}/predict", reason="it is billed")
    target = target_of(one, two, auth, openapi_url=openapi_url, unprobed=(billed,))
    result = ran(target)["discovery.api"]
    assert result.status is Status.PASS
    assert result.seen.endswith("tested 1 of 3 documented paths")
    assert (result.evidence["tested"], result.evidence["excluded"]) == (
        ["GET /a"],
        {"GET /models/21/predict": "it is billed"},
    )
    assert [(each.subject, each.told, each.known_from) for each in result.observations] == [
        (f"GET {openapi_url}", "documents what is not in the target file, and so is never called: GET /new", None),
        (f"GET {openapi_url}", "does not document what the target file asks: GET /b", None),
    ]
    assert {path for path, _ in server.requests} == {"/a", "/b", "/c", "/openapi.json"}


@pytest.mark.parametrize(
    ("status", "body", "seen"),
    [
        (404, {"detail": "Not Found"}, "answered 404"),
        (200, b"<html>", "a body that is no JSON"),
        (200, {"openapi": "3.1.0"}, "does not fit its JSON Schema"),
        (200, {"openapi": "3.1.0", "paths": {}}, "is an OpenAPI document without paths"),
        (200, {"openapi": 3, "paths": {"/": {}}}, "is no OpenAPI document"),
    ],
)
def test_discovery__of_no_document_fails(server: web.Server, status: int, body: Any, seen: str) -> None:
    """Which endpoints there are cannot be told from anything else."""
    answers(server, (status, body))
    result = ran(target_of(openapi_url=f"{server.url}/openapi.json"))["discovery.api"]
    assert result.status is Status.FAIL
    assert seen in result.seen


def test_discovery__of_an_endless_document_is_unknown(server: web.Server) -> None:
    """More than is read is neither right nor wrong."""
    answers(server, (200, b'{"openapi": "' + b"x" * http.BODY_CAP_BYTES))
    assert ran(target_of(openapi_url=f"{server.url}/openapi.json"))["discovery.api"].status is Status.UNKNOWN
