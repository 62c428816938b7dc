"""The fault runs that have been made, kept as they come, so that a campaign that was stopped goes on."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.torture.outcome import Outcome


@dataclass(frozen=True)
class Made:
    """One fault run that was made; ``outcome`` is None where the harness itself failed, by ``problem``."""

    name: str
    outcome: Outcome | None
    problem: str | None
    seconds: float


class Results:
    """The fault runs of one part, made on the sources with this fingerprint; those of others are made again."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self.made: dict[str, Made] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            self._take(line)

    def add(self, made: Made) -> None:
        """Keep one more."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"fingerprint": self._fingerprint, **asdict(made)})
        with self._path.open("a") as lines:
            lines.write(f"{line}\n")
        self._take(line)

    def _take(self, line: str) -> None:
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            return  # the last line of a campaign that was killed while it wrote
        if record.pop("fingerprint") != self._fingerprint:
            return
        outcome = record.pop("outcome")
        if outcome is not None:
            lists = {name: tuple(outcome[name]) for name in ("lost", "left", "leaked", "harmed")}
            outcome = Outcome(**outcome | lists)
        self.made[record["name"]] = Made(outcome=outcome, **record)
