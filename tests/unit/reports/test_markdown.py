"""The report for people: what a reader finds, and where."""

import re

import pytest

from registry_monitor.model import Asking, Depth, Observation, Status
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.run import Cost
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.target import Thresholds
from tests.unit.reports import diagnosed, month, samples

UNEXPLAINED = "What fails, and no finding explains"


def section(report: str, heading: str) -> str:
    """The text below a second-level heading."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", report, re.DOTALL | re.MULTILINE)
    assert found is not None, f"no section {heading}"
    return found[1].strip()


def cells(table: str, first: str) -> list[str]:
    """The cells of the row that begins with ``first``."""
    row = next(line for line in table.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_first_screen__of_a_failing_run_says_what_is_broken() -> None:
    """The first 25 lines: verdict, scores, services hit, whom to wake, and what fails with what it blocks."""
    screen = markdown_report(samples.failing()).splitlines()[:25]
    assert screen[0] == "# FAILING: the platform does not do what its users need"
    assert screen[2] == "**Wake whoever runs the platform: it fails, and no cause of it is proved.**"
    assert screen[4] == (
        "hokusai-development, 2026-07-30 09:15:03 UTC. Score 47.8 %, coverage 100 %: "
        "11 passed, 4 failed, 8 blocked by those, 0 unknown, 1 skipped."
    )
    assert screen[5:7] == [
        "Registering a model does not work: it stops at “Stage 2, experiment”.",
        "Services hit: auth (2 of 5 checks), mlflow (9 of 10 checks).",
    ]
    assert screen[10:13] == ["No cause is proved.", "", f"## {UNEXPLAINED}"]
    assert screen[15] == (
        "- **ECS service hokusai-mlflow-development** does not exist in cluster hokusai-development "
        "(ECS reports it as MISSING). Expected: an ACTIVE service with its tasks."
    )
    assert screen[16] == "  Blocks 3 checks: service.mlflow.running, service.mlflow.rollout, service.mlflow.targets."
    assert screen[23] == (
        "Passed, but only when asked again (FLAKY) or late (SLOW): infrastructure_health.endpoint.api-health (SLOW), "
        "infrastructure_health.endpoint.api-ready (FLAKY)."
    )


def test_first_screen__tells_one_denied_call_once() -> None:
    """Three checks behind one denied call are one line; nothing wrong is claimed."""
    report = markdown_report(samples.blind())
    assert report.startswith("# BLIND: nothing wrong was seen, but too much could not be found out\n")
    assert section(report, "What is wrong") == "Nothing wrong was seen."
    assert section(report, "What could not be found out").splitlines() == [
        f"- 3 checks {samples.DENIED}",
        "  (service.auth.exists, service.api.exists, service.mlflow.exists)",
        "- 1 check could not be judged, by a defect of the monitor: KeyError: 'x'",
        "  (endpoint.api-health)",
    ]


def test_first_screen__of_nothing_is_no_data() -> None:
    """Nothing asked is never told as healthy, nor as 100 %."""
    report = markdown_report(samples.no_data())
    assert report.startswith("# BLIND: nothing was asked, so nothing is known\n")
    assert "Score no data, coverage no data" in report
    assert "100 %, met" not in report


def test_first_screen__long_lists_are_cut_and_say_so() -> None:
    """Twelve failures without a cause fill no more than the first screen."""
    results = [samples.result(f"endpoint.e{number}", Status.FAIL, seen="x" * 4000) for number in range(12)]
    wrong = section(markdown_report(samples.run_of(results)), UNEXPLAINED).splitlines()
    assert len(wrong) == 14
    assert wrong[11] == "And 2 more, told under Results."
    assert max(map(len, wrong)) < 400


@pytest.mark.parametrize(
    ("failed", "depth", "sentence"),
    [
        (None, Depth.FULL, "Registering a model works, in 0.24 s."),
        ("register", Depth.FULL, "Registering a model does not work: it stops at “Stage 4, register”."),
        (None, Depth.LIGHT, "Registering a model was not tried in this run."),
    ],
)
def test_first_screen__answers_whether_a_model_can_be_registered(
    failed: str | None, depth: Depth, sentence: str
) -> None:
    """The platform's main job has its own line."""
    results = samples.stages(failed) if depth is Depth.FULL else [samples.result("endpoint.api-health")]
    assert sentence in markdown_report(samples.run_of(results, depth=depth)).splitlines()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            Status.PASS,
            "not tried in this run. A write to the registry in place works, and so does fetching an artifact.",
        ),
        (Status.FAIL, "not tried in this run."),
    ],
)
def test_first_screen__of_a_light_run_tells_of_the_write_in_place(status: Status, sentence: str) -> None:
    """What runs each minute registers nothing, and says what it did prove."""
    beat = samples.result("heartbeat.write", status, suite=samples.REGISTRATION)
    report = markdown_report(samples.run_of([beat], depth=Depth.LIGHT))
    assert f"Registering a model was {sentence}" in report.splitlines()


