"""What people read while a drill goes on: verdicts, alarms, pages as SNS delivers them, notices, the fix."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from registry_monitor.finding import Finding
from registry_monitor.incident import Step
from registry_monitor.model import Status
from registry_monitor.reports.notice import Notice
from registry_monitor.run import Run
from tests.alarms.cloudwatch import State
from tests.alarms.deployed import PAGE
from tests.alarms.region import Region

_REGION = "US East (N. Virginia)"
_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"


class Messages:
    """What has been told of a region and its runs, and what is new. ``epoch``: second 0."""

    def __init__(self, region: Region, epoch: datetime, say: Callable[[str], None]) -> None:
        self._region = region
        self._epoch = epoch
        self._say = say
        self.last_step: Step | None = None  # of the last notice that was told
        self._transitions = 0
        self._notices = 0
        self._due: list[tuple[float, Notice]] = []
        self._verdicts: dict[str, str] = {}

    def tell_at(self, at_s: float, text: str) -> None:
        """One line, with its time of day."""
        self._say(f"{self._moment(at_s):%H:%M:%S}  {text}")

    def tell_news(
        self, until_s: float, runs: Sequence[Run], notices: Sequence[tuple[float, Notice]]
    ) -> list[tuple[float, State]]:
        """Tell, in their order, what has changed since the last time; return the pages that were delivered."""
        self._due += notices[self._notices :]
        self._notices = len(notices)
        news = [*self._verdicts_changed(runs), *self._noticed(until_s)]
        pages: list[tuple[float, State]] = []
        cause = ""
        for at_s, name, state in self._region.transitions[self._transitions :]:
            if name in self._region.composites:
                description = self._region.composites[name].description
                reason = f"{_ARN}{cause} at {self._moment(at_s):%A %d %B, %Y %H:%M:%S} UTC"
                page = page_text(name, description, state, reason)
                news.append((at_s, f"alarm {name}: {state}\n{framed(f'SNS delivers from {PAGE}', page)}"))
                pages.append((at_s, state))
            else:
                cause = f"{name} transitioned to {state}"
                news.append((at_s, f"alarm {name}: {state}"))
        self._transitions = len(self._region.transitions)
        for at_s, text in sorted(news, key=lambda each: round(each[0])):
            self.tell_at(at_s, text)
        return pages

    def tell_fix(self, runs: Sequence[Run]) -> None:
        """What the newest run that knows a cause says that mends it."""
        cause = next((run.causes[0] for run in reversed(runs) if run.causes), None)
        if cause:
            self._say(framed("The fix, from the report", fix_text(cause)))

    def _verdicts_changed(self, runs: Sequence[Run]) -> list[tuple[float, str]]:
        """The last run of each depth, where its verdict is another one than before."""
        changed = []
        for run in runs:
            verdict = f"{run.verdict} ({len(run.of_status(Status.FAIL))} checks fail)"
            if self._verdicts.get(run.trigger.depth) != verdict:
                self._verdicts[run.trigger.depth] = verdict
                ended_s = (run.started_at - self._epoch).total_seconds() + run.duration_ms / 1000
                changed.append((ended_s, f"{run.trigger.depth} run: {verdict}"))
        return changed

    def _noticed(self, until_s: float) -> list[tuple[float, str]]:
        """Those of runs that have ended: one is made as soon as its run, which ends some simulated seconds later."""
        new = [(at_s, each) for at_s, each in self._due if at_s < until_s]
        self._due = [(at_s, each) for at_s, each in self._due if at_s >= until_s]
        self.last_step = new[-1][1].step if new else self.last_step
        return [(at_s, f"notice\n{framed('SNS delivers from NoticeTopic', notice_text(each))}") for at_s, each in new]

    def _moment(self, at_s: float) -> datetime:
        return self._epoch + timedelta(seconds=at_s)


def page_text(alarm: str, description: str, state: State, reason: str) -> str:
    """The e-mail of an alarm, without its links.

    AWS documents the reason (CloudWatch user guide, "Alarm events and EventBridge"), not the words around it.
    """
    return "\n".join(
        [
            f'Subject: {state}: "{alarm}" in {_REGION}',
            "",
            f'You are receiving this email because your Amazon CloudWatch Alarm "{alarm}" in the {_REGION} region has',
            f'entered the {state} state, because "{reason}".',
            "",
            f"- Description: {description}",
        ]
    )


def notice_text(notice: Notice) -> str:
    """The e-mail of a notice."""
    return f"Subject: {notice.subject}\n\n{notice.body}"


def fix_text(finding: Finding) -> str:
    """What mends a cause, as its report has it."""
    told = [finding.statement, f"Fix: {finding.fix.told}"]
    if finding.fix.hcl:
        told.append(finding.fix.hcl)
    if finding.fix.verify:
        told.append(f"Verify: {finding.fix.verify}")
    return "\n".join(told)


def framed(title: str, text: str) -> str:
    """A text that somebody receives, with what it is above it."""
    lines = "\n".join(f"    | {line}".rstrip() for line in text.splitlines())
    return f"    {title}\n{lines}"
