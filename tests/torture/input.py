"""Input: each property of the tests, shown many more inputs than in ``make test``, and others each time.

A property stands beside what it is a property of (``tests/unit/**/test_*properties.py``). Here it runs in a process of
its own under hypothesis's profile ``torture``; each way in which it is parametrized is a fault run.
"""

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.torture.fuzzing import fuzzed, fuzzed_parsers
from tests.torture.outcome import Attempt, Outcome

SIDE_BY_SIDE = 2
_REPOSITORY = Path(__file__).resolve().parents[2]
_LONGEST_S = 900.0  # a property of five hundred inputs takes a minute
_SHOWN = re.compile(r"(\d+) passing, \d+ failing")  # as hypothesis counts, for each phase (6.170)


@cache
def fault_runs() -> Sequence[str]:
    """The properties, as pytest names them; then the parsers that are fuzzed."""
    found = sorted(str(path.relative_to(_REPOSITORY)) for path in _REPOSITORY.glob("tests/unit/**/test_*properties.py"))
    listed = _pytest("--collect-only", "-q", *found, seconds=120).stdout
    properties = [line for line in listed.splitlines() if "::" in line]
    return (*properties, *(f"fuzz: {parser}" for parser in fuzzed_parsers()))


@contextmanager
def ready() -> Iterator[Attempt]:
    """Nothing is shared."""
    yield lambda run: fuzzed(run.removeprefix("fuzz: ")) if run.startswith("fuzz: ") else _shown_many(run)


def _shown_many(property_: str) -> Outcome:
    """One property; its seed is told, so that what fell can be made to fall again."""
    seed = secrets.randbelow(2**32)
    profile = ("--hypothesis-profile=torture", f"--hypothesis-seed={seed}", "--hypothesis-show-statistics")
    ended = _pytest("-q", "--no-header", *profile, property_, seconds=_LONGEST_S)
    shown = sum(map(int, _SHOWN.findall(ended.stdout)))
    holds = ended.returncode == 0 and shown > 0
    told = "" if holds else f"--hypothesis-seed={seed}: {ended.stdout[-2000:]}"
    return Outcome(survived=holds, right=holds, told=told, figures={"inputs": float(shown)})


def _pytest(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, timeout=seconds, check=False)
