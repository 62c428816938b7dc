"""Two proofs that the diagnosis is sound, taken from the runs on which it is judged.

No rule is superfluous: without any one of them some case is judged worse. And no verdict hangs on a name, a number or
an order that means nothing: with other ones it is the same.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from registry_monitor.run import Run
from tests.diagnosis.cases import Case
from tests.diagnosis.judging import Judgement
from tests.diagnosis.permutation import difference
from tests.diagnosis.removal import ENOUGH, Break, Removal


@dataclass
class Soundness:
    """Both proofs, grown run by run. ``permuted_differently``: case -> the first verdict that became another."""

    removal: Removal = field(default_factory=Removal)
    permuted: int = 0
    permuted_differently: dict[str, str] = field(default_factory=dict)

    def look(self, case: Case, run: Run, judged: Judgement) -> None:
        """Take one diagnosed run and its judgement into account."""
        self.removal.look(case, run, judged)
        self.permuted += 1
        if told := difference(run):
            self.permuted_differently[case.id] = told

    def document(self) -> dict[str, Any]:
        """Their part of ``scenarios.json``. ``breaks`` are counted up to ``enough``."""
        return {
            "rules": {
                rule: {"breaks": len(breaks), "example": asdict(breaks[0]) if breaks else None}
                for rule, breaks in self.removal.breaks.items()
            },
            "rules_enough_breaks": ENOUGH,
            "superfluous_rules": self.removal.superfluous,
            "permuted": self.permuted,
            "permuted_differently": {"count": len(self.permuted_differently), "cases": self.permuted_differently},
        }

    def show(self, console: Console) -> None:
        """Print what each rule is worth, and what is not as it should be."""
        if not self.permuted:
            return
        console.print(self._table())
        for rule in self.removal.superfluous:
            console.print(f"[bold red]nothing is judged worse without this rule[/]: {rule}")
        count, all_ = len(self.permuted_differently), self.permuted
        console.print(f"another verdict under other names, numbers and orders: {count} of {all_}", highlight=False)
        for case, told in self.permuted_differently.items():
            console.print(f"[red]another verdict under other names[/]: {escape(case)}: {escape(told)}")

    def _table(self) -> Table:
        table = Table(title="Cases judged worse without each rule", title_justify="left")
        table.add_column("rule")
        table.add_column("cases", justify="right")
        table.add_column("such as")
        for rule, breaks in self.removal.breaks.items():
            count = f"{len(breaks)}{' or more' if len(breaks) >= ENOUGH else ''}"
            table.add_row(rule, count, escape(_told(breaks[0])) if breaks else "[bold red]none[/]")
        return table


def _told(example: Break) -> str:
    return f"{example.case} ({', '.join(example.worse)}; first named: {example.first or 'nothing'})"
