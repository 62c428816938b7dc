"""What came of the cases, kept as it comes, so that an interrupted run goes on where it stopped.

``results.jsonl`` has a line for each case, ``runs`` the whole Run of each, compressed. A line counts only as long as
the sources that made it are the same.
"""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

from registry_monitor.run import Run
from tests.diagnosis.station import Tried

_REPOSITORY = Path(__file__).resolve().parents[2]
_SOURCES = ("src/registry_monitor", "tests/sandbox", "tests/scenarios")
_OWN_SOURCES = ("denial", "history", "noise", "station")  # what else decides how a case is tried
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
    digest = hashlib.sha256()
    for path in sorted(found):
        parts = path.relative_to(_REPOSITORY).parts
        if not _WITHOUT_EFFECT & set(parts):
            digest.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class Results:
    """The results in a folder that the sources with this fingerprint gave."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._lines = folder / "results.jsonl"
        self._runs = folder / "runs"
        self._fingerprint = fingerprint
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

    def add(self, tried: Tried) -> None:
        """Keep one more; the line is written last, so that no line is without its run."""
        self._runs.mkdir(parents=True, exist_ok=True)
        if tried.run_json is not None:
            self._path(tried.case).write_bytes(gzip.compress(tried.run_json.encode(), compresslevel=6))
        told = {"problem": tried.problem, "mended": tried.mended, "seconds": tried.seconds}
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
        (self.unmended.discard if record["mended"] else self.unmended.add)(case)

    def _path(self, case: str) -> Path:
        return self._runs / f"{re.sub(r'[^A-Za-z0-9+@.-]', '_', case)}.json.gz"
