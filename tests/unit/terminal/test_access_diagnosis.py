"""From replies to a diagnosis, through the questions that are really asked: no network, every path."""

from collections.abc import Mapping

import pytest

from registry_monitor.clients.http import HttpError
from registry_monitor.terminal.access_answers import Reply
from registry_monitor.terminal.access_diagnosis import Client, Diagnosis, diagnose
from registry_monitor.terminal.access_questions import Asked, Purpose, next_question
from registry_monitor.terminal.check import MOST_REQUESTS
from tests.unit.terminal.replies import (
    API_404,
    BASE,
    BUCKET_EXPERIMENTS,
    EXPERIMENTS,
    MLFLOW_404,
    NOT_ADMIN,
    PROXY_404,
    WEB_PAGE,
    answer,
    detail,
    load_balancer,
)

HOST = "https://registry.example.com"
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
LOGGED_MODELS = f"{BASE}/api/2.0/mlflow/logged-models/search"
ARTIFACTS = f"{BASE}/api/2.0/mlflow-artifacts/artifacts?path=registry-monitor-check"
VERSION = f"{BASE}/version"
NEW, OLD = Client("mlflow-skinny", "3.17.2"), Client("mlflow", "2.9.2")
OPEN: dict[str, Reply] = {
    f"{BASE}{SEARCH}": answer(200, EXPERIMENTS),
    VERSION: answer(404, PROXY_404),
    LOGGED_MODELS: answer(400, '{"error_code": "INVALID_PARAMETER_VALUE"}'),
    ARTIFACTS: answer(200, '{"files": []}'),
}
OLD_SERVER: dict[str, Reply] = OPEN | {VERSION: answer(200, "2.9.2"), LOGGED_MODELS: answer(404, PROXY_404)}


def ask(given: str, platform: Mapping[str, Reply], client: Client | None = NEW) -> tuple[Diagnosis, list[Asked]]:
    """Ask a platform that answers as it is told, and 404 elsewhere, as the API does."""
    asked: list[Asked] = []
    while question := next_question(given, asked, ["/api/mlflow"]):
        asked.append(Asked(question, platform.get(question.url, answer(404, API_404))))
        assert len(asked) <= MOST_REQUESTS, "asks for ever"
    return diagnose(given, asked, client), asked


def test_good_key__works_and_is_told_what_to_set() -> None:
    """Four requests, one place, exit 0."""
    found, asked = ask(BASE, OPEN)
    assert (found.causes, found.exit_code, found.tracking_uri) == (("works",), 0, BASE)
    assert f"MLFLOW_TRACKING_URI={BASE}" in found.next_steps[0]
    assert "MLFLOW_TRACKING_TOKEN" in found.next_steps[0]
    assert [each.question.url for each in asked] == list(OPEN)
    assert [tried.is_good for tried in found.tried] == [True, None, True, True]


@pytest.mark.parametrize(
    ("platform", "client", "causes", "install"),
    [
        (OLD_SERVER, NEW, ("client-too-new", "works"), '"mlflow-skinny==2.9.2"'),
        (OLD_SERVER | {VERSION: answer(404, API_404)}, NEW, ("client-too-new", "works"), '"mlflow-skinny<3"'),
        (OLD_SERVER, OLD, ("works",), ""),
        (OPEN, OLD, ("works",), ""),
        (OPEN | {VERSION: answer(200, "3.9.0")}, NEW, ("works",), ""),
        (OPEN | {VERSION: answer(200, WEB_PAGE)}, NEW, ("works",), ""),
        (OPEN | {LOGGED_MODELS: answer(500, "x")}, NEW, ("works",), ""),
        (OLD_SERVER, None, ("works", "no-client"), '"mlflow==2.9.2"'),
        (OPEN, None, ("works", "no-client"), '"mlflow>=3"'),
        (OPEN | {LOGGED_MODELS: answer(500, "x")}, None, ("works", "no-client"), '"mlflow"'),
    ],
)
def test_client__is_held_against_the_server(
    platform: Mapping[str, Reply], client: Client | None, causes: tuple[str, ...], install: str
) -> None:
    """MLflow 3 clients fail in log_model where the server has no logged models; older clients work everywhere."""
    found, _ = ask(BASE, platform, client)
    assert (found.causes, found.exit_code) == (causes, int("client-too-new" in causes))
    assert install in " ".join(found.next_steps)
    assert ("pip install" in " ".join(found.next_steps)) is bool(install)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (detail(503, "x"), "artifacts-off"),
        (answer(503, '{"detail":{"error":"ARTIFACTS_DISABLED","message":"x"}}'), "artifacts-off"),
        (HttpError("timeout", "did not answer in time"), "artifacts-off"),
        (answer(403, "{}"), "works"),
    ],
)
def test_artifact_store__that_fails_keeps_models_out(reply: Reply, cause: str) -> None:
    """Experiments can be read all the same."""
    found, _ = ask(BASE, OPEN | {ARTIFACTS: reply})
    assert found.causes[0] == cause
    assert found.exit_code == int(cause != "works")


