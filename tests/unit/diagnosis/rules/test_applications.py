"""What applications say themselves, on platforms that judge keys in one service and on such that do not."""

from typing import Any

import pytest

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import applications
from registry_monitor.model import Result
from registry_monitor.target import BEARER, KeyForm
from tests.unit.diagnosis.platform import TARGET, definition, evidence_of, failed, inventory, known, variable

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
