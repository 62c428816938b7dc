"""What the catalogues of the suites share: a fault with the checks that see it, and how a run is compared with it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from registry_monitor.model import Result, Status
from registry_monitor.monitor import Surroundings
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here
from tests.system.world_edits import ROLES, Edit


@dataclass(frozen=True)
class Fault:
    """One row of a catalogue: what is broken, which checks must see it, and which must not mind.

    ``fails`` and ``passes`` are subsets; ``whole``: the run has no other FAIL.
    """

    name: str
    edit: Edit
    fails: set[str]
    passes: set[str] = field(default_factory=set)
    whole: bool = False


def statuses(run: Run) -> dict[str, Status]:
    """Each check's status by its id."""
    return {result.check_id: result.status for result in run.results}


def result_of(run: Run, check: str) -> Result:
    """One check's result."""
    return next(result for result in run.results if result.check_id == check)


def each_role(*names: str) -> set[str]:
    """Ids in which ``{}`` stands for each service in turn."""
    return {name.format(role) for name in names for role in ROLES}


def run_outside(sandbox: Sandbox, patch: pytest.MonkeyPatch, suite: str) -> Run:
    """One run as from outside the platform's network."""
    with patch.context() as at_home:
        at_home.setattr("tests.system.conftest.Surroundings", _outside)
        return monitor_here(sandbox, patch, {"suites": [suite], "depth": "full"})


def _outside(**settings: Any) -> Surroundings:
    return Surroundings(**settings | {"is_inside_vpc": False})


@contextmanager
def target_edited(sandbox: Sandbox, **replaced: str) -> Iterator[None]:
    """The target file with other values of keys of its; who edits the world meanwhile overwrites it."""
    original = sandbox.target_path.read_text()
    text = original
    for key, value in replaced.items():
        text, count = re.subn(rf"(?m)^( *){key}:.*$", rf"\g<1>{key}: {value}", text)
        text = text if count else f"{text}\n{key}: {value}\n"
    sandbox.target_path.write_text(text)
    try:
        yield
    finally:
        sandbox.target_path.write_text(original)


def judge_fault(sandbox: Sandbox, patch: pytest.MonkeyPatch, fault: Fault, *suites: str) -> None:
    """Break the platform so, run the suites, and compare with the row."""
    with fault.edit(sandbox):
        run = monitor_here(sandbox, patch, {"suites": list(suites), "depth": "full"})
    seen = statuses(run)
    failed = {check for check, status in seen.items() if status is Status.FAIL}
    told = "\n".join(f"{each.status} {each.check_id}: {each.seen}" for each in run.results if each.status != "PASS")
    assert fault.fails <= failed, told
    assert not fault.whole or failed == fault.fails, told
    assert {check for check in fault.passes if not seen[check].is_passed} == set(), told


def assert_healthy(run: Run, skipped: dict[str, str]) -> None:
    """All passed but ``skipped``, a part of whose reason is given; FLAKY is no pass here, SLOW is the machine's."""
    wrong = {
        each.check_id: f"{each.status}: {each.seen}"
        for each in run.results
        if each.status not in (Status.PASS, Status.SLOW, Status.SKIPPED)
    }
    assert wrong == {}
    seen = {each.check_id: each.seen for each in run.results if each.status is Status.SKIPPED}
    assert seen.keys() == skipped.keys()
    assert [check for check, reason in skipped.items() if reason not in seen[check]] == []
