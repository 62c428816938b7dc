"""The campaign's table and document: what was tried, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.torture.results import Made

_BAD = ("lost", "left", "leaked", "harmed")


def figures_of(made: Sequence[Made]) -> dict[str, int]:
    """Counts of fault runs: tried, survived, right, and those with something lost, left, leaked or harmed."""
    counts: Counter[str] = Counter(tried=0, survived=0, right=0, lost=0, left=0, leaked=0, harmed=0)
    for outcome in (each.outcome for each in made if each.outcome):
        counts["tried"] += 1
        counts["survived"] += outcome.survived
        counts["right"] += outcome.right
        counts.update(name for name in _BAD if getattr(outcome, name))
    return dict(counts)


def document(parts: Mapping[str, Sequence[Made]], planned: Mapping[str, int]) -> dict[str, Any]:
    """What ``out/torture.json`` holds: the sums, the figures by part, all that is not good, and what was not made."""
    everything = [made for each in parts.values() for made in each]
    return {
        **figures_of(everything),
        "parts": {
            name: {**figures_of(made), "planned": planned[name], "seconds": round(sum(each.seconds for each in made))}
            for name, made in parts.items()
        },
        "not_good": [
            {"part": name, "run": each.name, **_told(each)}
            for name, made in parts.items()
            for each in made
            if each.outcome is None or not each.outcome.is_good
        ],
        "measured": {
            name: {each.name: each.outcome.figures for each in made if each.outcome and each.outcome.figures}
            for name, made in parts.items()
        },
    }


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print the table, and each fault run that is not good."""
    table = Table("part", "planned", "tried", "survived", "right", *_BAD, "seconds")
    for name, row in found["parts"].items():
        columns = ("planned", "tried", "survived", "right", *_BAD, "seconds")
        table.add_row(name, *(str(row[column]) for column in columns))
    sums = [str(found[column]) for column in ("tried", "survived", "right", *_BAD)]
    table.add_section()
    table.add_row("all", str(sum(row["planned"] for row in found["parts"].values())), *sums, "")
    console.print(table)
    for each in found["not_good"]:
        console.print(f"{each['part']}: {each['run']}: {each['why']}", markup=False)


def _told(made: Made) -> dict[str, Any]:
    if made.outcome is None:
        return {"why": f"could not be tried: {made.problem}"}
    outcome = made.outcome
    bad = [f"{name}: {'; '.join(getattr(outcome, name))}" for name in _BAD if getattr(outcome, name)]
    bad = [*(() if outcome.survived else ("did not survive",)), *(() if outcome.right else ("not right",)), *bad]
    return {"why": "; ".join(bad), "told": outcome.told}