def test_first_screen__names_a_security_failure_first() -> None:
    """A door that stands open is told before what is merely broken."""
    broken = samples.result("endpoint.api-health", Status.FAIL)
    opened = samples.result("endpoint.other", Status.FAIL, subject="A random key", is_security_failure=True)
    wrong = section(markdown_report(samples.run_of([broken, opened])), UNEXPLAINED).splitlines()
    assert wrong[0].startswith("- **Security failure.** **A random key**")


def test_scores__stand_beside_their_thresholds_and_coverage() -> None:
    """60 % against 80 % is missed; coverage has its own threshold."""
    table = section(markdown_report(samples.failing()), "Scores")
    assert cells(table, "infrastructure_health") == [
        "infrastructure_health", "60 %", "80 %, missed", "100 %", "–", "9", "6", "0", "1",
    ]  # fmt: skip
    assert cells(table, "**All**") == ["**All**", "**47.8 %**", "–", "**100 %**", "100 %, met", "11", "12", "0", "1"]


def test_scores__at_the_threshold_are_met() -> None:
    """The threshold itself is enough."""
    results = [samples.result("a"), samples.result("b", Status.FAIL)]
    run = samples.run_of(results, thresholds=Thresholds(infrastructure_score_pct=50))
    assert cells(section(markdown_report(run), "Scores"), "infrastructure_health")[2] == "50 %, met"


def test_services__show_tasks_rollout_targets_and_endpoints() -> None:
    """One row for each service, a missing one without invented figures."""
    table = section(markdown_report(samples.failing()), "Services")
    assert [cells(table, role)[2:] for role in ("auth", "api", "mlflow")] == [
        ["ACTIVE", "1/1", "0", "COMPLETED", "0/1", "0/1"],
        ["ACTIVE", "1/1", "0", "COMPLETED", "1/1", "2/2"],
        ["**MISSING**", "–", "–", "–", "–", "0/0"],
    ]
    assert table.endswith(
        "- Target group hokusai-auth of auth: 10.0.1.17:8000 is unhealthy, "
        "Target.FailedHealthChecks: Health checks failed"
    )


def test_services__count_no_fact_of_aws_as_an_endpoint() -> None:
    """Where a rule leads and how much memory is left are no answers of an endpoint."""
    facts = [samples.result(f"{family}.api", service="api") for family in ("route", "headroom")]
    run = samples.run_of([*facts, samples.result("endpoint.api-health", service="api")])
    assert cells(section(markdown_report(run), "Services"), "api")[-1] == "1/1"


def test_services__denied_facts_are_unknown_with_the_reason() -> None:
    """What AWS did not tell is neither zero nor missing."""
    table = section(markdown_report(samples.blind()), "Services")
    assert cells(table, "api")[2:] == ["unknown"] * 5 + ["0/1"]
    assert "- auth: ecs:DescribeServices was denied to the monitor's role" in table


