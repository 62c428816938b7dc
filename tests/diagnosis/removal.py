"""What each rule of the diagnosis is worth: the scenarios that are judged worse without it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from registry_monitor.diagnosis import diagnose
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.rules import RULES, Rule
from registry_monitor.run import Run
from tests.diagnosis.cases import Case
from tests.diagnosis.judging import Judgement, judge, named_by

ENOUGH = 3  # scenarios that break without a rule: more of them would prove no more
_WORSE = {  # what of a judgement is worse, and its worse value
    "top1": False,
    "exact_set": False,
    "blames_wrongly": True,
    "names_falsely": True,
    "is_honest": False,
}


@dataclass(frozen=True)
class Break:
    """One case that is judged worse without a rule. ``worse``: fields of its judgement; ``first``: now named first."""

    case: str
    worse: tuple[str, ...]
    first: str | None


class Removal:
    """The breaks of each rule, found run by run. A rule that has enough of them is left alone."""

    def __init__(self, rules: Iterable[Rule] = RULES) -> None:
        self._rules = tuple(rules)
        self._breaks: dict[str, list[Break]] = {name_of(rule): [] for rule in self._rules}

    @property
    def breaks(self) -> Mapping[str, list[Break]]:
        """By rule, in the order of the rules."""
        return self._breaks

    @property
    def superfluous(self) -> list[str]:
        """The rules without which nothing that was tried is judged worse."""
        return [name for name, breaks in self._breaks.items() if not breaks]

    def look(self, case: Case, run: Run, judged: Judgement) -> None:
        """Judge one case again, without each rule that suspects something in it."""
        for rule in self._contributing(run):
            without = diagnose(run, [each for each in self._rules if each is not rule])
            again = judge(case, named_by(run.diagnosed(without)), fails=bool(run.symptoms))
            worse = tuple(field for field in _WORSE if _is_worse(field, judged, again))
            if worse:
                first = " ".join(again.first) if again.first else None
                self._breaks[name_of(rule)].append(Break(case.id, worse, first))

    def _contributing(self, run: Run) -> Iterator[Rule]:
        """Without a rule that suspects nothing, all would be the same."""
        evidence = Evidence(run)
        for rule in self._rules:
            if len(self._breaks[name_of(rule)]) < ENOUGH and any(True for _ in rule(evidence)):
                yield rule


def name_of(rule: Rule) -> str:
    """A rule's module and function, such as ``routing.routes``."""
    return f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}"


def _is_worse(field: str, before: Judgement, after: Judgement) -> bool:
    is_bad = _WORSE[field]
    return getattr(before, field) is (not is_bad) and getattr(after, field) is is_bad
