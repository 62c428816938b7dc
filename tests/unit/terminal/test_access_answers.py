"""What one answer means: every measured row of the platform that a caller with a key can meet."""

import pytest

from registry_monitor.clients.http import Answer, ErrorKind, HttpError
from registry_monitor.model import CannotTellError
from registry_monitor.terminal.access_answers import Meaning, described, judge
from tests.unit.terminal.replies import (
    API_404,
    BUCKET_EXPERIMENTS,
    EXPERIMENTS,
    LOAD_BALANCER_503,
    MLFLOW_404,
    NOT_ADMIN,
    PROXY_404,
    WEB_PAGE,
    answer,
    detail,
    gateway,
    load_balancer,
)

INVALID_HOST = "Invalid Host header - possible DNS rebinding attack detected"
CONNECT = "Failed to connect to MLflow server at http://mlflow.example.local:5000"

MEASURED = [
    # section 8: everything healthy
    ("good key", answer(200, EXPERIMENTS), Meaning.WORKS),
    ("good key, straight artifacts", answer(200, BUCKET_EXPERIMENTS), Meaning.WORKS),
    ("good key, no experiment", answer(200, "{}"), Meaning.WORKS),
    ("key not seen by the API", detail(401, "API key required"), Meaning.KEY_NOT_SEEN),
    ("key not seen by the gateway", gateway(401, "API key required"), Meaning.KEY_NOT_SEEN),
    ("bad, expired or revoked key", detail(401, "Invalid or expired API key"), Meaning.KEY_REFUSED),
    ("the same, by the gateway", gateway(401, "Invalid or expired API key"), Meaning.KEY_REFUSED),
    ("rate limit, Aug", detail(401, "Rate limit exceeded"), Meaning.RATE_LIMITED),
    ("rate limit, gateway", gateway(401, "Rate limit exceeded"), Meaning.RATE_LIMITED),
    ("rate limit, HEAD", detail(429, "Rate limit exceeded", Retry_After="60"), Meaning.RATE_LIMITED),
    ("not admin", answer(403, NOT_ADMIN), Meaning.NOT_ADMIN),
    ("no balance", detail(402, "Insufficient balance"), Meaning.NO_BALANCE),
    ("debit refused", answer(402, '{"error":"usage_debit_rejected","reason":"x"}'), Meaning.NO_BALANCE),
    ("write scope", answer(403, '{"error":"FORBIDDEN"}'), Meaning.FORBIDDEN),
    ("unknown path", answer(404, API_404), Meaning.NOT_FOUND),
    ("unknown path of MLflow", answer(404, PROXY_404), Meaning.NOT_FOUND),
    ("unknown path, straight to MLflow", answer(404, MLFLOW_404), Meaning.NOT_FOUND),
    ("no rule", load_balancer(404, "Not Found"), Meaning.NOT_FOUND),
    ("scanner filter", load_balancer(404), Meaning.NOT_FOUND),
    ("no max_results", answer(400, '{"error_code":"INVALID_PARAMETER_VALUE"}'), Meaning.UNCLEAR),
    ("user interface", answer(200, WEB_PAGE), Meaning.WEB_PAGE),
    ("static health", answer(200, '{"status":"ok"}'), Meaning.UNCLEAR),
    ("http", load_balancer(301), Meaning.REDIRECT),
    # section 9: HEAD under faults
    ("auth refused", detail(503, "Authentication service unavailable"), Meaning.AUTHENTICATION_DOWN),
    ("auth 500", detail(503, "Authentication service error"), Meaning.AUTHENTICATION_DOWN),
    ("auth hang", detail(503, "Authentication service timeout"), Meaning.AUTHENTICATION_DOWN),
    ("auth down, warm cache", gateway(503, "Authentication service error"), Meaning.AUTHENTICATION_DOWN),
    ("MLflow refused, or TLS not verified", detail(502, CONNECT), Meaning.MLFLOW_UNREACHABLE),
    ("http to a TLS port", detail(500, "Internal server error while proxying to MLflow"), Meaning.MLFLOW_UNREACHABLE),
    ("MLflow hang", detail(504, "MLflow server request timeout after 30.0s"), Meaning.MLFLOW_SILENT),
    ("allowed hosts", answer(403, INVALID_HOST), Meaning.HOST_CHECK),
    ("MLflow's database away", answer(503, '{"error_code": "TEMPORARILY_UNAVAILABLE"}'), Meaning.DATABASE_DOWN),
    # section 10: August under faults, where every failure of authentication is 401
    ("auth refused, Aug", detail(401, "Authentication service unavailable"), Meaning.AUTHENTICATION_DOWN),
    ("auth 500, Aug", detail(401, "Authentication service error"), Meaning.AUTHENTICATION_DOWN),
    ("auth hang, Aug", detail(401, "Authentication service timeout"), Meaning.AUTHENTICATION_DOWN),
    ("MLflow refused, Aug", detail(502, CONNECT), Meaning.MLFLOW_UNREACHABLE),
    # load balancers and others
    ("no healthy target", load_balancer(503, LOAD_BALANCER_503), Meaning.LOAD_BALANCER),
    ("service broke off", load_balancer(502), Meaning.LOAD_BALANCER),
    ("service silent", load_balancer(504), Meaning.LOAD_BALANCER),
    ("firewall", load_balancer(403, "<html><center><h1>403 Forbidden</h1></center></html>"), Meaning.FIREWALL),
    ("401 of another kind", answer(401, '{"error":"Unauthorized"}'), Meaning.UNAUTHORIZED),
    ("crash", answer(500, "Internal Server Error"), Meaning.PLATFORM_ERROR),
    ("maintenance", answer(503, "closed for maintenance"), Meaning.PLATFORM_ERROR),
    ("text with success", answer(200, "OK"), Meaning.UNCLEAR),
]


@pytest.mark.parametrize(("reply", "meaning"), [row[1:] for row in MEASURED], ids=[row[0] for row in MEASURED])
def test_answer__means_what_was_measured(reply: Answer, meaning: Meaning) -> None:
    """Status, writer and words together decide."""
    assert judge(reply) is meaning


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("name", Meaning.NAME),
        ("refused", Meaning.REFUSED),
        ("connect timeout", Meaning.CONNECT_TIMEOUT),
        ("tls", Meaning.TLS),
        ("timeout", Meaning.TIMEOUT),
        ("broken", Meaning.BROKEN),
    ],
)
def test_no_answer__means_the_stage_at_which_it_ended(kind: ErrorKind, meaning: Meaning) -> None:
    """Each way in which none comes."""
    assert judge(HttpError(kind, "did something")) is meaning


def test_time_that_is_over__tells_nothing() -> None:
    """Not the platform's fault."""
    assert judge(CannotTellError("the time was over")) is Meaning.CANNOT_TELL


@pytest.mark.parametrize(
    ("reply", "clause"),
    [
        (load_balancer(404, "Not Found"), "answered 404 (written by the load balancer): Not Found"),
        (answer(404, MLFLOW_404), "answered 404 (written by MLflow)"),
        (answer(200, WEB_PAGE), "answered 200 with a web page (written by the application)"),
        (answer(500, "x" * 300), f"answered 500 (written by the application): {'x' * 200}..."),
        (HttpError("refused", "refused the connection"), "refused the connection"),
    ],
)
def test_description__quotes_words_and_no_page(reply: Answer, clause: str) -> None:
    """Who wrote it, and a short gist."""
    assert described(reply) == clause
