"""The drill on recorded runs, and what on-call reads in it."""

import pytest

from registry_monitor.finding import Fix
from registry_monitor.incident import Step
from registry_monitor.model import Verdict
from registry_monitor.reports.notice import Notice
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict
from tests.alarms.drill import Drill
from tests.alarms.messages import fix_text
from tests.alarms.recordings import HEALTHY, read_recordings
from tests.alarms.simulated_runs import Asked, Platform
from tests.alarms.weather import Weather
from tests.unit.reports.diagnosed import finding

OPENED = Notice("FAILING: the database", "Impact: nobody can register\n", "target/1", Step.OPENED)
RESOLVED = Notice("RESOLVED: the database", "Over: it works\n", "target/1", Step.RESOLVED)


class _Telling(Platform):
    """Recorded runs, with a notice when the verdict changes."""

    def __init__(self, *steps: Notice) -> None:
        super().__init__(read_recordings())
        self.notices: list[tuple[float, Notice]] = []
        self._steps = list(steps)

    def run(self, asked: Asked, state: str, weather: Weather, standing: StandingVerdict | None) -> Run:
        """A recorded run."""
        run = super().run(asked, state, weather, standing)
        awaited = OPENED if run.verdict is Verdict.FAILING else RESOLVED
        if self._steps and self._steps[0] is awaited:
            self.notices.append((asked.at_s + run.duration_ms / 1000, self._steps.pop(0)))
        return run


def test_drill__tells_each_step_from_the_fault_to_the_all_clear() -> None:
    """In their order: it breaks, an alarm rings, on-call is paged and told why, it is mended, it is over."""
    told: list[str] = []
    platform = _Telling(OPENED, RESOLVED)
    assert Drill(platform, "MLF-01", told.append, platform.notices).make()
    text = "\n".join(told)
    steps = [
        "MLF-01 breaks the platform",
        "light run: FAILING",
        "Subject: FAILING: the database",
        "alarm registry-monitor-development-core-broken: ALARM",
        'Subject: ALARM: "registry-monitor-development-page"',
        ":alarm:registry-monitor-development-core-broken transitioned to ALARM at Thursday 01 January, 2026 00:1",
        "Description: Users of hokusai-development are hurt",
        "the platform is mended",
        "Subject: RESOLVED: the database",
        'Subject: OK: "registry-monitor-development-page"',
        "All steps came: paged ",
    ]
    places = {step: text.find(step) for step in steps}
    assert sorted(steps, key=places.__getitem__) == steps, text
    assert -1 not in places.values()


@pytest.mark.parametrize(
    ("fault", "steps", "lacking"),
    [
        (HEALTHY, [], "the page and a notice and the all-clear"),
        ("MLF-01", [OPENED], "the all-clear"),
    ],
    ids=["no fault", "a notice that is never resolved"],
)
def test_drill_that_lacks_a_step__fails_and_says_which(fault: str, steps: list[Notice], lacking: str) -> None:
    """A page without its explanation, or without its end, is no drill that went well."""
    told: list[str] = []
    platform = _Telling(*steps)
    assert not Drill(platform, fault, told.append, platform.notices).make()
    assert told[-1] == f"The drill ended without {lacking}."


def test_fix__is_what_the_report_says() -> None:
    """The cause, what to do, the Terraform change, and how to see that it is mended."""
    hcl = 'resource "aws_db_instance" "it" {}'
    fix = Fix(told="Start the database.", hcl=hcl, verify="aws rds describe-db-instances")
    told = fix_text(finding("database-not-available", "it", "The database is stopped.", fix=fix))
    assert told.splitlines() == [
        "The database is stopped.",
        "Fix: Start the database.",
        hcl,
        "Verify: aws rds describe-db-instances",
    ]
