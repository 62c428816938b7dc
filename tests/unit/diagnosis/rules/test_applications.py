"""What applications say themselves, on platforms that judge keys in one service and on such that do not."""

from typing import Any

import pytest

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import applications, stores
from registry_monitor.finding import Confidence
from registry_monitor.inventory.facts import Cache
from registry_monitor.model import Result, Status
from registry_monitor.target import BEARER, KeyForm
from tests.unit.diagnosis.platform import (
    ROLES,
    TARGET,
    definition,
    evidence_of,
    failed,
    inventory,
    known,
    log,
    result,
    service,
    variable,
)

URL = "https://registry.hokus.ai/x"
BASIC = KeyForm(prefix="Basic ", encoding="base64")
ASKS_LOGIN = {"status": 401, "headers": {"WWW-Authenticate": 'Basic realm="mlflow"'}, "written_by": "application"}


def seen_by(*results: Result, sent_as: KeyForm = BEARER, **target: Any) -> Evidence:
    """What the rules see of a target that sends its keys so, and differs from the packaged one so far."""
    assert TARGET.keys is not None
    keys = TARGET.keys.model_copy(update={"sent_as": sent_as})
    run = evidence_of(inventory(), *results).run
    return Evidence(run.model_copy(update={"target": TARGET.model_copy(update={"keys": keys, **target})}))


def kinds(evidence: Evidence) -> list[tuple[str, str | None]]:
    return [(each.kind, each.service) for each in (*applications.own_words(evidence), *applications.doors(evidence))]


@pytest.mark.parametrize(("sent_as", "found"), [(BEARER, [("mlflow-own-login", "mlflow")]), (BASIC, [])])
def test_login_of_mlflows_own__is_at_fault_where_nobody_sends_one(
    sent_as: KeyForm, found: list[tuple[str, str]]
) -> None:
    """Where the platform's keys are users and passwords, it is how MLflow refuses a wrong one."""
    assert kinds(seen_by(failed("services.call.x", "mlflow", URL, **ASKS_LOGIN), sent_as=sent_as)) == found


@pytest.mark.parametrize(("auth_service", "role"), [("auth", "auth"), (None, "mlflow")])
def test_rate_limit__is_that_of_whoever_judges_keys(auth_service: str | None, role: str) -> None:
    """Of the service that all ask, or of the one that was asked."""
    limited = failed("services.call.x", "mlflow", URL, status=429)
    assert kinds(seen_by(limited, auth_service=auth_service)) == [("rate-limited", role)]


@pytest.mark.parametrize(
    ("auth_service", "doors"),
    [("auth", [("auth-fails-open", "auth")]), (None, [("auth-fails-open", "mlflow"), ("auth-fails-open", "api")])],
)
def test_open_doors__are_those_of_whoever_judges_keys(auth_service: str | None, doors: list[tuple[str, str]]) -> None:
    """One service that fails open is one cause; where each judges by itself, each is one."""
    opened = [
        failed(f"authentication.bad.{number}", role, URL, status=200, security=True)
        for number, role in enumerate(["mlflow", "api", "mlflow"])
    ]
    assert kinds(seen_by(*opened, auth_service=auth_service)) == doors


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, ["registry.hokus.ai"]),
        ({"direct_url": None}, []),
        ({"direct_url": None, "proxy": None, "api_url": "https://tracking.example/x"}, ["tracking.example"]),
    ],
    ids=["past the proxy", "by the proxy alone", "MLflow itself"],
)
def test_host_by_which_mlflow_is_asked__must_be_let_in(fields: dict[str, Any], refused: list[str]) -> None:
    """Of its public hosts that one by which requests reach it; its proxy asks it by another."""
    assert TARGET.mlflow is not None
    allowing = definition("mlflow", environment={"MLFLOW_SERVER_ALLOWED_HOSTS": variable("localhost")})
    facts = inventory(task_definitions={"arn:task/mlflow:2": known(allowing)})
    run = evidence_of(facts).run
    target = TARGET.model_copy(update={"mlflow": TARGET.mlflow.model_copy(update=fields)})
    found = list(applications.allowed_hosts(Evidence(run.model_copy(update={"target": target}))))
    assert [each.proofs[0].told.rpartition("asked as ")[2] for each in found] == [", ".join(refused)] * bool(refused)