def test_results__failures_come_first_with_expected_and_seen() -> None:
    """A failure tells its subject, both attempts, latency, the log query and the evidence; blocked ones come after."""
    results = section(markdown_report(samples.failing()), "Results")
    failure = results[results.index("#### FAIL infrastructure_health.endpoint.auth-health") :]
    assert failure.splitlines()[2:7] == [
        "- Subject: GET https://auth.example/health (service auth)",
        "- Expected: 200",
        "- Seen: answered 502 (written by the load balancer)",
        "- Asked 2 times: answered 503 (9 ms); then answered 502 (14 ms)",
        "- Latency: 14 ms, budget 1000 ms",
    ]
    query = f'filter @message like "{samples.RUN_ID}-infrastructure_health.endpoint.auth-health"'
    assert failure.index(query) < failure.index('"body": "<html>502 Bad Gateway</html>"') < failure.index("**Blocked**")
    assert "**Blocked**" in results and results.index("#### FAIL") < results.index("<summary>7 passed</summary>")


def test_results__a_fact_of_aws_has_no_log_query() -> None:
    """Nothing was sent to the service, so its log has no line to find."""
    results = section(markdown_report(samples.failing()), "Results")
    assert f"{samples.RUN_ID}-infrastructure_health.service." not in results


@pytest.mark.parametrize(
    ("evidence", "asked", "is_shown"),
    [
        ({"url": "https://x.example/", "status": 404, "written_by": "load balancer"}, (), False),
        ({"url": "https://x.example/", "status": 503, "written_by": "load balancer"}, (), False),
        ({"url": "https://x.example/", "status": 502, "written_by": "load balancer"}, (), True),
        ({"url": "https://x.example/", "status": 401, "written_by": "application"}, (), True),
        ({"url": "https://x.example/", "error": "refused"}, (), False),
        ({"url": "https://x.example/", "error": "read timeout"}, (), True),
        ({"rule": "arn:rule"}, ("elasticloadbalancing:DescribeRules",), False),
        ({}, ("POST https://x.example/runs/create",), True),
    ],
)
def test_results__log_query_stands_where_a_service_may_have_a_line(
    evidence: dict[str, object], asked: tuple[str, ...], is_shown: bool
) -> None:
    """Not for what the load balancer answered by itself, for a refused connection, or for what AWS was asked."""
    failed = samples.result("endpoint.x", Status.FAIL, service="api", evidence=evidence, asked=asked)
    assert ("CloudWatch Logs Insights" in markdown_report(samples.run_of([failed]))) is is_shown


def test_results__the_same_answer_twice_is_told_once() -> None:
    """A confirmed failure has its two times, and its text once more than the subject needs it."""
    attempts = tuple(Asking(status=Status.FAIL, expected="200", seen="answered 502", duration_ms=ms) for ms in (9, 14))
    failed = samples.result("x", Status.FAIL, seen="answered 502", attempts=attempts)
    assert "- Asked 2 times: the same each time (9 ms, 14 ms)\n" in markdown_report(samples.run_of([failed]))


def test_ways__that_are_the_same_stand_together() -> None:
    """Three requests, two ways: the second is told once, with both of its URLs."""
    ways = section(markdown_report(diagnosed.two_on_one_way()), "The ways of the failing requests")
    assert ways.count("<details>") == 2
    assert "<summary>https://registry.example/live and 1 more (2 checks)</summary>" in ways
    assert "- https://registry.example/version\n" in ways


def test_results__stack_trace_is_folded_as_given() -> None:
    """A crash of a check shows its trace, in a folded block."""
    report = markdown_report(samples.blind())
    trace = "Traceback (most recent call last):\n  File \"x.py\", line 1\nKeyError: 'x'"
    assert f"```text\n{trace}\n```\n\n</details>" in report


def test_latency__worst_share_of_its_budget_first() -> None:
    """The row that matters is on top."""
    table = section(markdown_report(samples.failing()), "Latency against budgets").splitlines()
    assert table[2] == "| infrastructure_health.endpoint.api-health | 1500 ms | 1000 ms | 150 % |"
    assert table[-1] == "| infrastructure_health.endpoint.auth-health | 14 ms | 1000 ms | 1 % |"


