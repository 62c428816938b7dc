"""The audit says what is known of the locked dependencies; the bill of materials, what the artifact holds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from artifact.sbom import SbomError, bill_of, text_of, without_licence
from artifact.trim import NEVER_IMPORTED_DISTRIBUTIONS
from tests.artifact.emulator import ROOT
from tests.system.misbehaving import Answered, Asked, serving

ADVISORY = "GHSA-fake-0000-0000"


def audited(url: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "artifact.audit", "--service-url", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


@contextmanager
def database(*, vulnerable: bool) -> Iterator[str]:
    """A database of vulnerabilities (the API of OSV), which knows of none, or of one of the first package asked for."""

    def answer(asked: Asked) -> Answered:
        if not asked.path.endswith("/querybatch"):
            affected = {"package": {"ecosystem": "PyPI", "name": "requests"}, "ranges": []}
            told = {"id": ADVISORY, "modified": "2026-01-01T00:00:00Z", "summary": "a fake one", "affected": [affected]}
            return Answered.of(told)
        results: list[dict[str, Any]] = [{} for _ in asked.json()["queries"]]
        if vulnerable:
            results[0] = {"vulns": [{"id": ADVISORY, "modified": "2026-01-01T00:00:00Z"}]}
        return Answered.of({"results": results})

    with serving(answer) as url:
        yield f"{url}/"


@pytest.mark.parametrize(("vulnerable", "code"), [(False, 0), (True, 1)])
def test_audit__tells_what_the_database_knows(*, vulnerable: bool, code: int) -> None:
    """Exit 0 where none is known of, 1 where one is, and then it is named."""
    with database(vulnerable=vulnerable) as url:
        ended, printed = audited(url)
    assert ended == code, printed
    assert (ADVISORY in printed) == vulnerable


def test_audit__without_a_database_is_exit_3_and_says_that_nothing_is_known() -> None:
    """Nobody takes silence for safety."""
    code, printed = audited("http://127.0.0.1:1/")
    assert code == 3
    assert "were not audited: no database of vulnerabilities could be asked" in printed


def test_bill_of_materials__names_each_package_with_version_and_licence(artifact: Path) -> None:
    """Valid by CycloneDX's own schema; of the requirements those that are in the artifact, each with its licence."""
    bom = bill_of(artifact)
    document = json.loads(text_of(bom))
    named = {each["name"].lower().replace("_", "-"): each for each in document["components"]}
    required = [line for line in (ROOT / "src" / "requirements.txt").read_text().splitlines() if "==" in line]
    locked = dict(line.partition(" ")[0].split("==") for line in required)
    left_out = {name.replace("_", "-") for name in NEVER_IMPORTED_DISTRIBUTIONS}
    assert named.keys() & left_out == set()
    packed = {name: version for name, version in locked.items() if name not in left_out}
    assert {name: named[name]["version"] for name in packed} == packed
    assert without_licence(bom) == ()
    assert all(each["licenses"] and each["purl"].startswith("pkg:pypi/") for each in document["components"])
    assert document["metadata"]["component"]["name"] == "registry-monitor"


def test_bill_of_materials__tells_who_has_no_licence(tmp_path: Path) -> None:
    """A package that says nothing is told by its name; a folder without packages is no artifact."""
    with pytest.raises(SbomError, match="holds no package"):
        bill_of(tmp_path)
    for name, licence in (("silent", ""), ("old", "License: MIT\n"), ("whole", f"License: {'word ' * 50}\n")):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{licence}\n")
    bom = bill_of(tmp_path)
    assert without_licence(bom) == ("silent", "whole")
    assert text_of(bom)
