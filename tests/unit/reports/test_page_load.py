"""What a performance run measured, on its page: distributions against what is promised, and what was got through."""

from registry_monitor.model import Result, Status, SuiteName
from registry_monitor.reports.page import index_page
from registry_monitor.reports.page_load import Distribution, load_figures
from registry_monitor.run import Run
from registry_monitor.suites.load_figures import Load, Registration
from registry_monitor.suites.load_judging import judge_throughput, judge_time
from registry_monitor.target import Performance
from tests.unit.reports import samples
from tests.unit.reports.html_structure import elements, text_of

PERFORMANCE = SuiteName.PERFORMANCE
LEVELS = Performance(registration_s=2.0)


def measured(*stage_ms: float) -> Run:
    """A performance run whose registrations took so long in each of two stages, as the suite itself judges them."""
    load = Load(tuple(Registration({"run": each, "register": 3 * each}) for each in stage_ms), wall_s=1.5)
    figures = {"asked": 20, "wrong": 0, "p50_ms": 4.0, "p95_ms": 9.0, "p99_ms": 12.0}
    health = samples.result("health.api-health", suite=PERFORMANCE, service="api", latency_ms=9.0, evidence=figures)
    outcomes = {"registration-time": judge_time(load, LEVELS), "throughput": judge_throughput(load, LEVELS)}
    return samples.run_of([*(told(name, outcome) for name, outcome in outcomes.items()), health], suites=(PERFORMANCE,))


def told(name: str, outcome: object) -> Result:
    """An outcome as the runner keeps it."""
    known = {key: getattr(outcome, key) for key in ("seen", "expected", "evidence", "latency_ms", "budget_ms")}
    return samples.result(name, Status.PASS, suite=PERFORMANCE, subject="The throughput", **known)


def test_figures__are_those_of_the_suite() -> None:
    """Each stage and the whole registration by percentiles, the whole one against its level; then the endpoints."""
    found = load_figures(measured(100.0, 200.0, 300.0))
    assert found is not None
    stages, health = found.plots
    assert stages.rows == (
        Distribution("run", 200.0, 300.0, 300.0, None),
        Distribution("register", 600.0, 900.0, 900.0, None),
        Distribution("registration", 800.0, 1200.0, 1200.0, 2000.0),
    )
    assert (stages.top_ms, stages.x(2000.0), stages.x(800.0)) == (2000.0, 600, 240)
    assert health.rows == (Distribution("api-health", 4.0, 9.0, 12.0, 1000.0),)
    assert found.throughput is not None and "was 120 registrations a minute (3 in 1.50 s)" in found.throughput


def test_page__of_a_performance_run_draws_them() -> None:
    """With the values in words beside each drawing; a run without load has no such part."""
    page = index_page(measured(100.0), ("run.json",))
    labels = [
        value or "" for tag, pairs in elements(page) if tag == "svg" for key, value in pairs if key == "aria-label"
    ]
    assert "registration: 400 ms, 400 ms and 400 ms; allowed are 2000 ms" in labels
    assert "Under load" in text_of(page)
    assert load_figures(samples.healthy()) is None
    assert "Under load" not in text_of(index_page(samples.healthy(), ("run.json",)))


def test_figures__of_a_load_that_failed_are_none() -> None:
    """Nothing was measured, and nothing is drawn."""
    blocked = samples.result("registration-time", Status.BLOCKED, suite=PERFORMANCE, blocked_by="x")
    assert load_figures(samples.run_of([blocked], suites=(PERFORMANCE,))) is None