def test_artifacts_in_a_bucket_of_their_own__are_not_asked_for() -> None:
    """Clients go there with other credentials."""
    _, asked = ask(BASE, OPEN | {f"{BASE}{SEARCH}": answer(200, BUCKET_EXPERIMENTS)})
    assert Purpose.ARTIFACTS not in [each.question.purpose for each in asked]


@pytest.mark.parametrize(
    ("given", "first", "cause", "writer"),
    [
        (HOST, answer(404, PROXY_404), "wrong-prefix", "written by MLflow"),
        (HOST, load_balancer(404, "Not Found"), "wrong-prefix", "the load balancer"),
        (f"{HOST}/mlflow", answer(404, MLFLOW_404), "wrong-prefix", "MLflow"),
        (f"{HOST}/mlflow", answer(200, WEB_PAGE), "web-page-address", "with a web page"),
        (f"{HOST}/elsewhere", answer(404, API_404), "wrong-prefix", "the application"),
        (f"{BASE}/api/2.0/mlflow", answer(404, PROXY_404), "wrong-prefix", "written by MLflow"),
        (f"{BASE}/api/2.0/mlflow/experiments/search", answer(404, PROXY_404), "wrong-prefix", "written by MLflow"),
    ],
)
def test_wrong_address__is_told_with_the_right_one(given: str, first: Reply, cause: str, writer: str) -> None:
    """Who wrote the 404, and where the API is."""
    found, _ = ask(given, OPEN | {f"{given}{SEARCH}": first})
    assert (found.causes, found.exit_code, found.tracking_uri) == ((cause, "works"), 1, BASE)
    assert given in found.headline and writer in found.headline and found.headline.endswith(f"{BASE}.")


def test_pasted_api_path__is_taken_off_before_anything_is_guessed() -> None:
    """A registry under a prefix of its own is found too."""
    own = f"{HOST}/teams/ml/registry"
    found, asked = ask(f"{own}/api/2.0/mlflow", {f"{own}{SEARCH}": answer(200, "{}")})
    assert (found.tracking_uri, asked[1].question.base) == (own, own)


@pytest.mark.parametrize(
    ("replies", "cause"),
    [
        (load_balancer(404, "Not Found"), "nothing-routed"),
        (answer(404, API_404), "no-registry"),
        (answer(404, PROXY_404), "mlflow-without-api"),
        (answer(404, MLFLOW_404), "mlflow-without-api"),
        (answer(302, Location="https://sign-in.example.com/"), "redirected-away"),
    ],
)
def test_no_registry_anywhere__is_told_by_who_wrote_the_answers(replies: Reply, cause: str) -> None:
    """A bounded search: what was given, and the usual prefixes."""
    places = (f"{HOST}/own", BASE, f"{HOST}/mlflow", HOST)
    found, asked = ask(f"{HOST}/own", {f"{place}{SEARCH}": replies for place in places})
    assert (found.causes, found.exit_code, found.tracking_uri) == ((cause,), 1, None)
    assert [each.question.base for each in asked] == list(places)


@pytest.mark.parametrize(
    ("reply", "causes"),
    [
        (answer(403, NOT_ADMIN), ("not-admin", "wrong-prefix")),
        (detail(502, "Failed to connect to MLflow server at x"), ("mlflow-unreachable", "wrong-prefix")),
        (detail(401, "Invalid or expired API key"), ("key-refused",)),  # a 401 proves nothing about addresses
    ],
)
def test_wrong_address_of_a_registry_with_other_troubles__tells_both(reply: Reply, causes: tuple[str, ...]) -> None:
    """The graver one first."""
    found, _ = ask(f"{HOST}/own", {f"{BASE}{SEARCH}": reply})
    assert (found.causes, found.exit_code) == (causes, 1)


