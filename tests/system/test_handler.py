"""The function as Lambda calls it: its answer, the objects of the contract, metrics, and blindness without a crash."""

import json
from datetime import UTC, datetime
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError
from jsonschema import Draft202012Validator

from registry_monitor import handler
from registry_monitor.inventory import aws
from registry_monitor.invocation import InvocationError
from registry_monitor.outputs.objects import PublishError
from registry_monitor.run import Run
from registry_monitor.schemas import schema_path
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.suites import ALL
from tests.sandbox.platforms import DATABASE, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.system.deployed_function import (
    DEPLOYMENT,
    FULL,
    LIGHT,
    LambdaContext,
    metrics,
    newest_run,
    objects,
    read,
    s3,
)

NO_DATABASE = ["infrastructure_health.mlflow.database", "model_registration_flow.heartbeat.find"]  # of a light run


def test_run_of_a_fleet__answers_with_its_visit_and_prints_no_metrics(
    deployed: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its fleet tells of it; what it keeps and publishes is that of any run."""
    answer = handler.lambda_handler(LIGHT | {"critical": False}, LambdaContext())
    report = f"s3://{REPORTS_BUCKET}/hokusai-development/status.json"
    assert answer == {"state": "HEALTHY", "report": report}
    assert '"_aws"' not in capsys.readouterr().out


def test_full_scheduled_run__answers_and_writes_all_objects_of_the_contract(
    deployed: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each folder and file of the contract; JSON valid by its published schema; metrics on standard output."""
    answer = handler.lambda_handler(FULL, LambdaContext())
    assert (answer["status"], answer["coverage"], answer["causes"]) == ("HEALTHY", 100.0, [])
    assert answer["scores"] == dict.fromkeys(ALL, 100.0)
    name, day = "hokusai-development", datetime.now(UTC)
    folder = f"{name}/runs/{day:%Y/%m/%d}/{answer['run_id']}"
    files = (
        "INFRASTRUCTURE_ISSUES.md",
        "MODEL_REGISTRATION_TEST_REPORT.md",
        "README.md",
        "index.html",
        "infrastructure_health_report.json",
        "run.json",
        "test_execution_summary.json",
    )
    assert objects(deployed) == sorted(
        [
            *(f"{folder}/{file}" for file in files),
            *(f"{name}/latest/{file}" for file in files),
            f"{name}/known-good.json",
            f"{name}/public/status.html",
            f"{name}/public/status.json",
            f"{name}/state/full-run.json",
            f"{name}/state/history.json",
            f"{name}/state/standing.json",
            f"{name}/status.json",
        ]
    )
    assert answer["report"] == f"s3://{REPORTS_BUCKET}/{folder}/MODEL_REGISTRATION_TEST_REPORT.md"
    documents = (f"{folder}/run.json", f"{folder}/test_execution_summary.json", f"{name}/status.json")
    for key in (*documents, f"{name}/state/history.json"):
        document = read(deployed, key)
        schema = json.loads(schema_path(key.rpartition("/")[2].removesuffix(".json")).read_text())
        assert list(Draft202012Validator(schema).iter_errors(document)) == []
    emitted = metrics(capsys.readouterr().out)
    assert (emitted["target"], emitted["InfrastructureScorePct"], emitted["ChecksFailed"]) == (name, [100.0], [0.0])


def test_healthy_light_run__writes_its_status_and_no_report(deployed: Sandbox) -> None:
    """What runs each minute leaves its status, and every five minutes a line of the history."""
    answer = handler.lambda_handler(LIGHT, LambdaContext())
    assert answer["status"] == "HEALTHY"
    public = ["public/status.html", "public/status.json"]
    name = "hokusai-development"
    assert objects(deployed) == [f"{name}/{each}" for each in (*public, "state/history.json", "status.json")]
    for each in public:
        s3(deployed).delete_object(Bucket=REPORTS_BUCKET, Key=f"{name}/{each}")
    ended = handler.lambda_handler(LIGHT, LambdaContext())
    assert objects(deployed) == [f"{name}/{each}" for each in ("state/history.json", "status.json")]
    assert read(deployed, f"{name}/status.json")["run_id"] == ended["run_id"] != answer["run_id"]


def test_ad_hoc_run_of_one_suite__writes_under_runs_alone(deployed: Sandbox) -> None:
    """A part never stands as the latest report."""
    handler.lambda_handler({"suites": ["infrastructure_health"]}, LambdaContext())
    assert {key.split("/")[1] for key in objects(deployed)} == {"runs"}


def test_failing_platform__is_an_answer_and_no_failed_invocation(deployed: Sandbox) -> None:
    """The platform's failure is the monitor's success."""
    with broken(deployed, "MLF-01"):
        answer = handler.lambda_handler(LIGHT, LambdaContext())
    assert answer["status"] == "FAILING"
    (cause,) = answer["causes"]
    assert (cause["kind"], cause["resource"], cause["state"]) == ("database-not-available", DATABASE, "active")
    assert (set(cause["explains"]), answer["unexplained"]) == (set(NO_DATABASE), [])
    assert any(key.endswith("MODEL_REGISTRATION_TEST_REPORT.md") for key in objects(deployed))


def test_deployments_that_end_together__give_one_full_run(deployed: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """The second event ends with a note, and well: what it tells of was there when the first one's run began."""
    answer = handler.lambda_handler(DEPLOYMENT, LambdaContext())
    written = objects(deployed)
    note = handler.lambda_handler(DEPLOYMENT, LambdaContext())
    assert (answer["status"], set(note)) == ("HEALTHY", {"note"})
    assert "it has seen what was deployed, no further run" in note["note"]
    assert objects(deployed) == written
    assert note["note"] in caplog.text


def test_deployment_of_a_service_that_is_not_watched__ends_with_a_note(deployed: Sandbox) -> None:
    """The cluster has other services too: nothing is asked, and nothing is wrong."""
    before = len(deployed.request_log)
    other = {"resources": [DEPLOYMENT["resources"][0] + "-worker"]}
    answer = handler.lambda_handler(DEPLOYMENT | other, LambdaContext())
    assert answer["note"].startswith("hokusai-development/hokusai-api-development-worker was deployed, and target")
    assert (len(deployed.request_log), objects(deployed)) == (before, [])


def test_wrong_event__is_refused_before_anything_runs(deployed: Sandbox) -> None:
    """Nothing is asked of the platform, nothing written."""
    before = len(deployed.request_log)
    with pytest.raises(InvocationError, match="unknown suite 'infra'"):
        handler.lambda_handler({"suites": ["infra"]}, LambdaContext())
    assert (len(deployed.request_log), objects(deployed)) == (before, [])


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        (None, "ResourceNotFoundException"),
        ("not JSON", "is not JSON"),
        ('{"other": "fake-key"}', "admin"),
    ],
    ids=["missing", "not JSON", "without the key"],
)
def test_keys_that_cannot_be_had__are_unknown_never_a_crash_nor_a_fail(
    deployed: Sandbox, secret: str | None, reason: str
) -> None:
    """Only what needs a key is UNKNOWN, and says which secret and why."""
    client = deployed.world.secretsmanager
    name = "registry-monitor/hokusai-development"
    kept = client.get_secret_value(SecretId=name)["SecretString"]
    try:
        if secret is None:
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        else:
            client.put_secret_value(SecretId=name, SecretString=secret)
        aws.forget_clients()
        answer = handler.lambda_handler({}, LambdaContext())
    finally:
        if secret is None:
            client.create_secret(Name=name, SecretString=kept)
        else:
            client.put_secret_value(SecretId=name, SecretString=kept)
    run = newest_run(deployed)
    unknown = {result.check_id: result.seen for result in run.of_status("UNKNOWN")}  # type: ignore[arg-type]
    assert (answer["status"], run.score.not_passed) == ("BLIND", 0)
    assert set(unknown) >= {"infrastructure_health.mlflow.database", "model_registration_flow.heartbeat.find"}
    assert {"authentication.missing.mlflow-proxy", "infrastructure_health.endpoint.api-health"}.isdisjoint(unknown)
    asked = [seen for seen in unknown.values() if "could not be found out" not in seen]
    assert len(asked) > 30
    assert all(name in seen and reason in seen for seen in asked)


