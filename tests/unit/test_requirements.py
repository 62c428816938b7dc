"""What docs/requirements.md, docs/suites.md and the README promise exists. No network is needed."""

import json
import re
import shlex
import typing
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from registry_monitor import reports
from registry_monitor.__main__ import _parser
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import parse_event
from registry_monitor.keyring import KeysError
from registry_monitor.model import Check, Depth
from registry_monitor.monitor import Surroundings, list_checks, suite_context
from registry_monitor.outputs.objects import STATUS
from registry_monitor.redaction import Redactor
from registry_monitor.suites import SUITES
from registry_monitor.target import Target, load_target, packaged_targets

REQUIREMENTS = Path("docs/requirements.md")
GUIDE = Path("docs/suites.md")
CONFIGURING = "## Configuring a target"
README = Path("README.md")
DOCUMENTS_OF_A_RUN = {
    reports.REPORT,
    reports.ISSUES,
    reports.HANDOVER,
    reports.SUMMARY,
    reports.INFRASTRUCTURE,
    reports.RUN,
    STATUS,
}
COLUMNS = ["Where it stands", "Requirement", "What meets it", "Remark"]
COMMAND = "python -m registry_monitor "

_TARGET_OF_MAKE = re.compile(r"^([a-z-]+):", re.MULTILINE)
_FILE = re.compile(r"[\w.-]+(/[\w.-]+)*(\.\w+|/)")


def checks_of(target: str) -> tuple[Check, ...]:
    """All checks that full runs of a packaged target have, those on demand included."""
    loaded = load_target(target)
    surroundings = Surroundings(time_s=0, is_inside_vpc=True, fetch_keys=_no_keys, redactor=Redactor())
    invocation = parse_event({"suites": list(SUITES), "depth": "full"})
    return list_checks(invocation, suite_context("requirements", loaded, InventoryReader(loaded), surroundings))


def _no_keys(force: bool) -> dict[str, str]:
    raise KeysError("no check is asked here")


@cache
def check_ids() -> frozenset[str]:
    """Ids of the checks of all packaged targets."""
    return frozenset(check.id for target in packaged_targets() for check in checks_of(target))


def rows() -> list[list[str]]:
    """The cells of each row of each table of the requirements, without headings."""
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row != COLUMNS and set("".join(row)) != {"-"}]


def spans(text: str) -> Iterator[str]:
    """What stands between backticks."""
    yield from re.findall(r"`([^`]+)`", text)


def is_check(span: str) -> bool:
    """Whether a span names a check or a family of checks."""
    return span.partition(".")[0] in SUITES and "." in span


def problem_of(span: str) -> str | None:
    """Why something that should meet a requirement cannot; null where it is there."""
    if is_check(span):
        return None if any(fnmatchcase(name, span) for name in check_ids()) else "no check has this id"
    if span.startswith(COMMAND):
        return _problem_of_command(span.removeprefix(COMMAND))
    if span.startswith("make "):
        target = span.split()[1]
        return None if target in _TARGET_OF_MAKE.findall(Path("Makefile").read_text()) else "the Makefile lacks it"
    if span in DOCUMENTS_OF_A_RUN:
        return None
    if _FILE.fullmatch(span):
        return None if Path(span).exists() else "there is no such file"
    return "is neither a check, a command, a document of a run nor a file"


def _problem_of_command(arguments: str) -> str | None:
    try:
        _parser().parse_args(shlex.split(arguments))
    except SystemExit:
        return "the terminal does not take it"
    return None


def test_requirements__each_row_has_its_four_cells() -> None:
    """Each row says where a requirement stands, what it is and what meets it; only a remark may be missing."""
    wrong = [row for row in rows() if len(row) != len(COLUMNS) or not all(row[:3])]
    assert rows()
    assert not wrong


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_requirements__what_meets_one_exists(row: list[str]) -> None:
    """A check, a command, a document of a run or a file; or the row says in words what meets it, or "not yet"."""
    problems = {span: problem for span in spans(row[2]) if (problem := problem_of(span))}
    assert not problems


