"""Results are kept as they come, and count as long as their sources are the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.diagnosis.__main__ import main
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.results import Results, fingerprint, fingerprint_of_fixes
from tests.diagnosis.station import Tried


def tried(case: str, *, problem: str | None = None, mended: bool = True) -> Tried:
    return Tried(case, None if problem else "{}", problem, mended, {"run": 1.0})


def test_results__are_found_again_by_the_next_process(tmp_path: Path) -> None:
    """What was tried, what could not be, and what did not mend."""
    first = Results(tmp_path, "a", "x")
    first.add(tried("singles ECS-01"))
    first.add(tried("pairs ECS-01+NET-01", problem="KeyError: 'x'", mended=False))
    first.add(tried("singles ECS-02", mended=False))
    again = Results(tmp_path, "a", "x")
    assert again.tried == {"singles ECS-01", "singles ECS-02"}
    assert again.problems == {"pairs ECS-01+NET-01": "KeyError: 'x'"}
    assert again.unmended == {"singles ECS-02"}


def test_results__of_other_sources_do_not_count(tmp_path: Path) -> None:
    """A run of yesterday's monitor says nothing of today's."""
    Results(tmp_path, "a", "x").add(tried("singles ECS-01"))
    assert Results(tmp_path, "b", "x").tried == set()


def test_results__a_later_success_replaces_a_problem(tmp_path: Path) -> None:
    """What could not be tried is tried again, and then counts."""
    results = Results(tmp_path, "a", "x")
    results.add(tried("singles ECS-01", problem="no answer", mended=False))
    results.add(tried("singles ECS-01"))
    assert Results(tmp_path, "a", "x").problems == {}
    assert Results(tmp_path, "a", "x").tried == {"singles ECS-01"}


def test_results__a_line_cut_short_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """A process that was killed while it wrote costs one case, not all."""
    Results(tmp_path, "a", "x").add(tried("singles ECS-01"))
    with (tmp_path / "results.jsonl").open("a") as lines:
        lines.write('{"case": "singles ECS-02", "fing')
    assert Results(tmp_path, "a", "x").tried == {"singles ECS-01"}


def test_results__cleared_are_gone(tmp_path: Path) -> None:
    """--fresh begins with nothing."""
    results = Results(tmp_path, "a", "x")
    results.add(tried("singles ECS-01"))
    results.clear()
    assert (results.tried, Results(tmp_path, "a", "x").tried) == (set(), set())
    assert not (tmp_path / "runs").exists()


def test_results__have_what_came_of_fixes(tmp_path: Path) -> None:
    """A fix is found again as it was told, and a world that it changed is no world that did not mend."""
    fix = FixTrial("container-exits", "x", 4, still_failing=("a.b (FAIL)",))
    Results(tmp_path, "a", "x").add(replace(tried("singles ECS-16", mended=False), fix=fix))
    again = Results(tmp_path, "a", "x")
    assert (again.fixes, again.unmended) == ({"singles ECS-16": fix}, set())


def test_results__of_fixes_count_while_the_diagnosis_is_the_same(tmp_path: Path) -> None:
    """What another diagnosis suggested says nothing of this one's fixes; its run can still be judged."""
    Results(tmp_path, "a", "x").add(replace(tried("singles ECS-16"), fix=FixTrial("container-exits", "x", 4)))
    again = Results(tmp_path, "a", "y")
    assert (again.fixes, again.stale_fixes, again.tried) == ({}, {"singles ECS-16"}, {"singles ECS-16"})


def test_fingerprint__is_steady() -> None:
    """The same sources have the same one, in each process."""
    assert fingerprint() == fingerprint()
    assert len({fingerprint(), fingerprint_of_fixes()}) == 2
    assert all(len(each) == 16 for each in (fingerprint(), fingerprint_of_fixes()))


def test_command__lists_what_would_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    """--list prints ids, narrowed as asked, and tries nothing."""
    assert main(["--list", "--only", "ECS-01", "--group", "ECS"]) == 0
    assert "singles ECS-01" in capsys.readouterr().out


def test_command__judges_nothing_as_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without results the figures are null, what was not run is told, and the exit code says so."""
    assert main(["--judge", "--group", "ECS", "--out", str(tmp_path)]) == 1
    assert "nothing was judged" in capsys.readouterr().out
    text = (tmp_path / "scenarios.json").read_text()
    assert '"count": 0' in text
    assert '"fraction": null' in text
    assert "singles ECS-0" in text
