"""Results are kept as they come, and count as long as their sources are the same."""

from pathlib import Path

import pytest

from tests.diagnosis.__main__ import main
from tests.diagnosis.results import Results, fingerprint
from tests.diagnosis.station import Tried


def tried(case: str, *, problem: str | None = None, mended: bool = True) -> Tried:
    return Tried(case, None if problem else "{}", problem, mended, {"run": 1.0})


def test_results__are_found_again_by_the_next_process(tmp_path: Path) -> None:
    """What was tried, what could not be, and what did not mend."""
    first = Results(tmp_path, "a")
    first.add(tried("singles ECS-01"))
    first.add(tried("pairs ECS-01+NET-01", problem="KeyError: 'x'", mended=False))
    first.add(tried("singles ECS-02", mended=False))
    again = Results(tmp_path, "a")
    assert again.tried == {"singles ECS-01", "singles ECS-02"}
    assert again.problems == {"pairs ECS-01+NET-01": "KeyError: 'x'"}
    assert again.unmended == {"singles ECS-02"}


def test_results__of_other_sources_do_not_count(tmp_path: Path) -> None:
    """A run of yesterday's monitor says nothing of today's."""
    Results(tmp_path, "a").add(tried("singles ECS-01"))
    assert Results(tmp_path, "b").tried == set()


def test_results__a_later_success_replaces_a_problem(tmp_path: Path) -> None:
    """What could not be tried is tried again, and then counts."""
    results = Results(tmp_path, "a")
    results.add(tried("singles ECS-01", problem="no answer", mended=False))
    results.add(tried("singles ECS-01"))
    assert Results(tmp_path, "a").problems == {}
    assert Results(tmp_path, "a").tried == {"singles ECS-01"}


def test_results__a_line_cut_short_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """A process that was killed while it wrote costs one case, not all."""
    Results(tmp_path, "a").add(tried("singles ECS-01"))
    with (tmp_path / "results.jsonl").open("a") as lines:
        lines.write('{"case": "singles ECS-02", "fing')
    assert Results(tmp_path, "a").tried == {"singles ECS-01"}


def test_results__cleared_are_gone(tmp_path: Path) -> None:
    """--fresh begins with nothing."""
    results = Results(tmp_path, "a")
    results.add(tried("singles ECS-01"))
    results.clear()
    assert (results.tried, Results(tmp_path, "a").tried) == (set(), set())
    assert not (tmp_path / "runs").exists()


def test_fingerprint__is_steady() -> None:
    """The same sources have the same one, in each process."""
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 16


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
