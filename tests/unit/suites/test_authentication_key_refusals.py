"""What answers say of keys: the exact bodies that were measured, at both dates, healthy and in trouble."""

import pytest
from requests.structures import CaseInsensitiveDict

from registry_monitor.clients.http import Answer
from registry_monitor.model import Outcome, Status
from registry_monitor.suites.key_refusals import (
    KeyRules,
    Meaning,
    Refusal,
    judge_acceptance,
    judge_refusal,
    read,
    told_stale,
)
from registry_monitor.target import Expectation

RULES = KeyRules(
    missing=Expectation(status=401, json={"detail": "API key required"}),
    invalid=Expectation(status=401, json={"detail": "Invalid or expired API key"}),
    accepted=Expectation(status=200, body_schema={"required": ["experiments"]}),
    behind=("Failed to connect to MLflow server", "MLflow server request timeout"),
)
RANDOM = Refusal("a random key", RULES.invalid)
NO_KEY = Refusal("a request without a key", RULES.missing, asks_auth=False)
MEMBER = Refusal("the key 'member'", Expectation(status=403, json={"error": "REGISTRY_ADMIN_REQUIRED"}))
ADMIN_REQUIRED = '{"detail":"Admin access required for the model registry","error":"REGISTRY_ADMIN_REQUIRED"}'
HOST_CHECK = "Invalid Host header - possible DNS rebinding attack detected"
ALB_503 = "<html><head></head><body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>"


def answer(status: int, body: str, *, server: str = "uvicorn", **headers: str) -> Answer:
    content_type = "application/json" if body.startswith("{") else "text/plain"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        url="https://registry.example.com/",
        status=status,
        headers=CaseInsensitiveDict({"Server": server, "Content-Type": content_type, **named}),
        body=body.encode(),
        is_truncated=False,
        elapsed_ms=20.0,
    )


def detail(text: str, *, spaced: bool = False) -> str:
    return f'{{"detail":{" " if spaced else ""}"{text}"}}'


@pytest.mark.parametrize(
    ("status", "body", "server", "meaning"),
    [
        (401, detail("Invalid or expired API key"), "uvicorn", Meaning.INVALID),
        (401, detail("Invalid or expired API key", spaced=True), "uvicorn", Meaning.INVALID),  # MLflow's gateway
        (401, detail("API key required"), "uvicorn", Meaning.MISSING),
        (401, detail("Authentication service unavailable"), "uvicorn", Meaning.TROUBLE),  # August 2025
        (401, detail("Authentication service error"), "uvicorn", Meaning.TROUBLE),
        (401, detail("Authentication service timeout"), "uvicorn", Meaning.TROUBLE),
        (503, detail("Authentication service unavailable"), "uvicorn", Meaning.TROUBLE),  # HEAD
        (503, detail("Authentication service error", spaced=True), "uvicorn", Meaning.TROUBLE),
        (500, detail("Internal server error"), "uvicorn", Meaning.TROUBLE),  # the authentication service's own
        (429, detail("Rate limit exceeded"), "uvicorn", Meaning.LIMITED),  # HEAD
        (401, detail("Rate limit exceeded"), "uvicorn", Meaning.LIMITED),  # August 2025, and MLflow's gateway
        (200, '{"experiments":[]}', "uvicorn", Meaning.TAKEN),
        (200, '{"something":"else"}', "uvicorn", Meaning.TAKEN),
        (204, "", "uvicorn", Meaning.UNCLEAR),  # nothing has come from behind the door
        (502, detail("Failed to connect to MLflow server at http://mlflow:5000"), "uvicorn", Meaning.TAKEN),
        (504, detail("MLflow server request timeout after 30.0s"), "uvicorn", Meaning.TAKEN),
        (400, '{"error_code":"INVALID_PARAMETER_VALUE","message":"max_results"}', "uvicorn", Meaning.TAKEN),
        (403, ADMIN_REQUIRED, "uvicorn", Meaning.RIGHTS),
        (402, detail("Insufficient balance"), "uvicorn", Meaning.RIGHTS),
        (403, HOST_CHECK, "uvicorn", Meaning.UNCLEAR),  # MLflow's host check knows nothing of keys
        (404, detail("Not Found"), "uvicorn", Meaning.UNCLEAR),  # a route that is not there needs no key
        (503, ALB_503, "awselb/2.0", Meaning.ELSEWHERE),
        (404, "Not Found", "awselb/2.0", Meaning.ELSEWHERE),
        (403, "<html><body><center><h1>403 Forbidden</h1></center></body></html>", "awselb/2.0", Meaning.ELSEWHERE),
    ],
)
def test_read__tells_apart_what_statuses_do_not(status: int, body: str, server: str, meaning: Meaning) -> None:
    """Eight answers of 401 mean four things; who wrote an answer and its body decide."""
    assert read(answer(status, body, server=server), RULES) is meaning


