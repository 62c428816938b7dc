"""An artifact runs from its byte code: Python compiles nothing of it any more."""

import subprocess
import sys
from pathlib import Path

import pytest

from artifact import precompile

FILES = {
    "registry_monitor/__init__.py": "",
    "registry_monitor/handler.py": "import six\n\n\ndef fail():\n    six.fail()\n",
    "six.py": "def fail():\n    raise RuntimeError('from six')\n",
}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """Our package and one dependency."""
    for name, source in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    return tmp_path


def test_precompile__byte_code_of_all_and_our_own_sources(artifact: Path) -> None:
    """Dependencies are byte code alone; our own sources have theirs beside them."""
    assert precompile.main([str(artifact)]) == 0
    assert {str(path.relative_to(artifact)) for path in artifact.rglob("*") if path.is_file()} == {
        "registry_monitor/__init__.py",
        "registry_monitor/__pycache__/__init__.cpython-313.pyc",
        "registry_monitor/handler.py",
        "registry_monitor/__pycache__/handler.cpython-313.pyc",
        "six.pyc",
    }


def test_precompile__nothing_is_compiled_again(artifact: Path) -> None:
    """Byte code is taken though its source's time has changed, as a zip changes it; traces name paths of Lambda."""
    precompile.main([str(artifact)])
    source = artifact / "registry_monitor" / "handler.py"
    source.write_text(FILES["registry_monitor/handler.py"].replace("fail()\n", "gone()\n"))  # compiled, it would show
    ended = subprocess.run(
        [sys.executable, "-S", "-c", "from registry_monitor.handler import fail; fail()"],
        cwd=artifact,
        env={"PYTHONPATH": str(artifact), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "RuntimeError: from six" in ended.stderr
    assert f'File "{source}", line 5, in fail' in ended.stderr
    assert 'File "/var/task/six.py", line 2, in fail' in ended.stderr


def test_precompile__what_does_not_compile_is_named(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module that is no Python fails the build, by its path."""
    (artifact / "six.py").write_text("def fail(:\n")
    assert precompile.main([str(artifact)]) == 1
    assert "/var/task/six.py" in capsys.readouterr().err


def test_precompile__another_python(
    artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte code for another Python than the function's is refused, before anything is touched."""
    monkeypatch.setattr(precompile, "PYTHON", (3, 99))
    assert precompile.main([str(artifact)]) == 2
    assert "expected the function's 3.99" in capsys.readouterr().err
    assert (artifact / "six.py").exists()