HTTP = BASE.replace("https", "http")


@pytest.mark.parametrize(
    "first",
    [
        load_balancer(301, Location=f"{HOST}:443/api/mlflow{SEARCH}"),
        HttpError("refused", "refused the connection"),
    ],
    ids=["redirect", "refused"],
)
def test_http__leads_to_https_and_takes_no_key_along(first: Reply) -> None:
    """The key travels encrypted only."""
    found, asked = ask(HTTP, OPEN | {f"{HTTP}{SEARCH}": first})
    assert (found.causes, found.exit_code, found.tracking_uri) == (("not-encrypted", "works"), 1, BASE)
    assert not [each for each in asked if each.question.needs_key and each.question.url.startswith("http:")]


@pytest.mark.parametrize("location", ["https://other.example.com/", "http://registry.example.com/x", "//[", ""])
def test_http_that_leads_elsewhere__ends_there_without_the_key(location: str) -> None:
    """Another host, no encryption, or no address at all."""
    found, asked = ask(HTTP, {f"{HTTP}{SEARCH}": answer(301, Location=location)})
    assert (found.causes, len(asked), asked[0].question.needs_key) == (("redirected-away",), 1, False)


def test_http_of_this_machine__works_and_is_warned_of() -> None:
    """A registry of one's own, on which nobody listens on the way."""
    here = HTTP.replace("registry.example.com", "localhost")
    found, _ = ask(here, {url.replace(BASE, here): reply for url, reply in OPEN.items()})
    assert (found.causes, found.exit_code) == (("works", "in-clear"), 0)


def test_http_of_another_machine__never_gets_the_key() -> None:
    """A mistyped scheme must not tell the key to everybody on the way, whatever answers there."""
    platform = {url.replace("https", "http"): reply for url, reply in OPEN.items()}
    _, asked = ask(HTTP, platform)
    assert [each.question.url for each in asked if each.question.needs_key]
    assert not [each for each in asked if each.question.needs_key and each.question.url.startswith("http:")]


@pytest.mark.parametrize(
    ("reply", "cause", "exit_code"),
    [
        (HttpError("name", "has a host name that does not resolve"), "name", 3),
        (HttpError("connect timeout", "did not accept"), "connect-timeout", 3),
        (HttpError("broken", "broke off"), "broken", 3),
        (HttpError("refused", "refused the connection"), "refused", 1),
        (HttpError("tls", "failed the TLS handshake (certificate has expired)"), "tls", 1),
        (HttpError("timeout", "did not answer"), "timeout", 1),
        (answer(400, "{}"), "unclear", 3),
        (detail(429, "Rate limit exceeded", Retry_After="60"), "rate-limited", 1),
        (detail(503, "Authentication service error"), "authentication-down", 1),
    ],
)
def test_clear_reply__ends_the_check_after_one_request(reply: Reply, cause: str, exit_code: int) -> None:
    """Nothing is asked twice of a platform in trouble."""
    found, asked = ask(BASE, {f"{BASE}{SEARCH}": reply})
    assert (found.causes, found.exit_code, len(asked)) == ((cause,), exit_code, 1)
    assert found.headline and found.next_steps and "{" not in found.headline.split(": ")[0]


@pytest.mark.parametrize(("header", "wait"), [("60", "Wait 60 seconds"), ("", "Wait a minute")])
def test_rate_limit__tells_how_long_to_wait(header: str, wait: str) -> None:
    """As Retry-After says, where it is sent."""
    found, _ = ask(BASE, {f"{BASE}{SEARCH}": detail(429, "Rate limit exceeded", Retry_After=header)})
    assert found.next_steps[0].startswith(wait)


def test_longest_way__stays_within_the_most_requests() -> None:
    """http, a pasted path, a redirect and no version: as much as one check can ask."""
    given = f"{HTTP.replace('api/mlflow', 'own')}/api/2.0/mlflow"
    secure = given.replace("http:", "https:")
    bare = {url.replace(BASE, HOST): reply for url, reply in OPEN.items()}
    platform = bare | {f"{given}{SEARCH}": answer(301, Location=f"{secure}{SEARCH}")}
    platform |= {f"{secure}{SEARCH}": answer(308, Location=f"{HOST}/moved{SEARCH}")}
    found, asked = ask(given, platform)
    assert (found.tracking_uri, len(asked)) == (HOST, MOST_REQUESTS)
