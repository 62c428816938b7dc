"""A notice: what on-call reads of one step of an incident. The alarm wakes; the notice explains. Pure.

Amazon SNS API Reference, Publish: a subject is ASCII, begins with a letter, a digit or punctuation, has no line break
or control character, and fewer than 100 characters; a message has at most 256 KB.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from registry_monitor.finding import Finding
from registry_monitor.incident import Incident, Step
from registry_monitor.reports.escaping import one_line, shortened
from registry_monitor.run import Run

_LONGEST_SUBJECT = 99
_LONGEST_LINE = 700
_MOST_TOLD = 6
_WORDS = {
    Step.OPENED: "FAILING",
    Step.CHANGED: "CAUSE CHANGED",
    Step.REMINDER: "STILL FAILING",
    Step.RESOLVED: "RESOLVED",
}
_CONSOLES = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
_CONSOLE = "console.aws.amazon.com"


@dataclass(frozen=True)
class Notice:
    """What is published of one step. ``incident``: the key that all notices of an incident share."""

    subject: str
    body: str
    incident: str
    step: Step


def notice(incident: Incident, run: Run, step: Step, report: str | None = None, link: str | None = None) -> Notice:
    """The notice of a step of an incident, as a run tells it.

    ``report``: the S3 URI of the run's report. ``link``: a line with a link that opens it without the console.
    """
    key = f"{run.target.name}/{incident.id}"
    word = f"MONITOR {_WORDS[step]}" if incident.is_monitors_own else _WORDS[step]
    finding = next((each for each in run.findings if each.key == incident.cause.key), None)
    lines = [
        f"{run.target.name}: {word}",
        "",
        *_told(incident, step),
        *(_explained(incident, finding) if step is not Step.RESOLVED else []),
        *_others(incident, run),
        "",
        f"Report: {report or 'none was written'}",
        *([f"Console: {console_link(report, run.target.region)}"] if report else []),
        f"Runbook: {one_line(incident.cause.runbook)}",
        f"Incident: {key}",
        f"Run: {run.run_id} ({run.trigger.depth}, {run.trigger.reason})",
    ]
    body = "\n".join(shortened(line, _LONGEST_LINE) if line.strip() else "" for line in lines) + "\n"
    if link:  # whole: a link that is cut opens nothing
        body += f"Link: {one_line(link)}\n"
    return Notice(
        subject=subject_line(f"{word} {run.target.name}: {incident.cause.statement}"),
        body=body,
        incident=key,
        step=step,
    )


def console_link(report: str, region: str) -> str:
    """Where the console of AWS shows an object, given its S3 URI: whoever may read it can open it."""
    bucket, _, key = report.removeprefix("s3://").partition("/")
    console = next((host for start, host in _CONSOLES.items() if region.startswith(start)), _CONSOLE)
    return f"https://{console}/s3/object/{quote(bucket)}?region={quote(region)}&prefix={quote(key, safe='/')}"


def duration(time: timedelta) -> str:
    """A duration for people: "3 d 4 h", "2 h 10 min", "4 min"."""
    minutes = max(0, round(time.total_seconds() / 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def subject_line(told: str) -> str:
    """A subject that SNS takes: marks of letters are dropped, what has no letter in ASCII becomes a question mark."""
    text = one_line(told)
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    text = plain.encode("ascii", "replace").decode("ascii")
    return text if len(text) <= _LONGEST_SUBJECT else f"{text[: _LONGEST_SUBJECT - 3].rstrip()}..."


def _told(incident: Incident, step: Step) -> list[str]:
    """What is wrong, or was, since when, and for whom."""
    lines = [f"Impact: {each}" for each in incident.impact[:3]]
    if not lines:
        suites = ", ".join(incident.suites)
        lines = [f"Impact: not known in words; what fails is of {suites or 'no suite'}"]
    confidence = incident.cause.confidence or "not diagnosed"
    lines.append(f"Cause: {one_line(incident.cause.statement)} ({confidence})")
    if step is Step.CHANGED and len(incident.causes) > 1:
        lines.append(f"Before: it was put down to: {one_line(incident.causes[-2].statement)}")
    lines.append(f"Since: {_utc(incident.first_seen)}, for {duration(_age(incident))}")
    if step is Step.RESOLVED and incident.ended_at:
        lines.append(f"Over: {_utc(incident.ended_at)}; the checks that failed of it have passed again")
    return lines


def _explained(incident: Incident, finding: Finding | None) -> list[str]:
    """Proof, last change and fix; of an incident that this run does not diagnose, where to look."""
    changed = [f"Changed: {each}" for each in (finding.changed if finding else incident.cause.changed)[:3]]
    if finding is None:
        told = "no finding of this run explains it: the report has what was seen, and the log query of each failure"
        return [*changed, f"Fix: {told}"]
    verify = [f"Verify: {one_line(finding.fix.verify)}"] if finding.fix.verify else []
    caution = [f"Caution: {one_line(finding.fix.caution)}"] if finding.fix.caution else []
    address = [f"Terraform: {finding.terraform.address}"] if finding.terraform else []
    proofs = [f"Proof: {one_line(each.told)} ({one_line(each.source)})" for each in finding.proofs[:2]]
    return [*proofs, *changed, f"Fix: {one_line(finding.fix.told)}", *address, *caution, *verify]


def _others(incident: Incident, run: Run) -> list[str]:
    """The victims of the cause, by name, and what else goes on."""
    failing = [check.check_id for check in incident.checks if check.clean_runs == 0]
    more = f" and {len(failing) - _MOST_TOLD} more" if len(failing) > _MOST_TOLD else ""
    lines = [f"Failing: {', '.join(failing[:_MOST_TOLD])}{more}"] if failing else []
    standing = run.standing
    others = [each for each in (standing.incidents if standing else ()) if each.id != incident.id]
    lines += [f"Also open: {one_line(each.cause.statement)}" for each in others[:3]]
    excuses = standing.excuses if standing else ()
    lines += [f"Excused: {each.kind}: {one_line(each.reason)}" for each in excuses[:3]]
    return lines


def _age(incident: Incident) -> timedelta:
    return (incident.ended_at or incident.last_seen) - incident.first_seen


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
