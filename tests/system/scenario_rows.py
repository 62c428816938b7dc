"""One row of the table in scenario_table.yaml, held against what the monitor says: for the modules that share it."""

from weakref import WeakSet

import pytest
import yaml

from registry_monitor.model import Status, Verdict
from registry_monitor.run import Run
from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.judging import judge, named_by
from tests.sandbox import scenario as scenarios
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here
from tests.system.scenario_table import HARMFUL, PLATFORMS, TABLE, row_of

_CASES = [(platform, name) for platform in PLATFORMS for name in TABLE[platform]]
# Two workers share the rows: all with these beginnings, and all others.
_FIRST_HALF = ("ALB", "AUT", "DNS", "ECS")

_WATCHED: WeakSet[Sandbox] = WeakSet()


def watched(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> Sandbox:
    """A platform that was watched while it was well: the heartbeat's run and its artifact are there."""
    if sandbox not in _WATCHED:
        monitor_here(sandbox, patch, {"depth": "light"})
        _WATCHED.add(sandbox)
    return sandbox


def rows(*, first_half: bool) -> pytest.MarkDecorator:
    """The parameters ``platform`` and ``scenario`` of a test, for one half of the table."""
    chosen = [case for case in _CASES if case[1].startswith(_FIRST_HALF) is first_half]
    return pytest.mark.parametrize(
        ("platform", "scenario"), chosen, ids=[f"{platform}:{name}" for platform, name in chosen]
    )


def assert_row(sandbox: Sandbox, patch: pytest.MonkeyPatch, platform: Era, scenario: str) -> None:
    """The scenario fails exactly the checks of its row; verdict, symptoms and causes agree."""
    with broken(watched(sandbox, patch), scenario):
        run = monitor_here(sandbox, patch, time_s=120)
    row = TABLE[platform][scenario]
    assert yaml.safe_dump(row_of(run, row.get("varies", ()))) == yaml.safe_dump(row), told(run)
    failing = {result.check_id for result in run.of_status(Status.FAIL)}
    blocked = {result.check_id for result in run.of_status(Status.BLOCKED)}
    unknown = run.of_status(Status.UNKNOWN)
    harmful = [result for result in run.results if HARMFUL in result.seen]
    assert bool(harmful) == bool(failing or blocked or unknown)
    assert {result.status for result in harmful} <= {Status.SKIPPED}
    assert run.verdict is (Verdict.FAILING if failing else Verdict.BLIND if unknown else Verdict.HEALTHY)
    kind = Kind.SINGLE if any(each.CAUSES for each in scenarios.load(scenario)) else Kind.QUIET
    judgement = judge(Case(kind, scenario, platform), named_by(run), fails=bool(failing))
    assert judgement.top1 in (True, None), f"expected {judgement.expected}, named {judgement.first}: {told(run)}"
    assert judgement.named == judgement.named_rightly, judgement
    assert not judgement.blames_wrongly and not judgement.names_falsely, judgement
    assert {symptom.check_id for symptom in run.symptoms} == failing
    assert set().union(*(symptom.blocks for symptom in run.symptoms)) == blocked


def told(run: Run) -> str:
    """Every result that is neither passed nor skipped, for whoever reads the failure."""
    wrong = [result for result in run.results if not result.status.is_passed and result.status is not Status.SKIPPED]
    return "\n".join(f"{result.status} {result.check_id}: {result.seen}" for result in wrong)
