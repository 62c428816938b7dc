"""What came of the cases, kept as it comes, so that an interrupted run goes on where it stopped.

``results.jsonl`` has a line for each case, ``runs`` the whole Run of each, compressed. A line counts only as long as
the sources that made it are the same.
"""

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from registry_monitor.run import Run
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.station import Tried

_REPOSITORY = Path(__file__).resolve().parents[2]
_SOURCES = ("src/registry_monitor", "tests/sandbox", "tests/scenarios")
_OWN_SOURCES = ("denial", "history", "noise", "station")  # what else decides how a case is tried
_SOURCES_OF_FIXES = ("src/registry_monitor/diagnosis", "tests/diagnosis/fixing")
_WITHOUT_EFFECT = {
    "diagnosis",
    "outputs",
    "reports",
    "schemas",
    "terminal",
}  # parts of the monitor that work on a finished run


def fingerprint() -> str:
    """Of everything that decides what a run finds: another one makes all results stale."""
    found = [
        path for folder in _SOURCES for path in (_REPOSITORY / folder).rglob("*") if path.suffix in (".py", ".yaml")
    ]
    found += [Path(__file__).with_name(f"{name}.py") for name in _OWN_SOURCES]
    return digest_of(path for path in found if not _WITHOUT_EFFECT & set(path.relative_to(_REPOSITORY).parts))


def fingerprint_of_fixes() -> str:
    """Of what suggests fixes and what applies them, beside all that decides what a run finds."""
    found = [path for folder in _SOURCES_OF_FIXES for path in (_REPOSITORY / folder).rglob("*.py")]
    return digest_of([*found, Path(__file__).with_name("fix_trial.py")])


def digest_of(paths: Iterable[Path]) -> str:
    """Of files of the repository, by their names and contents; whatever their order."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        name = path.relative_to(_REPOSITORY).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class Results:
    """The results in a folder that the sources with this fingerprint gave; fixes have one of their own."""

    def __init__(self, folder: Path, fingerprint: str, of_fixes: str) -> None:
        self._lines = folder / "results.jsonl"
        self._runs = folder / "runs"
        self._fingerprint = fingerprint
        self._fingerprint_of_fixes = of_fixes
        self.fixes: dict[str, FixTrial] = {}
        self.stale_fixes: set[str] = set()  # cases whose fix is that of an earlier diagnosis
        self.tried: set[str] = set()
        self.problems: dict[str, str] = {}  # case -> what kept it from being tried
        self.unmended: set[str] = set()  # after these cases another sandbox had to be started
        for line in self._lines.read_text().splitlines() if self._lines.exists() else ():
            self._take(line)

    def clear(self) -> None:
        """Forget all of them, those of other sources too."""
        self._lines.unlink(missing_ok=True)
        shutil.rmtree(self._runs, ignore_errors=True)
        self.tried, self.problems, self.unmended = set(), {}, set()
        self.fixes, self.stale_fixes = {}, set()

    def add(self, tried: Tried) -> None:
        """Keep one more; the line is written last, so that no line is without its run."""
        self._runs.mkdir(parents=True, exist_ok=True)
        if tried.run_json is not None:
            self._path(tried.case).write_bytes(gzip.compress(tried.run_json.encode(), compresslevel=6))
        told: dict[str, Any] = {"problem": tried.problem, "mended": tried.mended, "seconds": tried.seconds}
        if tried.fix is not None:
            told["fix"] = {"of": self._fingerprint_of_fixes, **asdict(tried.fix)}
        line = json.dumps({"case": tried.case, "fingerprint": self._fingerprint, **told})
        with self._lines.open("a") as lines:
            lines.write(f"{line}\n")
        self._take(line)

    def run_of(self, case: str) -> Run:
        """The run of a case that was tried."""
        return Run.model_validate_json(gzip.decompress(self._path(case).read_bytes()))

    def _take(self, line: str) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            return  # the last line of a run that was killed while it wrote
        if record["fingerprint"] != self._fingerprint:
            return
        case, problem = record["case"], record["problem"]
        if problem is not None:
            self.problems[case] = problem
            return
        self.tried.add(case)
        self.problems.pop(case, None)
        fix = record.get("fix")
        if fix is None or record["mended"]:  # a fix may change what its scenario cannot undo
            (self.unmended.discard if record["mended"] else self.unmended.add)(case)
        if fix is not None:
            self._take_fix(case, fix)

    def _take_fix(self, case: str, fix: dict[str, Any]) -> None:
        if fix.pop("of") != self._fingerprint_of_fixes:
            self.stale_fixes.add(case)
            return
        self.fixes[case] = FixTrial(**fix | {"still_failing": tuple(fix["still_failing"])})
        self.stale_fixes.discard(case)

    def _path(self, case: str) -> Path:
        return self._runs / f"{re.sub(r'[^A-Za-z0-9+@.-]', '_', case)}.json.gz"
