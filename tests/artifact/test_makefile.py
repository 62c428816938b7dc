"""What make says to a newcomer: its targets, and what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.artifact.emulator import ROOT

TOOLS = ("bash", "find", "id", "sed")  # all that the Makefile itself needs


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH of a machine without Python, apt-get, redis-server and chromium."""
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is not on the PATH"
        (tmp_path / tool).symlink_to(found)
    return str(tmp_path)


def make(*arguments: str, path: str = os.environ["PATH"]) -> tuple[int, str]:
    """The exit code of make, and all that it printed."""
    program = shutil.which("make") or "make"
    variables = {"PATH": path, "LANG": "C.UTF-8"}
    done = subprocess.run([program, *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_make__lists_its_targets() -> None:
    """`make` alone lists the commands of the contract."""
    code, printed = make()
    listed = {line.split()[1] for line in printed.splitlines()}
    assert code == 0
    assert {"run", "test", "test-page", "mute", "bench", "build", "invoke", "scenarios", "lint", "audit"} <= listed


def test_make__no_python(tmp_path: Path, bare_path: str) -> None:
    """Without Python 3.13 it says where it looked, and what to do."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    code, printed = make("-C", str(tmp_path), ".venv/bin/uv", path=bare_path)
    assert code == 2
    assert "no Python 3.13: tried python3.13, python3 and python on the PATH; install it" in printed


def test_make__what_is_missing(bare_path: str) -> None:
    """Without redis-server and chromium, and no way to install them, `make test` names them and fails."""
    code, printed = make("nothing-missing", path=bare_path)
    assert code == 2
    assert "Missing: redis-server, a Debian package" in printed
    assert "Missing: chromium, a Debian package" in printed


def test_make__what_may_be_missing(bare_path: str) -> None:
    """ALLOW_MISSING=1 goes on without them, and says so."""
    code, printed = make("nothing-missing", "ALLOW_MISSING=1", path=bare_path)
    assert code == 0
    assert "Missing: redis-server" in printed


def test_ci__allows_nothing_to_be_missing() -> None:
    """Continuous integration runs `make test`, whatever the environment allows."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert {"set -euo pipefail", "unset ALLOW_MISSING", "exec make test"} <= set(lines)
