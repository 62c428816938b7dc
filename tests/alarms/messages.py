"""What people read when an alarm rings, and when it is over. Pure."""

from registry_monitor.finding import Finding
from registry_monitor.reports import REPORT, render
from registry_monitor.run import Run
from tests.alarms.cloudwatch import State

_REGION = "US East (N. Virginia)"


def page_text(alarm: str, description: str, state: State, reason: str) -> str:
    """The e-mail that SNS sends for an alarm, without its links. CloudWatch's wording, which is not documented."""
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


def notice_text(run: Run) -> str:
    """What explains a page: the first screen of the report. The monitor's own notice belongs here."""
    first_screen, _, _ = render(run)[REPORT].partition("\n## ")
    return first_screen.strip()


def fix_text(finding: Finding) -> str:
    """What mends a cause, as its report has it."""
    told = [f"{finding.statement}.", f"Fix: {finding.fix.told}"]
    if finding.fix.hcl:
        told.append(finding.fix.hcl)
    if finding.fix.verify:
        told.append(f"Verify: {finding.fix.verify}")
    return "\n".join(told)
