"""docs/network.md as data: its tables, by the name in the first column."""

import re
from fnmatch import fnmatchcase

from registry_monitor.suites import SUITES
from tests.template.stack import ROOT

PAGE = ROOT / "docs/network.md"

type Row = dict[str, str]


def table(heading: str) -> dict[str, Row]:
    """The table below a heading: by the code in its first column, its other columns by their titles."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [_cells(line) for line in section.splitlines() if line.startswith("|")]
    titles, _, *rows = lines
    found = {row[0].strip("`"): dict(zip(titles[1:], row[1:], strict=True)) for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"a row stands twice below {heading}")
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def checks_are_named(row: Row) -> bool:
    """Whether a row says of any check that it would be UNKNOWN."""
    return bool(_patterns(row))


def checks_named(row: Row, check_ids: set[str]) -> set[str]:
    """The checks that a row says would be UNKNOWN. Raises ValueError for a pattern that fits none of them."""
    named: set[str] = set()
    for pattern in _patterns(row):
        fitting = {each for each in check_ids if fnmatchcase(each, pattern)}
        if not fitting:
            raise ValueError(f"no check is called {pattern}")
        named |= fitting
    return named


def _patterns(row: Row) -> list[str]:
    found = re.findall(r"`([a-z_]+)(\.[^`]+)`", row["Without it"])
    return [suite + rest for suite, rest in found if suite in SUITES]
