"""The documents in a local folder."""

from pathlib import Path

import pytest

from registry_monitor.outputs.folder import write
from registry_monitor.reports.documents import render
from tests.unit.reports import samples


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_write__makes_the_folder_and_replaces_an_earlier_run(tmp_path: Path) -> None:
    """The folder holds the newest run, and no file of the writing."""
    folder = tmp_path / "out" / "latest"
    write(render(samples.healthy()), folder)
    documents = render(samples.hostile())
    write(documents, folder)
    assert contents(folder) == documents
    assert list(folder.parent.iterdir()) == [folder]


def test_write__leaves_other_files_alone(tmp_path: Path) -> None:
    """A folder that somebody else uses too loses nothing."""
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    write({"run.json": "{}\n"}, tmp_path)
    assert contents(tmp_path) == {"thesis.txt": "mine", "run.json": "{}\n"}


def test_write__failure_leaves_the_earlier_documents_whole(tmp_path: Path) -> None:
    """A document that cannot be written keeps all others from being replaced."""
    write({"a.json": "old", "b.json": "old"}, tmp_path)
    with pytest.raises(OSError, match="File name too long"):
        write({"a.json": "new", "b.json": "new", "c" * 300: "new"}, tmp_path)
    assert contents(tmp_path) == {"a.json": "old", "b.json": "old"}
