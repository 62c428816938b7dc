"""What came out, for people (one table) and for machines (``scenarios.json``)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.diagnosis.cases import Case
from tests.diagnosis.figures import (
    Confusion,
    Figures,
    Judged,
    Share,
    by_group,
    confusions,
    fixes_not_applicable,
    headline,
    overall,
    useless_fixes,
)
from tests.diagnosis.fix_trial import FixTrial
from tests.diagnosis.soundness import Soundness

_SHOWN_CONFUSIONS = 20
_HEADINGS = {
    "top1": "top-1",
    "exact_set": "exact set",
    "precision": "precision",
    "wrong_blame": "wrong blame",
    "false_causes": "false causes",
    "honesty": "honesty",
    "fix_validity": "fix validity",
}


@dataclass(frozen=True)
class Campaign:
    """All that there is to report. ``false_alarms``: cases with nothing wrong in which a check failed all the same."""

    judged: Judged
    rivals: Mapping[str, Judged]
    false_alarms: Sequence[str]
    problems: Mapping[str, str]  # case -> what kept it from being tried
    unmended: Sequence[str]  # cases after which the world was not healthy again
    not_run: Sequence[Case]
    stale_fixes: Sequence[str] = ()  # cases whose fix was tried as an earlier diagnosis suggested it: not counted
    soundness: Soundness = field(default_factory=Soundness)


def document(campaign: Campaign) -> dict[str, Any]:
    """The content of ``scenarios.json``. Fractions are null where nothing was judged."""
    return {
        "count": len(campaign.judged),
        **{name: _share(share) for name, share in headline(campaign.judged).items()},
        "groups": {group: _figures(figures) for group, figures in by_group(campaign.judged).items()},
        "confusions": [
            {"expected": each.expected, "named": each.named, "count": len(each.cases), "cases": list(each.cases)}
            for each in confusions(campaign.judged)
        ],
        "useless_fixes": [_fix(*each) for each in useless_fixes(campaign.judged)],
        "fixes_not_applicable": [_fix(*each) for each in fixes_not_applicable(campaign.judged)],
        "fixes_of_earlier_diagnoses": list(campaign.stale_fixes),
        "falsely_named": _falsely_named(campaign.judged),
        "false_alarms": list(campaign.false_alarms),
        "rivals": {
            name: {figure: _share(share) for figure, share in headline(judged).items()}
            for name, judged in campaign.rivals.items()
        },
        **campaign.soundness.document(),
        "problems": dict(campaign.problems),
        "unmended": list(campaign.unmended),
        "not_run": [case.id for case in campaign.not_run],
    }


def show(campaign: Campaign, console: Console) -> None:
    """Print the table, the confusions, and what is missing from both."""
    console.print(_table(campaign))
    for name, share in headline(campaign.judged).items():
        console.print(f"{name:22}{_told(share)}", highlight=False)
    _show_confusions(confusions(campaign.judged), console)
    _show_fixes(campaign, console)
    campaign.soundness.show(console)
    for case, first in _falsely_named(campaign.judged).items():
        console.print(f"[red]named though nothing is wrong[/]: {escape(case)}: {escape(str(first))}")
    for case in campaign.false_alarms:
        console.print(f"[red]a check failed though nothing is wrong[/]: {escape(case)}")
    for case, problem in campaign.problems.items():
        console.print(f"[yellow]could not be tried[/]: {escape(case)}: {escape(problem)}")
    for case in campaign.unmended:
        console.print(f"[yellow]the world did not mend[/]: {escape(case)}")
    if campaign.not_run:
        console.print(f"[yellow]cases not run: {len(campaign.not_run)}[/], from {campaign.not_run[0].id} on")


def _table(campaign: Campaign) -> Table:
    table = Table(
        title=f"The diagnosis on {len(campaign.judged)} cases (in brackets: 95 % intervals)", title_justify="left"
    )
    table.add_column("group")
    for heading in ("cases", *_HEADINGS.values(), "not applicable"):
        table.add_column(heading, justify="right")
    rows = {**by_group(campaign.judged), "all": overall(campaign.judged)}
    rivals = {name: overall(judged) for name, judged in campaign.rivals.items()}
    for index, (name, figures) in enumerate({**rows, **rivals}.items(), start=1):
        cells = [_cell(getattr(figures, heading)) for heading in _HEADINGS]
        untried = str(figures.fixes_not_applicable or "–")
        table.add_row(name, str(figures.count), *cells, untried, end_section=index in (len(rows) - 1, len(rows)))
    return table


def _show_confusions(found: Sequence[Confusion], console: Console) -> None:
    if found:
        console.print("\nConfusions, worst first (single faults):")
    for each in found[:_SHOWN_CONFUSIONS]:
        examples = ", ".join(each.cases[:3]) + (", …" if len(each.cases) > 3 else "")
        console.print(
            f"  {len(each.cases):3} × {each.expected} → {each.named or 'nothing'}  ({examples})", highlight=False
        )
    if len(found) > _SHOWN_CONFUSIONS:
        console.print(f"  … and {len(found) - _SHOWN_CONFUSIONS} more kinds")


def _show_fixes(campaign: Campaign, console: Console) -> None:
    if useless := useless_fixes(campaign.judged):
        console.print("\nFixes that did not help, worst first:")
    for case, fix in useless:
        left = f"refused: {fix.refused}" if fix.refused else f"still fails: {', '.join(fix.still_failing[:3])}"
        count = fix.explained if fix.refused else len(fix.still_failing)
        told = f"  {count:3} of {fix.explained} × {fix.kind}  ({case.id})  {left}"
        console.print(escape(told), highlight=False)
    if untried := fixes_not_applicable(campaign.judged):
        console.print("\nFixes that could not be applied (not counted):")
    for case, fix in untried:
        console.print(escape(f"  {fix.kind}  ({case.id})  {fix.not_applicable}"), highlight=False)
    if campaign.stale_fixes:
        console.print(f"[yellow]fixes of an earlier diagnosis, not counted: {len(campaign.stale_fixes)}[/]")


def _fix(case: Case, fix: FixTrial) -> dict[str, Any]:
    return {"case": case.id, **asdict(fix)}


def _falsely_named(judged: Judged) -> dict[str, str | None]:
    """Cases with nothing wrong in which something is named, with the first active cause."""
    return {
        case.id: " ".join(judgement.first) if judgement.first else None
        for case, judgement in judged
        if judgement.names_falsely
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        each.name: _share(value) if isinstance(value := getattr(figures, each.name), Share) else value
        for each in fields(figures)
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval or (None, None)
    told = {"fraction": share.fraction, "low": low, "high": high}
    return {name: None if value is None else round(value, 4) for name, value in told.items()} | {
        "hits": share.hits,
        "of": share.of,
    }


def _cell(share: Share) -> str:
    """Such as ``77 % (58–89)``."""
    if share.fraction is None or share.interval is None:
        return "–"
    low, high = share.interval
    return f"{100 * share.fraction:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def _told(share: Share) -> str:
    if share.fraction is None or share.interval is None:
        return "nothing was judged"
    low, high = share.interval
    return f"{100 * share.fraction:.1f} %  ({share.hits} of {share.of}; {100 * low:.1f} to {100 * high:.1f} %)"
