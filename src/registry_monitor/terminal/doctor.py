"""`doctor`: whether a run would have all that it needs, from here and with these credentials. It changes nothing."""

from collections.abc import Iterator

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.vantage import is_inside_vpc
from registry_monitor.redaction import Redactor
from registry_monitor.target import Target
from registry_monitor.terminal.doctor_aws import AwsExamination
from registry_monitor.terminal.doctor_lines import Line
from registry_monitor.terminal.doctor_network import host_lines

NOTHING_MISSING = 0
WOULD_BE_BLIND = 3  # as a run that could not find out


def doctor_from_terminal(target: Target, reports_bucket: str | None) -> int:
    """Look, and print a line for each thing; the exit code: 0 nothing is missing, 3 a run would be blind there."""
    redactor = Redactor()
    counted = {"ok": 0, "WRONG": 0, "skipped": 0}
    for line in _lines(target, reports_bucket, redactor):
        counted[line.word] += 1
        told = " ".join(line.told.split())  # AWS's own words may have several lines
        print(redactor.text(f"{line.word:8}{line.subject}: {told}"))
    print(f"\n{counted['ok']} ok, {counted['WRONG']} wrong, {counted['skipped']} skipped.")
    if counted["WRONG"]:
        print("What is WRONG says what to do about it; a run would be blind there.")
        return WOULD_BE_BLIND
    print("Nothing is missing: start with python -m registry_monitor run --depth light")
    return NOTHING_MISSING


def _lines(target: Target, reports_bucket: str | None, redactor: Redactor) -> Iterator[Line]:
    connect_to(target.connect_to)
    is_inside = is_inside_vpc(endpoint.url for endpoint in target.endpoints if endpoint.inside_vpc)
    yield Line("ok", "This place", f"{'inside' if is_inside else 'outside'} the VPC")
    aws = AwsExamination(target, reports_bucket, redactor)
    yield from aws.lines()
    yield from host_lines(target, aws.inventory.snapshot(), is_inside_vpc=is_inside)