@pytest.mark.parametrize(
    ("status", "body", "seen"),
    [
        (
            503,
            detail("Authentication service unavailable"),
            "could not find out about a random key, the authentication",
        ),
        (401, detail("Authentication service timeout"), "could not find out about a random key, the authentication"),
        (401, detail("API key required"), "did not see a random key: answered 401"),
        (403, HOST_CHECK, "did not refuse a random key as it should: answered 403"),
        (404, detail("Not Found"), "did not refuse a random key as it should: answered 404"),
    ],
)
def test_random_key__wrongly_refused_is_a_failure_that_may_be_confirmed(status: int, body: str, seen: str) -> None:
    """An outage of the authentication service is told as such, and is no security failure."""
    outcome = judge_refusal(answer(status, body), RANDOM, RULES)
    assert outcome.status is Status.FAIL
    assert outcome.seen.startswith(seen)
    assert (outcome.is_security_failure, outcome.is_final) == (False, False)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"experiments":[]}'),
        (200, "anything"),
        (403, ADMIN_REQUIRED),
        (402, detail("Insufficient balance")),
        (502, detail("Failed to connect to MLflow server at http://mlflow:5000")),
    ],
)
def test_random_key__accepted_is_a_security_failure_at_once(status: int, body: str) -> None:
    """Taken for valid is taken for valid, whether it then has rights or MLflow behind it."""
    outcome = judge_refusal(answer(status, body), RANDOM, RULES)
    assert outcome.status is Status.FAIL
    assert outcome.seen.startswith(f"accepted a random key: answered {status}")
    assert (outcome.is_security_failure, outcome.is_final) == (True, True)


@pytest.mark.parametrize(
    ("status", "headers", "told"), [(429, {"Retry_After": "60"}, "with Retry-After 60"), (401, {}, "without Retry-")]
)
def test_rate_limit__is_told_with_its_retry_after_and_not_asked_again(
    status: int, headers: dict[str, str], told: str
) -> None:
    """Whatever the status, nothing is asked again against a limit."""
    limit = answer(status, detail("Rate limit exceeded"), **headers)
    for outcome in (judge_refusal(limit, RANDOM, RULES), judge_acceptance(limit, "the key 'admin'", RULES)):
        assert (outcome.status, outcome.is_final, outcome.is_security_failure) == (Status.FAIL, True, False)
        assert outcome.seen.startswith("met a rate limit") and told in outcome.seen


@pytest.mark.parametrize(
    ("refusal", "status", "body", "is_security_failure"),
    [
        (NO_KEY, 200, '{"experiments":[]}', True),
        (NO_KEY, 403, detail("Not authenticated"), False),  # a refusal, if not the documented one
        (NO_KEY, 401, detail("Invalid or expired API key"), False),
        (NO_KEY, 503, detail("Authentication service unavailable"), False),
        (MEMBER, 200, '{"experiments":[]}', True),
        (MEMBER, 403, detail("Something else"), False),
        (MEMBER, 401, detail("Invalid or expired API key"), False),
        (Refusal("a valid key sent as basic", RULES.missing, is_door=False), 200, '{"experiments":[]}', False),
    ],
)
def test_refusal__that_fails_is_a_security_failure_only_where_a_door_stands_open(
    refusal: Refusal, status: int, body: str, *, is_security_failure: bool
) -> None:
    """Another refusal than the documented one is wrong, and no open door; nor is a valid key in another header."""
    outcome = judge_refusal(answer(status, body), refusal, RULES)
    assert (outcome.status, outcome.is_security_failure) == (Status.FAIL, is_security_failure)


