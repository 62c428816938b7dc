"""``INFRASTRUCTURE_ISSUES.md``: what whoever changes the infrastructure has to do, in which order, and why."""

import re
from functools import cache
from typing import TYPE_CHECKING

from registry_monitor.finding import Finding
from registry_monitor.model import Result
from registry_monitor.reports.availability import is_request_check
from registry_monitor.reports.findings import Findings, met_next, unread_facts
from registry_monitor.reports.in_short import in_short
from registry_monitor.reports.markdown import symptom_text, unknowns
from registry_monitor.reports.templating import new_environment, plural
from registry_monitor.run import Run

if TYPE_CHECKING:
    from jinja2 import Environment

_ANSWERED = re.compile(r"\banswered (\d{3})\b")  # as every check tells of an answer


def issues_document(run: Run) -> str:
    """The text of the document."""
    found = Findings.of(run)
    results = {result.check_id: result for result in run.results}
    text = (
        _environment()
        .get_template("INFRASTRUCTURE_ISSUES.md.j2")
        .render(
            run=run,
            found=found,
            in_short=in_short(run, found),
            met_next=met_next(run),
            has_unknown_address=any(_has_type_alone(finding) for finding in found.platforms),
            felt_at={finding.key: felt_at(finding, results) for finding in run.findings},
            results_by_id=results,
            unchecked=unchecked(run),
        )
    )
    return f"{text.strip()}\n"


@cache
def _environment() -> "Environment":
    made = new_environment()
    made.globals |= {"http_status": http_status, "endpoint": endpoint, "symptom_text": symptom_text}
    return made


def _has_type_alone(finding: Finding) -> bool:
    return finding.terraform is not None and "." not in finding.terraform.address


def unchecked(run: Run) -> list[str]:
    """What could not be found out, each reason once: of AWS, and of the checks that such a reason does not explain."""
    unread = list(unread_facts(run.inventory))
    return unread + [
        f"{plural(len(results), 'check')} {reason}"
        for reason, results in unknowns(run)
        if not any(told in reason for told in unread)
    ]


def felt_at(finding: Finding, results: dict[str, Result]) -> list[Result]:
    """One result for each endpoint or subject that a finding explains: requests first, since users meet those."""
    explained = [results[check] for check in finding.explains if check in results]
    felt: dict[str, Result] = {}
    for result in sorted(explained, key=lambda each: not is_request_check(each)):
        felt.setdefault(str(result.evidence.get("url", result.subject)), result)
    return list(felt.values())


def endpoint(result: Result) -> str:
    """The subject, which may be a request; or the URL that was asked, where the subject does not tell it."""
    url = result.evidence.get("url")
    return url if isinstance(url, str) and url not in result.subject else result.subject


def http_status(result: Result) -> str:
    """The status of the answer, why there was none, or a dash where no request was made."""
    status, error = result.evidence.get("status"), result.evidence.get("error")
    if isinstance(status, int):
        return str(status)
    if isinstance(error, str):
        return f"no answer: {error}"
    answered = _ANSWERED.search(result.seen)
    return answered[1] if answered else "–"
