"""Every kind of cause has a fix that a person can act on, whatever is known of the platform."""

import re

import pytest

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.diagnosis.fixes import FIXES, fix_of
from registry_monitor.finding import Fix
from registry_monitor.model import SuiteName
from tests.unit.diagnosis.evidence_of import everything, nothing, suspect_of
from tests.unit.diagnosis.fixes.terraform_reader import read

KINDS = sorted(CAUSES)
EVIDENCE = {"everything is known": everything(), "nothing is known": nothing()}
# A name that was not filled in leaves one of these behind.
UNFILLED = re.compile(r"None|[{}]|\(\)|``|  | ,|\bof \.|\bthe (,|\.)|: \.|=\s|-- |\s$|^\s")


def fix(kind: str, known: str) -> Fix:
    return fix_of(suspect_of(kind), EVIDENCE[known])


def test_kinds_and_fixes__are_the_same() -> None:
    """No kind of cause lacks a fix of its own, and no fix is of a kind that is not there."""
    assert FIXES.keys() == CAUSES.keys()


@pytest.mark.parametrize("known", EVIDENCE)
@pytest.mark.parametrize("kind", KINDS)
def test_texts__have_all_their_names(kind: str, known: str) -> None:
    """What is told has no name that is empty, and no trace of a value that was not there."""
    found = fix(kind, known)
    for text in (found.told, found.caution or "Mind it."):
        assert not UNFILLED.search(text), text
        assert text[0].isupper() and text.endswith((".", "`.")), text


@pytest.mark.parametrize("known", EVIDENCE)
@pytest.mark.parametrize("kind", KINDS)
def test_texts__are_short(kind: str, known: str) -> None:
    """Who is woken at night reads a few lines, commands apart."""
    found = fix(kind, known)
    assert len(re.sub(r"`[^`]*`", "", found.told)) <= 260
    assert len(found.caution or "") <= 380


@pytest.mark.parametrize("known", EVIDENCE)
@pytest.mark.parametrize("kind", KINDS)
def test_terraform__is_well_formed(kind: str, known: str) -> None:
    """What is proposed as Terraform can be read as such, and no value in it is empty."""
    found = fix(kind, known)
    blocks = read(found.hcl) if found.hcl else []
    assert bool(blocks) == bool(found.hcl)
    assert "None" not in (found.hcl or "") and '""' not in (found.hcl or "")


@pytest.mark.parametrize("known", EVIDENCE)
@pytest.mark.parametrize("kind", KINDS)
def test_verification__is_one_command(kind: str, known: str) -> None:
    """How to see that it is mended is one command, and its suites are those that there are."""
    verify = fix(kind, known).verify
    assert verify is not None and "\n" not in verify and "None" not in verify
    assert verify.startswith(("aws ", "curl -sS", "python -m registry_monitor run"))
    suites = re.search(r"--suites (\S+)", verify)
    assert {SuiteName(name) for name in (suites[1].split(",") if suites else [])} <= set(SuiteName)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("container-") or kind.endswith("-hosts")])
def test_container__says_who_writes_task_definitions(kind: str) -> None:
    """A change of a container says what it means that CI, or that Terraform, writes the task definitions."""
    caution = fix(kind, "everything is known").caution or ""
    assert "if CI registers them, a change in Terraform reaches no task" in caution
    assert "if Terraform does, its next apply undoes a revision made by hand" in caution


@pytest.mark.parametrize("kind", KINDS)
def test_security_group__is_never_opened_to_everybody(kind: str) -> None:
    """No fix opens a port to the world; that of a public load balancer has a test of its own."""
    assert "cidr_ipv4" not in (fix(kind, "everything is known").hcl or "")