def test_no_key__and_an_outage__does_not_accuse_the_authentication_service() -> None:
    """Without a key there is nothing to ask the authentication service about."""
    outcome = judge_refusal(answer(503, detail("Authentication service unavailable")), NO_KEY, RULES)
    assert "in trouble" not in outcome.seen


@pytest.mark.parametrize(
    ("status", "body", "seen"),
    [
        (401, detail("Invalid or expired API key"), "refused the key as invalid: answered 401"),
        (401, detail("API key required"), "did not see the key: answered 401"),
        (401, detail("Authentication service unavailable"), "could not find out about the key, the authentication"),
        (403, ADMIN_REQUIRED, "knows the key and gives its holder no access: answered 403"),
        (402, detail("Insufficient balance"), "knows the key and gives its holder no access: answered 402"),
        (502, detail("Bad gateway of somebody else"), "did not accept the key: answered 502"),
        (
            200,
            '{"models":[]}',
            "did not accept the key: answered 200 (written by the application), a body that does not fit",
        ),
        (503, ALB_503, "did not accept the key: answered 503 (written by the load balancer)"),
    ],
)
def test_valid_key__not_accepted_says_why(status: int, body: str, seen: str) -> None:
    """Dead key, lost header, outage, missing rights and a broken way are different repairs."""
    server = "awselb/2.0" if body is ALB_503 else "uvicorn"
    outcome = judge_acceptance(answer(status, body, server=server), "the key", RULES)
    assert outcome.status is Status.FAIL
    assert outcome.seen.startswith(seen)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, detail("Failed to connect to MLflow server at http://mlflow:5000")),
        (503, '{"error_code": "TEMPORARILY_UNAVAILABLE", "message": "no database"}'),
        (403, "Invalid Host header - possible DNS rebinding attack detected"),
    ],
)
def test_valid_key__is_accepted_where_what_lies_behind_answers(status: int, body: str) -> None:
    """A dead database is no fault of authentication: whoever is asked about it has let the key in."""
    outcome = judge_acceptance(answer(status, body), "the key", RULES)
    assert outcome.status is Status.PASS
    assert outcome.seen.startswith(f"let the key in; what stands behind it answered {status}")


def test_right_answers__pass_and_are_slow_over_the_budget() -> None:
    """Slow is slow, and no failure: of a refusal and of an acceptance."""
    refused = answer(401, detail("Invalid or expired API key"))
    accepted = answer(200, '{"experiments":[]}')
    for budget_ms, status in ((1000, Status.PASS), (10, Status.SLOW)):
        assert judge_refusal(refused, RANDOM, RULES, budget_ms).status is status
        assert judge_acceptance(accepted, "the key", RULES, budget_ms).status is status


def test_stale__is_told_of_keys_that_came_through_alone() -> None:
    """Who revoked a key a minute ago must know of the cache; it stays a failure."""
    let_in = judge_refusal(answer(200, '{"experiments":[]}'), RANDOM, RULES)
    assert told_stale(let_in).seen.endswith("until the platform's cache has forgotten it")
    assert told_stale(let_in).status is Status.FAIL
    outage: Outcome = judge_refusal(answer(503, detail("Authentication service error")), RANDOM, RULES)
    assert told_stale(outage) == outage


def test_trouble__is_that_of_whoever_judges_keys() -> None:
    """Where no service is asked about keys, the one that was asked is in trouble itself."""
    rules = KeyRules(RULES.missing, RULES.invalid, RULES.accepted, judge="tracking")
    outcome = judge_refusal(answer(500, "boom"), RANDOM, rules)
    assert outcome.seen.startswith("could not find out about a random key, tracking is in trouble: answered 500")
