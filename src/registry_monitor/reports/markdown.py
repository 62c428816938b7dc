"""``MODEL_REGISTRATION_TEST_REPORT.md``: the report for people. The templates order it; the words are made here."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from registry_monitor.finding import Finding, Hop, RequestPath
from registry_monitor.incident import Incident, Standing
from registry_monitor.model import Result, Score, Status, SuiteName
from registry_monitor.reports.alike import told_whole, traces
from registry_monitor.reports.availability import is_request_check, service_rows
from registry_monitor.reports.escaping import shortened
from registry_monitor.reports.findings import Findings, finding_by_check, headline, met_next, unread_facts, whom_to_wake
from registry_monitor.reports.in_short import in_short
from registry_monitor.reports.latency import latency_table
from registry_monitor.reports.notice import duration
from registry_monitor.reports.registration import registration_sentence
from registry_monitor.reports.success_criteria import success_criteria
from registry_monitor.reports.templating import commands, new_environment, pct, plural
from registry_monitor.reports.tidying import tidied
from registry_monitor.run import Run, Symptom
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.target import Thresholds

if TYPE_CHECKING:
    from jinja2 import Environment

_AFTER_FORWARDING = (502, 504)  # a load balancer's own answers to a request that a service may have got
_SHOWN_WHOLE = 3  # causes on the first screen; the rest have a line each
_TOP_FIXES = 5


def markdown_report(run: Run, history: HistoryDocument | None = None) -> str:
    """The text of the report. ``history``: with what it says is usual, latencies are compared."""
    found, whole = Findings.of(run), told_whole(run)
    text = (
        _environment()
        .get_template("MODEL_REGISTRATION_TEST_REPORT.md.j2")
        .render(
            run=run,
            standing=run.standing or Standing(),
            Status=Status,
            SHOWN_WHOLE=_SHOWN_WHOLE,
            TOP=_TOP_FIXES,
            found=found,
            in_short=in_short(run, found),
            verifying=_verifying(found.platforms[:_TOP_FIXES]),
            criteria=success_criteria(run),
            cause_of=defaultdict(lambda: None, finding_by_check(run)),
            told_whole=whole,
            wholes=set(whole.values()),
            traces=traces(run.results),
            met_next=met_next(run),
            open_doors={symptom.check_id for symptom in run.symptoms if symptom.is_security_failure},
            headline=headline(run),
            wake=whom_to_wake(run),
            registration=registration_sentence(run),
            services_hit=services_hit(run),
            results_by_id={result.check_id: result for result in run.results},
            unknowns=unknowns(run),
            unread=unread_facts(run.inventory),
            changes=run.changes,
            services=service_rows(run),
            ways=_ways(run.paths),
            latency=latency_table(run, history),
        )
    )
    return tidied(text)


@cache
def _environment() -> "Environment":
    made = new_environment()
    made.tests |= {"request": is_request_check, "logged": may_be_logged}
    made.globals |= {
        "threshold_of": _threshold_of,
        "against": _against,
        "symptom_text": symptom_text,
        "lasting": _lasting,
    }
    return made


def _verifying(findings: Iterable[Finding]) -> str:
    """One block to copy from: what verifies each fix, below its number."""
    told = [
        f"# {number}. {shortened(finding.statement, 120)}\n{commands(finding) or '# nothing to type: look at it'}"
        for number, finding in enumerate(findings, start=1)
    ]
    return "\n".join(told)


def _lasting(incident: Incident) -> str:
    """How long an incident has been seen; of the first run there is no more than that."""
    time = incident.last_seen - incident.first_seen
    return f"for {duration(time)}" if time else "by this run first"


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
        return pct(wanted)
    return f"{pct(wanted)}, {'met' if value >= wanted else 'missed'}"


def symptom_text(symptom: Symptom, results: dict[str, Result]) -> tuple[str, str]:
    """A symptom in two parts: who, and what is wrong with it and what was expected."""
    result = results.get(symptom.check_id)
    if result is None:
        return symptom.subject, symptom.statement
    seen, expected = shortened(result.seen, 240).rstrip("."), shortened(result.expected, 160).rstrip(".")
    return symptom.subject, f"{seen}. Expected: {expected}."


def services_hit(run: Run) -> str:
    """Each service with checks that did not pass, and how many of how many: "auth (3 of 7 checks)"."""
    asked = Counter(result.service for result in run.results if result.status is not Status.SKIPPED)
    hit = Counter(result.service for result in run.results if result.status.is_not_passed)
    names = [service.role for service in run.target.services if hit[service.role]]
    return ", ".join(f"{name} ({hit[name]} of {plural(asked[name], 'check')})" for name in names)


def may_be_logged(result: Result) -> bool:
    """Whether a service may have a line of a request: not where the load balancer answered in its place."""
    evidence = result.evidence
    is_sent = "url" in evidence or any("://" in asked for asked in result.asked)
    is_kept_out = evidence.get("error") == "refused" or (
        evidence.get("written_by") == "load balancer" and evidence.get("status") not in _AFTER_FORWARDING
    )
    return is_request_check(result) and is_sent and not is_kept_out


def unknowns(run: Run) -> list[tuple[str, list[Result]]]:
    """What could not be found out, by reason: one denied API call is told once, with all that it hides."""
    by_reason: dict[str, list[Result]] = {}
    for result in run.of_status(Status.UNKNOWN):
        by_reason.setdefault(result.seen, []).append(result)
    return sorted(by_reason.items(), key=lambda entry: -len(entry[1]))


def _ways(paths: Iterable[RequestPath]) -> list[list[RequestPath]]:
    """The ways of failing requests, those with the same hops together."""
    ways: dict[tuple[Hop, ...], list[RequestPath]] = {}
    for path in paths:
        ways.setdefault(path.hops, []).append(path)
    return list(ways.values())