def test_denied_api__is_unknown_and_names_the_permission(deployed: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A denied DescribeServices is no evidence against the platform."""
    ask = botocore.client.BaseClient._make_api_call

    def deny(client: Any, operation: str, arguments: Any) -> Any:
        if operation == "DescribeServices":
            error = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
            raise ClientError(error, operation)
        return ask(client, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", deny)
    answer = handler.lambda_handler({"suites": ["infrastructure_health"]}, LambdaContext())
    run = newest_run(deployed)
    assert (answer["status"], run.score.not_passed) == ("BLIND", 0)
    about_services = [result for result in run.results if ".service." in result.check_id]
    assert {result.status for result in about_services} == {"UNKNOWN"}
    assert all(
        "add ecs:DescribeServices to its policy" in r.seen for r in about_services if r.check_id.endswith(".exists")
    )


def test_bucket_that_cannot_be_written__fails_the_invocation_after_the_metrics_went_out(
    deployed: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the function's own alarm rings; the metrics tell the verdict all the same."""
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", "no-such-bucket")
    with pytest.raises(PublishError, match="no-such-bucket"):
        handler.lambda_handler(LIGHT, LambdaContext())
    assert metrics(capsys.readouterr().out)["RunCompleted"] == [1.0]


def test_hanging_database__is_failing_in_a_light_run_not_blind(deployed: Sandbox) -> None:
    """Nobody answers in time, twice: users wait as long, so it is the platform that fails."""
    deployed.postgres.suspend()
    began = datetime.now(UTC)
    try:
        answer = handler.lambda_handler(LIGHT, LambdaContext())
    finally:
        deployed.postgres.resume()
    assert (datetime.now(UTC) - began).total_seconds() < 45
    assert answer["status"] == "FAILING"
    assert [(cause["kind"], cause["state"]) for cause in answer["causes"]] == [("service-unreachable", "suspected")]
    assert {check for cause in answer["causes"] for check in cause["explains"]} == set(NO_DATABASE)


@pytest.mark.parametrize("variable", ["MONITOR_TARGET", "MONITOR_REPORTS_BUCKET"])
def test_missing_variable__is_told_before_anything_runs(
    deployed: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A wrong deployment says what it lacks."""
    monkeypatch.delenv(variable)
    with pytest.raises(handler.EnvironmentVariableError, match=f"{variable} is not set; expected"):
        handler.lambda_handler(LIGHT, LambdaContext())


def test_report_that_cannot_be_rendered__loses_no_run(deployed: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of a renderer fails the invocation, after the run itself is stored."""

    def fails(run: Run, history: HistoryDocument | None) -> dict[str, str]:
        raise ZeroDivisionError

    monkeypatch.setattr("registry_monitor.reports.documents.render_reports", fails)
    with pytest.raises(ZeroDivisionError):
        handler.lambda_handler({"depth": "light"}, LambdaContext())
    assert newest_run(deployed).verdict == "HEALTHY"


def test_little_time__ends_in_time_with_a_whole_report(deployed: Sandbox) -> None:
    """What cannot be finished is UNKNOWN; the run ends before the function would be killed."""
    deployed.postgres.suspend()
    began = datetime.now(UTC)
    try:
        answer = handler.lambda_handler({}, LambdaContext(time_ms=6_000))
    finally:
        deployed.postgres.resume()
    assert (datetime.now(UTC) - began).total_seconds() < 6
    run = newest_run(deployed)
    assert answer["run_id"] == run.run_id
    assert run.score.unknown > 0
    assert len(run.results) > 200
    assert all(result.seen for result in run.results)
