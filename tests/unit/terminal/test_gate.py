"""`gate` used wrongly: told before anything runs. What it does with a platform stands in tests/system/test_gate.py."""

from pathlib import Path

import pytest

from registry_monitor.__main__ import main
from registry_monitor.reports import RUN
from registry_monitor.reports.documents import render
from registry_monitor.terminal.gate import seconds
from tests.unit.reports.samples import healthy


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setenv("MONITOR_TARGET", "hokusai-development")


@pytest.mark.parametrize(("text", "value"), [("90", 90.0), ("90s", 90.0), ("10m", 600.0), ("1h", 3600.0), ("0", 0.0)])
def test_duration__is_seconds_minutes_or_hours(text: str, value: float) -> None:
    """As people write them."""
    assert seconds(text) == value


def test_duration__that_is_none_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says what was expected."""
    with pytest.raises(SystemExit) as ended:
        main(["gate", "--wait", "soon"])
    assert ended.value.code == 2
    assert "got 'soon'; expected a duration such as 90s, 10m or 1h" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--github-summary"], "--github-summary needs GITHUB_STEP_SUMMARY"),
        (["--baseline", "nowhere.json"], "nowhere.json cannot be read"),
        (["--target", "nowhere.yaml"], "target nowhere.yaml: 1 problem"),
        (["--depth", "deep"], "event.depth: got 'deep'"),
    ],
)
def test_usage__that_is_wrong_is_exit_2(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing has been asked of anybody."""
    assert main(["gate", *arguments]) == 2
    told = capsys.readouterr()
    assert (told.out, problem in told.err) == ("", True)


def test_baseline__of_another_depth_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told before ten minutes of waiting, and not after."""
    (tmp_path / "run.json").write_text(render(healthy())[RUN])
    assert main(["gate", "--depth", "light", "--baseline", str(tmp_path / "run.json")]) == 2
    assert "--baseline is a full run of hokusai-development; expected a light one of" in capsys.readouterr().err


def test_target__is_needed_without_a_function(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The function has one of its own; from here there is none."""
    monkeypatch.delenv("MONITOR_TARGET")
    assert main(["gate"]) == 2
    assert "no target: expected --target, MONITOR_TARGET, or --function" in capsys.readouterr().err
