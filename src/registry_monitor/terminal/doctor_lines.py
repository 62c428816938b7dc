"""What `doctor` tells: one line for each thing that it has looked at."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Line:
    """One thing that a run needs. ``told``: a clause; of what is WRONG with what to do about it."""

    word: Literal["ok", "WRONG", "skipped"]
    subject: str
    told: str


def judged(subject: str, problem: str | None, well: str) -> Line:
    """WRONG with its problem, else ok."""
    return Line("ok", subject, well) if problem is None else Line("WRONG", subject, problem)
