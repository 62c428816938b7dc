"""Workers try cases in processes of their own, tell what could not be tried, and end in time."""

from pathlib import Path

from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.station import Tried
from tests.diagnosis.workers import try_all


def test_workers__a_scenario_that_cannot_be_made_does_not_end_the_others(tmp_path: Path) -> None:
    """One worker meets it, says so, starts another sandbox, and tries the next."""
    heard: list[Tried] = []
    cases = [Case(Kind.SINGLE, "NO-99"), Case(Kind.LIGHT, "ECS-01")]
    left = try_all(cases, workers=1, time_s=300, log=tmp_path / "log", on_tried=heard.append)
    assert left == ()
    unknown, missing = heard
    assert unknown.problem
    assert "There is no scenario" in unknown.problem
    assert unknown.run_json is None
    assert missing.problem is None
    assert missing.mended
    assert missing.run_json
    assert '"depth":"light"' in missing.run_json


def test_workers__begin_nothing_that_would_not_end_in_time(tmp_path: Path) -> None:
    """What there is no time for is given back."""
    cases = [Case(Kind.SINGLE, "ECS-01"), Case(Kind.SINGLE, "ECS-02")]
    heard: list[Tried] = []
    assert try_all(cases, workers=2, time_s=10, log=tmp_path / "log", on_tried=heard.append) == tuple(cases)
    assert heard == []