def test_latency__is_told_beside_what_is_usual() -> None:
    """Median and 95th percentile of seven days, and what is far above them; a check that is new has none."""
    told = section(markdown_report(samples.failing(), month.history()), "Latency against budgets")
    row = next(line for line in told.splitlines() if line.startswith("| infrastructure_health.endpoint.api-health |"))
    assert row == "| infrastructure_health.endpoint.api-health | 1500 ms | 1000 ms | 150 % | 29 ms | 29 ms |"
    assert "| infrastructure_health.endpoint.api-ready | 80 ms | 1000 ms | 8 % | – | – |" in told
    assert (
        "- infrastructure_health.endpoint.api-health took 1500 ms; in 95 of 100 of 613 runs it took at most 29 ms"
        in told
    )
    assert "Nothing was much slower." in markdown_report(samples.healthy(), month.history())
    assert "What is usual is not known yet" in markdown_report(samples.failing(), HistoryDocument())


def test_appendix__says_what_the_run_took() -> None:
    """Requests of the platform by host, calls of AWS by operation, and what Lambda bills of it."""
    cost = Cost(
        requests={"auth.example": 5, "api.example": 37}, memory_mb=1024, aws_calls={"ecs:ListTasks": 2, "s3:Get": 1}
    )
    run = samples.healthy().model_copy(update={"cost": cost, "duration_ms": 2500.0})
    told = section(markdown_report(run), "Appendix")
    assert "1024 MB: 2.5 GB-seconds" in told
    assert "it made 42 requests of the platform over HTTP and 3 calls of AWS" in told
    assert "| api.example | 37 |" in told and "| ecs:ListTasks | 2 |" in told


def test_cost__is_what_lambda_bills_and_what_the_platform_was_asked() -> None:
    """512 MB for two seconds are a gigabyte second; from a terminal nothing is billed."""
    run = samples.healthy().model_copy(update={"duration_ms": 2000.0})
    cost = Cost(requests={"api.example": 42}, memory_mb=512)
    appendix = section(markdown_report(run.model_copy(update={"cost": cost})), "Appendix")
    assert "The function has 512 MB: 1.0 GB-seconds" in appendix
    assert "| api.example | 42 |" in appendix
    elsewhere = cost.model_copy(update={"memory_mb": None})
    assert "GB-seconds" not in markdown_report(run.model_copy(update={"cost": elsewhere}))


def test_leftovers_and_skipped__are_told_with_their_reason() -> None:
    """What stayed behind can be found by its id; what was not asked says why."""
    left = section(markdown_report(samples.blind()), "Left behind by the monitor")
    assert "| model version | 7 | answered 400: the proxy lost the body |" in left
    skipped = section(markdown_report(samples.failing()), "Skipped")
    assert skipped.endswith("was not asked: only from inside the VPC")


def test_observations__are_told_after_what_was_skipped_with_where_they_are_known_from() -> None:
    """They are no failures; a known one says so, and what a platform writes steers nothing."""
    seen = (
        Observation(subject="GET https://api.example/old", told="answered 404", known_from="measured"),
        Observation(subject="GET https://api.example/new", told="now answered 200: <b>*x*</b>"),
    )
    report = markdown_report(samples.healthy().model_copy(update={"observations": seen}))
    assert section(report, "Observations").splitlines()[2:] == [
        "- GET https://api.example/old answered 404 (known: measured)",
        "- GET https://api.example/new now answered 200: &lt;b&gt;\\*x\\*&lt;/b&gt;",
    ]
    assert report.index("## Skipped") < report.index("## Observations") < report.index("## Left behind")


def test_observations__none_is_told_as_such() -> None:
    """The section is always there."""
    assert section(markdown_report(samples.healthy()), "Observations").endswith("Nothing was observed.")
