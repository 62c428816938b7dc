"""``MODEL_REGISTRATION_TEST_REPORT.md``: the report for people. The templates order it; the words are made here.

Every value that a template prints passes ``escaping.markdown``; only Markup (its own macros, fenced blocks) does not.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from registry_monitor.model import Result, Score, Status, SuiteName, Verdict
from registry_monitor.reports.availability import is_request_check, service_rows
from registry_monitor.reports.escaping import fenced, html, json_text, markdown, shortened
from registry_monitor.reports.registration import registration_sentence
from registry_monitor.run import Run, Symptom
from registry_monitor.target import Thresholds

_HEADLINES = {
    Verdict.HEALTHY: "everything that was asked is right",
    Verdict.FAILING: "the platform does not do what its users need",
    Verdict.BLIND: "nothing wrong was seen, but too much could not be found out",
}


def markdown_report(run: Run) -> str:
    """The text of the report."""
    return (
        _environment()
        .get_template("MODEL_REGISTRATION_TEST_REPORT.md.j2")
        .render(
            run=run,
            Status=Status,
            headline=_headline(run),
            registration=registration_sentence(run),
            services_hit=_services_hit(run),
            results_by_id={result.check_id: result for result in run.results},
            unknowns=_unknowns(run),
            services=service_rows(run),
            by_latency=_by_latency(run.results),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # Markup marks what is safe already; anything that is not is escaped by `finalize`
        finalize=markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "pct": _pct,
        "ms": _ms,
        "utc": _utc,
        "html": html,
        "fenced": fenced,
        "evidence": _evidence,
        "shortened": shortened,
        "dash": lambda value: "–" if value is None else value,
        "plural": _plural,
        "short_id": lambda check_id: check_id.partition(".")[2] or check_id,  # without its suite
    }
    environment.tests["request"] = is_request_check
    environment.globals |= {"threshold_of": _threshold_of, "against": _against, "symptom_text": _symptom_text}
    return environment


def _headline(run: Run) -> str:
    if run.score.coverage_pct is None:
        return "nothing was asked, so nothing is known"
    return _HEADLINES[run.verdict]


def _pct(value: float | None) -> str:
    return "no data" if value is None else f"{value:g} %"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _evidence(result: Result) -> str:
    """The evidence as run.json has it."""
    stored = result.model_dump(mode="json", include={"evidence"})
    return fenced(json_text(stored["evidence"]).rstrip("\n"), "json")


def _threshold_of(suite: SuiteName, score: Score, thresholds: Thresholds) -> str:
    """The threshold of a suite's score, and whether it is met; a dash for a suite that has none."""
    wanted = {
        SuiteName.INFRASTRUCTURE_HEALTH: thresholds.infrastructure_score_pct,
        SuiteName.AUTHENTICATION: thresholds.authentication_score_pct,
        SuiteName.MODEL_REGISTRATION_FLOW: thresholds.registration_score_pct,
    }.get(suite)
    return "–" if wanted is None else _against(score.score_pct, wanted)


def _against(value: float | None, wanted: float) -> str:
    if value is None:
        return _pct(wanted)
    return f"{_pct(wanted)}, {'met' if value >= wanted else 'missed'}"


def _symptom_text(symptom: Symptom, results: dict[str, Result]) -> tuple[str, str]:
    """A symptom in two parts: who, and what is wrong with it and what was expected."""
    result = results.get(symptom.check_id)
    if result is None:
        return symptom.subject, symptom.statement
    seen, expected = shortened(result.seen, 240).rstrip("."), shortened(result.expected, 160).rstrip(".")
    return symptom.subject, f"{seen}. Expected: {expected}. Cause not diagnosed."


def _services_hit(run: Run) -> str:
    """Each service with checks that did not pass, and how many of how many: "auth (3 of 7 checks)"."""
    asked = Counter(result.service for result in run.results if result.status is not Status.SKIPPED)
    hit = Counter(result.service for result in run.results if result.status.is_not_passed)
    names = [service.role for service in run.target.services if hit[service.role]]
    return ", ".join(f"{name} ({hit[name]} of {_plural(asked[name], 'check')})" for name in names)


def _unknowns(run: Run) -> list[tuple[str, list[Result]]]:
    """What could not be found out, by reason: one denied API call is told once, with all that it hides."""
    by_reason: dict[str, list[Result]] = {}
    for result in run.of_status(Status.UNKNOWN):
        by_reason.setdefault(result.seen, []).append(result)
    return sorted(by_reason.items(), key=lambda entry: -len(entry[1]))


def _by_latency(results: Iterable[Result]) -> list[tuple[Result, float | None]]:
    """Results that have a latency, with its share of the budget in percent; the worst first."""
    rows = [
        (result, 100 * result.latency_ms / result.budget_ms if result.budget_ms else None)
        for result in results
        if result.latency_ms is not None
    ]
    return sorted(rows, key=lambda row: -1.0 if row[1] is None else row[1], reverse=True)
