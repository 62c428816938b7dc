"""SECURITY.md: each test that it names is there."""

import re
from pathlib import Path

DOCUMENT = Path("SECURITY.md")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
THREATS = (
    "hostile platform answer",
    "stolen role",
    "poisoned report",
    "forged event",
    "raw Terraform state",
    "admin key",
)


def test_each_line__names_tests_that_exist() -> None:
    """A line of the table without a test, or with one that is gone, is a promise that nobody keeps."""
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= len(THREATS)
    for row in rows:
        named = _NAMED.findall(row)
        assert named, row
        for path, name in named:
            assert f"def {name}(" in Path(path).read_text(encoding="utf-8"), f"{path} has no {name}"


def test_threats__are_all_there_and_none_names_an_address() -> None:
    """The threats of the model; and vulnerabilities are reported by the repository's own way."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [threat for threat in THREATS if f"{threat}**" not in text] == []
    assert "private security advisory" in text
    assert re.search(r"[\w.]+@[\w.]+\.\w+", text) is None
