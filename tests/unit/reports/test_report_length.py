"""A report of many failures can still be read: what is alike is told once, and nothing is lost."""

from registry_monitor.model import Asking, Result, Status
from registry_monitor.reports.alike import told_whole, traces
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.reports.tidying import tidied
from tests.unit.reports import samples
from tests.unit.reports.test_comparing import cause
from tests.unit.reports.test_markdown import section

REFUSED = "answered 502 (written by the load balancer)"


def failed(number: int, status: int = 502, **more: object) -> Result:
    url = f"https://api.example/{number}"
    evidence = {"url": url, "status": status, "written_by": "load balancer", "body": "x\n" * 40}
    attempts = (Asking(status=Status.FAIL, expected="200", seen=REFUSED, duration_ms=9.0),)
    return samples.result(
        f"endpoint.e{number}",
        Status.FAIL,
        service="api",
        seen=REFUSED,
        evidence=evidence,
        attempts=attempts,
        **more,  # type: ignore[arg-type]  # names of a result's fields
    )


def test_alike__are_failures_of_one_cause_with_one_answer() -> None:
    """Another status or another cause is told for itself."""
    results = [failed(0), failed(1), failed(2, 504), failed(3)]
    run = samples.run_of(results).model_copy(update={"findings": (cause("a", results[3].check_id),)})
    ids = [result.check_id for result in results]
    assert told_whole(run) == {ids[0]: ids[0], ids[1]: ids[0], ids[2]: ids[2], ids[3]: ids[3]}


def test_results__of_fifty_alike_have_one_evidence_and_fifty_log_queries() -> None:
    """The evidence stands once; each has its request id, with which its own line in the log is found."""
    report = markdown_report(samples.run_of([failed(number) for number in range(50)]))
    results = section(report, "Results")
    assert results.count("<summary>Evidence of") == 1
    assert "<details><summary>49 more failed like one that is told whole</summary>" in results
    for number in range(50):
        assert f"{samples.RUN_ID}-infrastructure_health.endpoint.e{number}" in results
    assert len(report.splitlines()) < 400


def test_traces__stand_once_each_with_their_checks() -> None:
    """The same crash of two checks is one trace, whole, in the appendix."""
    trace = "Traceback (most recent call last):\n\n\n  two blank lines above"
    results = [samples.result(name, Status.UNKNOWN, trace=trace) for name in ("a", "b")]
    assert traces(results) == [(trace, ["infrastructure_health.a", "infrastructure_health.b"])]
    appendix = section(markdown_report(samples.run_of(results)), "Appendix")
    assert appendix.count(f"```text\n{trace}\n```") == 1


def test_latencies__beyond_the_worst_stand_in_the_appendix() -> None:
    """Twenty rows can be read; the others are not lost."""
    results = [samples.result(f"endpoint.e{number}", latency_ms=1.0 + number) for number in range(30)]
    report = markdown_report(samples.run_of(results))
    assert "The worst 20 of 30; all stand in the appendix." in section(report, "Latency against budgets")
    assert "| infrastructure_health.endpoint.e0 | 4 ms | 12 ms | 1× | 1 ms | 1000 ms |" in report


def test_blank_lines__stand_around_headings_and_never_double() -> None:
    """What is in a fenced block stays as it is."""
    assert tidied("\n# a\nb\n\n\n\n## c\n```sh\n# d\n\n\ne\n```\n") == ("# a\n\nb\n\n## c\n\n```sh\n# d\n\n\ne\n```\n")
