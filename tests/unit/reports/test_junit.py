"""JUnit XML: well-formed whatever the platform writes, and in agreement with the exit code."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from registry_monitor.model import Status, Verdict
from registry_monitor.reports.junit import junit
from registry_monitor.run import Run
from registry_monitor.target import Thresholds
from registry_monitor.terminal.run import EXIT_CODES
from tests.unit.reports import diagnosed, samples


def parsed(run: Run, publish_error: str | None = None) -> ET.Element:
    return ET.fromstring(junit(run, [("reports", publish_error)] if publish_error else ()))


def tolerated() -> Run:
    """One UNKNOWN of two, in a target that tolerates it."""
    results = [samples.result("a"), samples.result("b", Status.UNKNOWN, seen="was denied")]
    return samples.run_of(results, thresholds=Thresholds(coverage_pct=50))


EVERY_RUN = (
    samples.ALL
    | diagnosed.ALL
    | {
        "tolerated": tolerated,
        "nothing at all": lambda: samples.run_of([]),
        "all unknown": lambda: samples.run_of([samples.result("a", Status.UNKNOWN)]),
        "light": lambda: samples.healthy(samples.Depth.LIGHT),
    }
)


@pytest.mark.parametrize("make", EVERY_RUN.values(), ids=EVERY_RUN)
def test_junit__is_red_exactly_when_the_exit_code_is(make: Callable[[], Run]) -> None:
    """A pipeline that reads the file and one that reads the exit code come to the same verdict."""
    run = make()
    root = parsed(run)
    is_red = int(root.get("failures", "")) + int(root.get("errors", "")) > 0
    assert is_red is (EXIT_CODES[run.verdict] != 0)


@pytest.mark.parametrize("make", EVERY_RUN.values(), ids=EVERY_RUN)
def test_junit__counts_are_those_of_its_cases(make: Callable[[], Run]) -> None:
    """The sums at the root and in the suites are what is below them."""
    root = parsed(make())
    for element in (root, *root.iter("testsuite")):
        for name, path in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
            assert int(element.get(name, "")) == len(element.findall(f".//testcase/{path}"))
        assert int(element.get("tests", "")) == len(element.findall(".//testcase"))


def test_junit__each_status_has_its_element() -> None:
    """FAIL and BLOCKED fail, UNKNOWN is an error, SKIPPED is skipped, the rest have nothing."""
    results = [samples.result(str(status).lower(), status) for status in Status]
    cases = parsed(samples.run_of(results)).iter("testcase")
    assert {case.get("name", "").partition(".")[2]: [child.tag for child in case] for case in cases} == {
        "pass": [],
        "flaky": [],
        "slow": [],
        "fail": ["failure"],
        "blocked": ["failure"],
        "unknown": ["error"],
        "skipped": ["skipped"],
    }


def test_junit__failure_tells_what_was_expected_and_seen() -> None:
    """The message is the check's sentence."""
    failure = parsed(samples.failing()).find(".//testcase[@name='infrastructure_health.endpoint.auth-health']/failure")
    assert failure is not None
    assert failure.attrib == {
        "message": "GET https://auth.example/health answered 502 (written by the load balancer); expected: 200.",
        "type": "FAIL",
    }


def test_junit__failure_names_its_cause_and_what_mends_it() -> None:
    """A pipeline's page shows the same cause as the report, also for what was blocked."""
    root = parsed(diagnosed.missing_service())
    for check in ("service.mlflow.exists", "service.mlflow.running"):
        failure = root.find(f".//testcase[@name='infrastructure_health.{check}']/failure")
        assert failure is not None and failure.text is not None
        assert failure.text.splitlines() == [
            "Cause: The ECS service hokusai-mlflow-development does not exist (ecs-service-missing, proven)",
            "Fix: Apply it: the code has the service, and the cluster has not.",
            "Runbook: docs/causes.md#ecs-service-missing",
        ]


def test_junit__tolerated_unknown_is_skipped_with_its_reason() -> None:
    """The target's coverage threshold decides; the reason is not lost."""
    run = tolerated()
    skipped = parsed(run).find(".//skipped")
    assert run.verdict is Verdict.HEALTHY
    assert skipped is not None and "was denied" in skipped.attrib["message"]


def test_junit__reports_that_could_not_be_written_are_an_error() -> None:
    """The exit code is then 3 even when the platform is well."""
    root = parsed(samples.healthy(), publish_error="s3://bucket: AccessDenied")
    assert (root.get("failures"), root.get("errors")) == ("0", "1")
    assert root.find(".//testcase[@name='reports']/error[@message='s3://bucket: AccessDenied']") is not None


def test_junit__properties_tell_verdict_and_scores() -> None:
    """Scores of the run and of the suite, "no data" among them."""
    suite = parsed(samples.no_data()).findall("testsuite")[1]
    properties = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert properties == {
        "run_id": samples.RUN_ID,
        "target": "hokusai-development",
        "verdict": "BLIND",
        "run_score_pct": "no data",
        "run_coverage_pct": "no data",
        "suite_score_pct": "no data",
        "suite_coverage_pct": "no data",
    }
