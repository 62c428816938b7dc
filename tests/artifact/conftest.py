"""The built artifact, and throw-away functions that show what the emulator does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.artifact.emulator import ARTIFACT


@pytest.fixture(scope="session")
def artifact() -> Path:
    """The folder that `make build` has left."""
    assert ARTIFACT.is_dir(), f"{ARTIFACT} is missing: run `make build` first (`make test` does)"
    return ARTIFACT


@pytest.fixture
def write_function(tmp_path: Path) -> Callable[[str], Path]:
    """Writes ``def handler(event, context)`` with the given body as module ``function``; its folder."""

    def write(body: str) -> Path:
        lines = ["import os, sys", "def handler(event, context):", *(f"    {line}" for line in body.splitlines())]
        (tmp_path / "function.py").write_text("\n".join(lines), encoding="utf-8")
        return tmp_path

    return write
