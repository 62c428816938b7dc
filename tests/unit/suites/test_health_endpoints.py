"""Health endpoints, green and red, against a real small server; those that do harm, once and last."""

from typing import Any

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.model import Result, Status
from registry_monitor.suites import health_endpoints
from registry_monitor.target import Target
from tests.unit.clients import conftest as web
from tests.unit.suites.endpoint_platform import answers, answers_by_path, endpoint, run_suite, target_of

server = web.server

DEPENDS = "that the API reaches MLflow"
STATIC = "nothing but that the process answers"
WELL = {"status": 200, "json": {"status": "ok"}, "body_schema": {"properties": {"error": {"type": "null"}}}}


@pytest.fixture(autouse=True)
def _no_mapping() -> None:
    connect_to({})


def ran(target: Target) -> dict[str, Result]:
    results = run_suite(health_endpoints.checks, target)
    return {result.check_id.removeprefix("health_endpoints.endpoint."): result for result in results}


def paths(server: web.Server) -> list[str]:
    return [path for path, _ in server.requests]


def test_right_answer__says_what_it_proves(server: web.Server) -> None:
    """In what was seen, what was expected and the evidence."""
    answers(server, (200, {"status": "ok", "error": None}))
    result = ran(target_of(endpoint(f"{server.url}/a", expect=WELL, proves=DEPENDS)))["one"]
    assert (result.status, result.service) == (Status.PASS, "api")
    assert result.seen == "answered 200 (written by the application); that proves that the API reaches MLflow"
    assert result.expected.endswith("which proves that the API reaches MLflow")
    assert (result.evidence["proves"], result.observations) == (DEPENDS, ())


def test_static_endpoint__is_named_as_such(server: web.Server) -> None:
    """A green light that cannot be red is an observation."""
    answers(server, (200, {}))
    result = ran(target_of(endpoint(f"{server.url}/a", proves=STATIC)))["one"]
    assert result.seen.endswith("that proves nothing but that the process answers")
    ((observation),) = result.observations
    assert (observation.told, observation.known_from) == ("is static", f"a right answer proves {STATIC}")


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((503, {"status": "error"}), "answered 503"),
        ((200, {"status": "error"}), 'a body without {"status": "ok"}'),
        ((200, {"status": "ok", "error": "refused"}), "does not fit its JSON Schema at $.error"),
    ],
)
def test_wrong_answer__fails_by_status_body_or_schema(server: web.Server, said: tuple[int, Any], seen: str) -> None:
    """A 200 that says "error" is no health; nothing is claimed to be proved."""
    answers(server, said)
    result = ran(target_of(endpoint(f"{server.url}/a", expect=WELL, proves=DEPENDS)))["one"]
    assert (result.status, len(result.attempts)) == (Status.FAIL, 2)
    assert seen in result.seen
    assert "that proves" not in result.seen


def test_endpoint_that_claims_nothing__is_not_of_this_suite(server: web.Server) -> None:
    """Only what the target file gives a meaning."""
    assert ran(target_of(endpoint(f"{server.url}/a"))) == {}


def test_known_weakness__is_observed_once(server: web.Server) -> None:
    """It is told as known, not also as static."""
    answers(server, (500, {}))
    one = endpoint(f"{server.url}/a", expect={"status": 500}, proves="nothing; it is broken", known="always 500")
    result = ran(target_of(one))["one"]
    assert (result.status, [each.known_from for each in result.observations]) == (Status.PASS, ["always 500"])


BLOCKING = {"proves": DEPENDS, "blocks_event_loop": True}


def test_blocking_endpoints__are_asked_last_and_one_by_one_when_all_is_well(server: web.Server) -> None:
    """Listed first in the target file, asked last."""
    answers(server, (200, {}))
    listed = [endpoint(f"{server.url}/{name}", id=name, **BLOCKING) for name in ("b1", "b2")]
    calm = endpoint(f"{server.url}/calm", id="calm", proves=STATIC)
    results = ran(target_of(*listed, calm))
    assert {result.status for result in results.values()} == {Status.PASS}
    assert paths(server) == ["/calm", "/b1", "/b2"]


def test_blocking_endpoint__is_not_asked_while_something_is_wrong(server: web.Server) -> None:
    """Asking it would hold up a platform that is in trouble already."""
    answers_by_path(server, {"/b": (200, {})})
    results = ran(
        target_of(endpoint(f"{server.url}/b", id="b", **BLOCKING), endpoint(f"{server.url}/calm", proves=STATIC))
    )
    assert results["b"].status is Status.SKIPPED
    assert "health_endpoints.endpoint.one is FAIL" in results["b"].seen
    assert "/b" not in paths(server)


def test_blocking_endpoint__that_fails_is_asked_once_and_the_next_not_at_all(server: web.Server) -> None:
    """No confirmation: each request would block the event loop again."""
    answers_by_path(server, {"/b2": (200, {})})
    listed = [endpoint(f"{server.url}/{name}", id=name, **BLOCKING) for name in ("b1", "b2")]
    results = ran(target_of(*listed))
    assert (results["b1"].status, results["b2"].status) == (Status.FAIL, Status.SKIPPED)
    assert paths(server) == ["/b1"]


def test_blocking_endpoint__is_skipped_where_the_target_does_not_allow_it(server: web.Server) -> None:
    """With the reason, and the name of the setting."""
    one = endpoint(f"{server.url}/b", **BLOCKING)
    result = ran(target_of(one, probe_blocking_endpoints=False))["one"]
    assert (result.status, paths(server)) == (Status.SKIPPED, [])
    assert "the target allows no such request (probe_blocking_endpoints)" in result.seen


def test_silent_endpoint__is_told(server: web.Server) -> None:
    """No answer proves that something is wrong, and is asked once more."""
    result = ran(target_of(endpoint("http://127.0.0.1:9/a", proves=DEPENDS)))["one"]
    assert (result.status, result.seen, len(result.attempts)) == (Status.FAIL, "refused the connection", 2)
