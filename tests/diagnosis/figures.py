"""Judgements counted: each figure is a share of what could be judged, with its Wilson interval."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.diagnosis.cases import Case, Kind
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.judging import Judgement, Key

_Z = 1.959964  # of 95 %

type Judged = Sequence[tuple[Case, Judgement]]


@dataclass(frozen=True)
class Share:
    """``hits`` of ``of``. Both ends of the interval are null, and so is the fraction, where nothing was judged."""

    hits: int
    of: int

    @classmethod
    def of_all(cls, answers: Iterable[bool | None]) -> "Share":
        """Count the yes among those that are not null."""
        told = [answer for answer in answers if answer is not None]
        return cls(sum(told), len(told))

    @property
    def fraction(self) -> float | None:
        """Hits by the whole."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share is, at 95 % (Wilson, 1927: it holds for small samples and near 0 and 1)."""
        if not self.of:
            return None
        share, square = self.hits / self.of, _Z**2
        middle = share + square / (2 * self.of)
        spread = _Z * math.sqrt(share * (1 - share) / self.of + square / (4 * self.of**2))
        scale = 1 + square / self.of
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass(frozen=True)
class Figures:
    """All figures of some cases; see Judgement for what each means."""

    count: int
    top1: Share
    exact_set: Share
    precision: Share
    wrong_blame: Share
    false_causes: Share
    honesty: Share
    fix_validity: Share
    fixes_not_applicable: int

    @classmethod
    def of(cls, judged: Judged) -> "Figures":
        """Count them."""
        judgements = [judgement for _, judgement in judged]
        fixes = [each.fix for each in judgements if each.fix is not None]
        return cls(
            count=len(judgements),
            top1=Share.of_all(each.top1 for each in judgements),
            exact_set=Share.of_all(each.exact_set for each in judgements),
            precision=Share(sum(each.named_rightly for each in judgements), sum(each.named for each in judgements)),
            wrong_blame=Share.of_all(each.blames_wrongly for each in judgements),
            false_causes=Share.of_all(each.names_falsely for each in judgements),
            honesty=Share.of_all(each.is_honest for each in judgements),
            fix_validity=Share.of_all(fix.helps for fix in fixes),
            fixes_not_applicable=sum(fix.helps is None for fix in fixes),
        )


def overall(judged: Judged) -> Figures:
    """The figures of all cases. Top-1 is of faults that are alone and seen: among several it would be easier to hit."""
    alone = _of_kinds(judged, Kind.SINGLE, Kind.LIGHT)
    return replace(Figures.of(judged), top1=Figures.of(alone).top1)


def headline(judged: Judged) -> dict[str, Share]:
    """The figures that stand for the whole, by name."""
    figures = overall(judged)
    return {
        "top1": figures.top1,
        "exact_set_pairs": Figures.of(_of_kinds(judged, Kind.PAIR)).exact_set,
        "exact_set_triples": Figures.of(_of_kinds(judged, Kind.TRIPLE)).exact_set,
        "precision": figures.precision,
        "wrong_blame": figures.wrong_blame,
        "false_causes_healthy": figures.false_causes,
        "honesty": figures.honesty,
        "fix_validity": figures.fix_validity,
    }


def _of_kinds(judged: Judged, *kinds: Kind) -> Judged:
    return [each for each in judged if each[0].kind in kinds]


def by_group(judged: Judged) -> Mapping[str, Figures]:
    """The figures of each group, in the order in which the groups come."""
    groups: defaultdict[str, list[tuple[Case, Judgement]]] = defaultdict(list)
    for each in judged:
        groups[each[0].group].append(each)
    return {group: Figures.of(members) for group, members in groups.items()}


@dataclass(frozen=True)
class Confusion:
    """A fault that was taken for another. ``named``: null where nothing was named."""

    expected: str
    named: str | None
    cases: tuple[str, ...]


def confusions(judged: Judged) -> tuple[Confusion, ...]:
    """What single faults are taken for, by kind of cause, the most frequent first.

    Where the kind is right and the resource is not, both are told.
    """
    found: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
    for case, judgement in judged:
        if case.kind in (Kind.SINGLE, Kind.LIGHT) and not judgement.top1:
            found[_told(judgement.expected[0], judgement.first)].append(case.id)
    by_frequency = sorted(found.items(), key=lambda item: (-len(item[1]), item[0][0], item[0][1] or ""))
    return tuple(Confusion(expected, named, tuple(cases)) for (expected, named), cases in by_frequency)


def _told(expected: Key, named: Key | None) -> tuple[str, str | None]:
    if named is not None and named[0] == expected[0]:
        return " ".join(expected), " ".join(named)
    return expected[0], named[0] if named else None


def useless_fixes(judged: Judged) -> tuple[tuple[Case, FixTrial], ...]:
    """The fixes after which something that they should mend still fails, the worst first."""
    found = [(case, judgement.fix) for case, judgement in judged if judgement.fix and judgement.fix.helps is False]
    return tuple(sorted(found, key=lambda each: (-each[1].failing_share, each[0].id)))


def fixes_not_applicable(judged: Judged) -> tuple[tuple[Case, FixTrial], ...]:
    """The fixes that leave something open, or are of what no sandbox has: neither valid nor wrong."""
    found = [(case, judgement.fix) for case, judgement in judged if judgement.fix and judgement.fix.helps is None]
    return tuple(sorted(found, key=lambda each: (each[1].kind, each[0].id)))