DATABASE, BAD_KEY = "infrastructure_health.mlflow.database", "authentication.bad-key"
MLFLOW = "https://registry.hokus.ai/api/mlflow/api/2.0/mlflow/experiments/search"
PASSED_ON = {"status": 503, "written_by": "application", "body": '{"detail":"Authentication service error"}'}
NO_TABLE = 'psycopg2.errors.UndefinedTable: relation "api_keys" does not exist'
WRONG_PASSWORD = "redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled."
REDIS = Cache(
    id="hokusai-redis-development", status="available", host="redis.example", port=6379, has_tls=True,
    has_auth_token=True, member_clusters=(),
)  # fmt: skip


def named(evidence: Evidence) -> list[str]:
    """What is named of auth, and of what it rests on."""
    return [each.kind for each in (*applications.auth_itself(evidence), *stores.passwords(evidence))]


def light_run(*lines: str, auth_tasks: int = 1, failing: str = DATABASE, passing: str | None = None) -> Evidence:
    """A light run, which does not ask auth itself: the API passes a trouble on; auth logged ``lines`` meanwhile."""
    services = [service(role, desired=count, running=count) for role, count in _tasks(auth_tasks)]
    facts = inventory(services=services, caches={REDIS.id: known(REDIS)}, log_tails=log("auth", *lines))
    passed = [result(passing, Status.PASS, "mlflow", MLFLOW, status=200)] if passing else []
    return evidence_of(facts, failed(failing, "mlflow", MLFLOW, **PASSED_ON), *passed)


def _tasks(of_auth: int) -> list[tuple[str, int]]:
    return [(role, of_auth if role == "auth" else 1) for role in ROLES]


@pytest.mark.parametrize(
    ("failing", "lines", "found"),
    [
        (BAD_KEY, (NO_TABLE,), [("auth-broken", Confidence.TWO_SIGNS)]),
        (DATABASE, (NO_TABLE,), [("auth-broken", Confidence.ONE_SIGN)]),
        (BAD_KEY, (), []),
        (BAD_KEY, ("started",), []),
    ],
)
def test_auth_that_is_told_of_by_who_asks_it__is_broken_where_its_own_log_says_so(
    failing: str, lines: tuple[str, ...], found: list[tuple[str, Confidence]]
) -> None:
    """The API's error alone may be its own; an error in auth's log is a sign, and a key of nobody a second one."""
    suspects = list(applications.auth_itself(light_run(*lines, failing=failing)))
    assert [(each.kind, each.confidence) for each in suspects] == found
    assert [proof.told for each in suspects for proof in each.proofs[1:]] == [NO_TABLE] * len(found)


def test_auth_that_refuses_a_key_of_nobody__is_not_broken() -> None:
    """It may log an error for each key that it refuses: what fails then is the API's own."""
    assert named(light_run("InvalidKeyError: no such key", passing=BAD_KEY)) == []


def test_auth_that_logs_errors__is_not_blamed_where_nobody_who_asks_it_fails() -> None:
    """Of services that ask no auth service, errors are their own."""
    run = light_run(NO_TABLE).run
    target = run.target.model_copy(update={"calls": ()})
    assert named(Evidence(run.model_copy(update={"target": target}))) == []


@pytest.mark.parametrize(("failing", "passing"), [(DATABASE, BAD_KEY), (BAD_KEY, DATABASE)])
def test_one_of_two_tasks_of_auth__is_broken_where_the_other_judges_keys(failing: str, passing: str) -> None:
    """What all its tasks share, such as the password of Redis, is not at fault: a key was taken, or refused rightly."""
    assert named(light_run(WRONG_PASSWORD, auth_tasks=2, failing=failing, passing=passing)) == ["task-broken"]


def test_all_tasks_of_auth__have_the_wrong_password_where_none_judges_keys() -> None:
    """And then the password explains all of it: that auth answers with errors follows from it."""
    assert "redis-password-wrong" in named(light_run(WRONG_PASSWORD, auth_tasks=2))