def test_requirements__name_no_check_that_is_not_there() -> None:
    """Neither do remarks, nor the text around the tables."""
    named = {span for span in spans(REQUIREMENTS.read_text()) if is_check(span)}
    assert named
    assert {span: problem for span in named if (problem := problem_of(span))} == {}


@pytest.mark.parametrize("suite", SUITES)
def test_requirements__each_suite_meets_some(suite: str) -> None:
    """What no document asks for would need no suite."""
    assert any(span.startswith(f"{suite}.") for row in rows() for span in spans(row[2]))


@pytest.mark.parametrize("span", ["services.nobody.*", "python -m registry_monitor fly", "make coffee", "docs/no.md"])
def test_requirements__what_does_not_exist_is_told(span: str) -> None:
    """The tests above can fail."""
    assert problem_of(span)


def families(text: str) -> Iterator[str]:
    """Each check that a text names; beside `suite.one.exists`, `.running` is short for `suite.one.running`."""
    for line in text.splitlines():
        before = ""
        for span in spans(line):
            if is_check(span):
                before = span.rpartition(".")[0]
                yield span
            elif span.startswith(".") and before:
                yield f"{before}{span}"


def test_guide__names_checks_that_exist() -> None:
    """Each family that docs/suites.md explains has a check in a packaged target, and each suite has its families."""
    before, _, after = GUIDE.read_text().partition(CONFIGURING)
    named = set(families(before + after.partition("\n## ")[2]))
    assert {name.partition(".")[0] for name in named} == set(SUITES)
    assert {name: problem for name in named if (problem := problem_of(name))} == {}


def test_guide__leaves_no_check_out() -> None:
    """Every check of the packaged targets belongs to a family that docs/suites.md explains."""
    named = set(families(GUIDE.read_text().partition(CONFIGURING)[0]))
    assert [name for name in sorted(check_ids()) if not any(fnmatchcase(name, each) for each in named)] == []


def defaults() -> dict[str, str]:
    """What docs/suites.md says of defaults, by key of the target file."""
    section = GUIDE.read_text().partition(CONFIGURING)[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z_.]+)` \| `?([^`|]+?)`? \|$", section, re.MULTILINE))


@pytest.mark.parametrize(("key", "told"), defaults().items())
def test_guide__tells_the_schemas_defaults(key: str, told: str) -> None:
    """Who leaves a key out gets what the guide says."""
    *sections, name = key.split(".")
    model: type[BaseModel] = Target
    for section in sections:
        model = _model_in(model.model_fields[section].annotation)
    default = model.model_fields[name].default
    assert told == (default if isinstance(default, str) else json.dumps(default))


def _model_in(annotation: object) -> type[BaseModel]:
    """The section behind ``Section``, ``Section | None`` or ``tuple[Section, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model_in(each) for each in typing.get_args(annotation) if each not in (None, type(None), ...))


def test_readme__counts_the_checks_of_each_suite() -> None:
    """The table of the suites says how many checks a full run of the packaged newest platform has."""
    there = Counter(str(check.suite) for check in checks_of("hokusai-development"))
    told = {
        cells[0].strip("` "): int(cells[2])
        for line in README.read_text().splitlines()
        if len(cells := line.strip("|").split("|")) == 4 and cells[0].strip("` ") in SUITES
    }
    assert told == {suite: there[suite] for suite in SUITES}


def test_readme__counts_the_checks_of_a_light_run() -> None:
    """What runs each minute is told with its size."""
    told = re.search(r"is (\d+) of these checks", README.read_text())
    light = [check for check in checks_of("hokusai-development") if check.depth is Depth.LIGHT]
    assert told is not None
    assert int(told[1]) == len(light)


def test_readme__names_files_that_exist() -> None:
    """Every path of the repository in the README is there."""
    ours = ("docs/", "events/", "src/", "tests/")
    named = [span for span in spans(README.read_text()) if span.startswith(ours)]
    assert named
    assert [name for name in named if not Path(name).exists()] == []
