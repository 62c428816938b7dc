"""The JSON documents beside run.json."""

import json
from collections.abc import Callable

import pytest

from registry_monitor.model import Status
from registry_monitor.reports import INFRASTRUCTURE, SUMMARY
from registry_monitor.reports.documents import render
from registry_monitor.reports.registration import DURATION_CHECK
from registry_monitor.reports.status import status_document
from registry_monitor.run import Run
from registry_monitor.suites import model_registration_flow
from tests.unit.reports import diagnosed, samples


def test_summary__counts_and_times_of_a_failing_run() -> None:
    """Every suite with its status and counts, every check with its sentence."""
    summary = json.loads(render(samples.failing())[SUMMARY])
    assert (summary["verdict"], summary["started_at"], summary["ended_at"]) == (
        "FAILING",
        "2026-07-30T09:15:03Z",
        "2026-07-30T09:15:05.345600Z",
    )
    assert summary["suites"][0] == {
        "suite": "infrastructure_health",
        "status": "FAIL",
        "counts": {"PASS": 7, "FLAKY": 1, "SLOW": 1, "FAIL": 3, "BLOCKED": 3, "UNKNOWN": 0, "SKIPPED": 1},
        "score_pct": 60.0,
        "coverage_pct": 100.0,
        "checks_ms": 150.0,
    }
    assert len(summary["checks"]) == 24
    assert summary["checks"][12] == {
        "check_id": "infrastructure_health.endpoint.auth-health",
        "suite": "infrastructure_health",
        "status": "FAIL",
        "duration_ms": 12.5,
        "latency_ms": 14.2,
        "sentence": "GET https://auth.example/health answered 502 (written by the load balancer); expected: 200.",
        "cause": None,
    }
    assert summary["findings"] == []


def test_summary__names_the_cause_of_each_failing_check() -> None:
    """Findings in short, in the order in which to act; a blocked check has the cause of what blocks it."""
    summary = json.loads(render(diagnosed.missing_service())[SUMMARY])
    assert [(each["kind"], each["state"]) for each in summary["findings"]] == [
        ("ecs-service-missing", "active"),
        ("service-unreachable", "suspected"),
        ("listener-rule-missing", "latent"),
        ("monitor-permission-missing", "suspected"),
    ]
    assert summary["findings"][0]["runbook"] == "docs/causes.md#ecs-service-missing"
    causes = {each["check_id"]: each["cause"] for each in summary["checks"]}
    mlflow = list(diagnosed.SERVICE_MISSING.key)
    assert causes["infrastructure_health.service.mlflow.running"] == mlflow
    assert causes["model_registration_flow.register"] == mlflow
    assert causes["infrastructure_health.endpoint.auth-health"] == list(diagnosed.AUTH_OUT.key)
    assert causes["infrastructure_health.service.auth.exists"] is None


def test_infrastructure_report__has_the_platforms_findings_alone() -> None:
    """A denied permission of the monitor is no fault of the infrastructure."""
    report = json.loads(render(diagnosed.missing_service())[INFRASTRUCTURE])
    kinds = [each["kind"] for each in report["findings"]]
    assert kinds == ["ecs-service-missing", "service-unreachable", "listener-rule-missing"]
    assert report["findings"][0]["proofs"][0]["source"] == "ecs:DescribeServices"


def test_status__tells_latent_findings_apart() -> None:
    """A poller that pages on causes is not woken by what nobody feels."""
    status = json.loads(status_document(diagnosed.latent_alone()))
    assert (status["verdict"], status["causes"]) == ("HEALTHY", [])
    assert [each["kind"] for each in status["latent"]] == ["listener-rule-missing"]


@pytest.mark.parametrize(
    ("make", "statuses"),
    [
        (samples.healthy, ["PASS", "PASS"]),
        (samples.failing, ["FAIL", "FAIL"]),
        (samples.blind, ["UNKNOWN", "PASS"]),
        (samples.no_data, ["SKIPPED", "SKIPPED"]),
    ],
)
def test_summary__status_of_a_suite_is_that_of_its_worst_check(make: Callable[[], Run], statuses: list[str]) -> None:
    """A suite of which nothing was asked is no PASS."""
    summary = json.loads(render(make())[SUMMARY])
    assert [suite["status"] for suite in summary["suites"]] == statuses


@pytest.mark.parametrize(
    ("make", "score_pct", "is_met"),
    [(samples.healthy, 100.0, True), (samples.failing, 60.0, False), (samples.no_data, None, None)],
)
def test_infrastructure_report__score_against_the_threshold(
    make: Callable[[], Run], score_pct: float | None, is_met: bool | None
) -> None:
    """The seeds' goal is above 80 %; no data meets nothing."""
    report = json.loads(render(make())[INFRASTRUCTURE])
    assert report["threshold_pct"] == 80.0
    assert (report["score"]["score_pct"], report["is_threshold_met"]) == (score_pct, is_met)


def test_infrastructure_report__services_targets_and_endpoints() -> None:
    """The facts of the failing run, from AWS and from its own requests."""
    report = json.loads(render(samples.failing())[INFRASTRUCTURE])
    auth, _, mlflow = report["services"]
    assert (auth["ecs_status"], auth["running"], auth["desired"], auth["rollout"]) == ("ACTIVE", 1, 1, "COMPLETED")
    assert auth["target_groups"] == [
        {
            "arn": samples.arn("auth"),
            "name": "hokusai-auth",
            "healthy": 0,
            "registered": 1,
            "not_healthy": ["10.0.1.17:8000 is unhealthy, Target.FailedHealthChecks: Health checks failed"],
            "unknown_because": None,
        }
    ]
    assert (mlflow["ecs_status"], mlflow["running"], mlflow["target_groups"]) == ("MISSING", None, [])
    assert [endpoint["check_id"].rpartition(".")[2] for endpoint in report["endpoints"]] == [
        "auth-health", "api-health", "api-ready", "api-internal",
    ]  # fmt: skip
    failing = [check["check_id"].partition(".")[2] for check in report["failing_checks"]]
    assert failing[:2] == ["service.auth.targets", "service.mlflow.exists"]
    assert len(failing) == 6


def test_status__says_what_a_poller_needs() -> None:
    """Verdict, both figures, causes and the time of the run."""
    run = samples.failing()
    status = json.loads(status_document(run))
    assert (status["target"], status["run_id"], status["verdict"]) == ("hokusai-development", samples.RUN_ID, "FAILING")
    assert (status["score_pct"], status["coverage_pct"], status["duration_ms"]) == (47.8, 100.0, 2345.6)
    assert status["started_at"] == "2026-07-30T09:15:03Z"
    failed = [each.check_id for each in run.of_status(Status.FAIL)]
    assert [each["check_id"] for each in status["unexplained"]] == failed


def test_registration__duration_is_read_from_the_suites_own_check() -> None:
    """Reports may not import suites: the two names of the check must stay one."""
    assert DURATION_CHECK == model_registration_flow.DURATION_CHECK
