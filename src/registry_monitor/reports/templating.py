"""How the templates of the Markdown documents are filled in.

Every value that a template prints passes ``escaping.markdown``; only Markup (its own macros, code) does not.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from registry_monitor.finding import Finding, FindingState, Priority, Terraform
from registry_monitor.inventory.baseline import Baseline
from registry_monitor.inventory.facts import Fact, Unknown
from registry_monitor.model import Result, SuiteName
from registry_monitor.reports.escaping import code, fenced, html, json_text, markdown, one_line, shortened

if TYPE_CHECKING:
    from jinja2 import Environment

_COMMAND = re.compile(r"`((?:aws|for) [^`]+)`")  # as a fix's words quote what is to be typed
_SENTENCE_END = re.compile(r"\.(?= [A-Z])")
_MONITORS_RUN = "python -m registry_monitor run --suites "
_IS_OUT = re.compile(r"\bcannot\b|\bno (?:request|key)\b|[Nn]obody")  # in the words of diagnosis/impact.py
_FOUND_IN = {
    "terraform map": "from the map of Terraform addresses",
    "target file": "from the target file",
    "resource type": "its type; its address is not known here",
}
_FELT = {
    FindingState.ACTIVE: "active: checks fail because of it",
    FindingState.LATENT: "latent: proved, and masked or not felt yet",
    FindingState.SUSPECTED: "suspected: checks point to it, and it is not proved",
    FindingState.CONSEQUENCE: "consequence of another",
}
_PRIORITIES = {
    Priority.CRITICAL: "critical: nobody can register or fetch a model",
    Priority.HIGH: "high: a part of the users or of the service is out",
    Priority.MEDIUM: "medium: nothing is out; the next fault, deployment or expiry will be",
    Priority.LOW: "low: untidy",
}


@cache  # with it its templates, which it takes longer to compile than to fill in
def environment() -> "Environment":
    """The environment of those templates that need nothing of their own."""
    return new_environment()


def new_environment() -> "Environment":
    """An environment of its own for templates that need more: whoever makes one keeps it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - a healthy light run has no report

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # Markup marks what is safe already; anything that is not is escaped by `finalize`
        finalize=markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "pct": pct,
        "ms": _ms,
        "utc": _utc,
        "html": html,
        "code": code,
        "fenced": fenced,
        "evidence": _evidence,
        "shortened": shortened,
        "sentences": sentences,
        "told": _told,
        "claim": lambda value, characters: shortened(value, characters).rstrip("."),  # more follows in its line
        "dash": lambda value: "–" if value is None else value,
        "plural": plural,
        "short_id": lambda check_id: check_id.partition(".")[2] or check_id,  # without its suite
        "found_in": _found_in,
        "compared": _compared,
        "felt": _FELT.__getitem__,
        "priority": _priority,
        "commands": commands,
        "figure": figure,
        "signed": _signed,
    }
    made.globals["numbers"] = numbers
    return made


def _compared(baseline: Fact[Baseline | None] | None) -> str:
    """The run with which one was compared."""
    if baseline is None:
        return "nothing"
    if isinstance(baseline, Unknown):
        return f"nothing: {baseline.reason}"
    if baseline.value is None:
        return "nothing: no run was kept yet"
    kept = baseline.value
    return f"{kept.run_id} of {_utc(kept.started_at)}, which was {kept.verdict}"


def sentences(value: object, characters: int) -> str:
    """As many whole sentences as fit, so that no command is cut in two; an ellipsis tells that more follow."""
    text = one_line(value)
    if len(text) <= characters:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, characters) if text.count("`", 0, end.end()) % 2 == 0]
    return f"{text[: ends[-1]]} …" if ends else shortened(text, characters)


def numbers(findings: Iterable[Finding], listed: Sequence[Finding]) -> str:
    """Where findings stand in a numbered list: "1, 3"."""
    return ", ".join(str(1 + listed.index(finding)) for finding in findings)


def pct(value: float | None) -> str:
    """A percentage for people."""
    return "no data" if value is None else f"{value:g} %"


def plural(count: int, word: str) -> str:
    """A count with its noun: "1 check", "2 checks"."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def figure(value: float | None, unit: str) -> str:
    """A figure with its unit; null is "no data"."""
    return "no data" if value is None else f"{value:,.10g} {unit}".strip()


def _signed(change: float | None, unit: str) -> Markup:
    """A change with its sign; of a percentage in points."""
    if change is None:
        return Markup("–")
    told = f"{change:+,.10g} {'points' if unit == '%' else unit}".strip() if change else "none"
    return Markup(told)  # noqa: S704 - a number and our own unit; its sign begins no list in a cell


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _found_in(terraform: Terraform) -> str:
    return _FOUND_IN.get(terraform.found_in, terraform.found_in)


def _priority(finding: Finding) -> str:
    """A priority, and what it means: it is told by users, whom a fault of the monitor's own does not reach."""
    if finding.is_monitors_own:
        return str(finding.priority)
    is_open_door = any(each.startswith("Security:") for each in finding.impact)
    if is_open_door:
        return f"{finding.priority}: a door stands open"
    if finding.priority is Priority.CRITICAL and any(finding.impact) and not _IS_OUT.search(" ".join(finding.impact)):
        return f"{finding.priority}, by its kind; what is felt of it so far stands under Users"
    return _PRIORITIES[finding.priority]


def _told(value: object) -> Markup:
    """Words of a fix as Markdown, with the commands in them as code, to be copied as they stand."""
    pieces = _COMMAND.split(one_line(value))
    written = [code(piece) if place % 2 else _escaped(piece) for place, piece in enumerate(pieces)]
    return Markup("").join(written)


def _escaped(piece: str) -> Markup:
    """A piece of text as Markdown, with the spaces that keep it apart from its neighbours."""
    before, after = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    return Markup("{}{}{}").format(before, markdown(piece), after) if piece.strip() else Markup(piece)  # noqa: S704


def commands(finding: Finding) -> str:
    """What to type: the plan of the resource alone, what verifies the fix, and the checks that then pass again.

    Where the monitor itself verifies a fix, its run of those checks says it all.
    """
    address = "" if finding.terraform is None else one_line(finding.terraform.address)
    named = {check.partition(".")[0] for check in finding.explains}
    suites = ",".join(suite for suite in SuiteName if suite in named)
    verify = finding.fix.verify or ""
    is_within = verify.startswith(_MONITORS_RUN) and named.issuperset(verify.removeprefix(_MONITORS_RUN).split(","))
    commands = [
        f"terraform plan -target={shlex.quote(address)}" if "." in address else None,
        None if is_within else verify,
        f"{_MONITORS_RUN}{suites}" if suites else None,
    ]
    return "\n".join(command for command in commands if command)


def _evidence(result: Result) -> str:
    """The evidence as run.json has it."""
    stored = result.model_dump(mode="json", include={"evidence"})
    return fenced(json_text(stored["evidence"]).rstrip("\n"), "json")
