"""Which runtime `make invoke` chooses, and what it does when there is no answer."""

import sys
from pathlib import Path

import pytest

from tests.artifact import invoke
from tests.artifact.emulator import ROOT, FunctionError


@pytest.mark.parametrize(("code", "answers"), [(0, True), (1, False)], ids=["running", "installed only"])
def test_container_engine__installed(code: int, answers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine counts when it answers, not when its program is merely there."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\nexit {code}\n", encoding="ascii")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert invoke.container_engine_answers() is answers


def test_container_engine__none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any engine's program there is none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not invoke.container_engine_answers()


def test_invoke__sam_fails(artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """When sam gives no answer, that is an error, and sam's own words are shown."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/engine.sock")
    with pytest.raises(FunctionError, match="sam local invoke gave no answer"):
        invoke.invoke_by_sam(ROOT / "events" / "light.json")
    assert "docker" in capsys.readouterr().err.lower()


def test_invoke__event_is_no_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad event file is named, before anything starts."""
    event = tmp_path / "event.json"
    event.write_text("{", encoding="ascii")
    monkeypatch.setattr(sys, "argv", ["invoke", str(event)])
    assert invoke.main() == 2
    assert f"{event}: Expecting property name" in capsys.readouterr().err
