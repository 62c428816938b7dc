"""How the templates of the HTML pages are filled in: every value is escaped, and at most so long.

No value stands in a link, a style or a script: pages have no script at all, and their policy forbids any.
"""

import math
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from registry_monitor.model import SuiteName
from registry_monitor.reports.escaping import shortened, visible
from registry_monitor.reports.templating import new_environment, sentences

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST = 600  # characters of one value, whatever a platform answers: a page has a limit in size
_LONGEST_BLOCK = 4000  # of a value with lines of its own
_READ = 4  # times as much is looked at, since white space is folded
_SUITES = {
    SuiteName.MLFLOW_ROUTING: "MLflow routing",
    SuiteName.E2E_MODEL_REGISTRATION: "End-to-end registration",
    SuiteName.SERVICES_DIRECT: "Services, asked directly",
}


@cache
def page_environment() -> "Environment":
    """The environment of the templates below ``templates/page``."""
    made = new_environment()
    made.finalize = text
    made.filters |= {
        "shortened": _shortened,
        "sentences": lambda value, characters: sentences(_readable(value, characters), characters),
        "claim": lambda value, characters: _shortened(value, characters).rstrip("."),
        "told": lambda value: _with_code(str(value)),
        "block": _block,
        "suite": suite_name,
        "seconds": _seconds,
        "lasted": lasted,
        "moment": moment,
        "uptime": uptime,
        "figure": lambda value: f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}",
        "path": Markup,  # of page_plots: figures alone, and longer than a text may be
    }
    return made


def text(value: object) -> Markup:
    """A value as HTML text or as a quoted attribute; what is Markup already stays as it is."""
    return value if isinstance(value, Markup) else escape(_shortened(value, _LONGEST))


def suite_name(suite: str) -> str:
    """A suite for people."""
    known = next((name for each, name in _SUITES.items() if each == suite), None)
    return known or suite.replace("_", " ").capitalize()


def lasted(duration: timedelta | float | None) -> str:
    """A duration (or seconds) in its two largest units: "3 d 4 h", "12 min", "40 s"; "so far" where it has no end."""
    if duration is None:
        return "so far"
    left_s = round(duration.total_seconds() if isinstance(duration, timedelta) else duration)
    parts = []
    for unit, unit_s in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left_s = divmod(left_s, unit_s)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) if parts else "0 s"


def uptime(pct: float | None) -> str:
    """An uptime with two digits, rounded down: what was down for a moment is never "100 %"."""
    if pct is None:
        return "no data"
    return f"{pct:g} %" if pct in (0, 100) else f"{math.floor(pct * 100) / 100:.2f} %"


def moment(at: datetime) -> str:
    """A moment for people: "30 Jul 2026, 09:15 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _readable(value: object, characters: int) -> str:
    return str(value)[: _READ * characters]


def _shortened(value: object, characters: int) -> str:
    return shortened(_readable(value, characters), characters)


def _block(value: object) -> Markup:
    """A value with its lines, for a ``pre``."""
    whole = str(value)
    cut = "\n…" if len(whole) > _LONGEST_BLOCK else ""
    return escape(visible(whole[:_LONGEST_BLOCK].replace("\r\n", "\n"), keep="\n\t") + cut)


def _with_code(told: str) -> Markup:
    """Text in which what stands in backticks is code, to be copied as it is."""
    pieces = told.split("`")
    if len(pieces) % 2 == 0:  # one of them has no partner
        return escape(told)
    shaped = (
        escape(piece) if place % 2 == 0 else Markup("<code>{}</code>").format(piece)
        for place, piece in enumerate(pieces)
    )
    return Markup("").join(shaped)


def _seconds(value_s: float) -> str:
    if 0 < value_s < 0.1:
        return f"{1000 * value_s:.0f} ms"
    return f"{value_s:.0f} s" if value_s >= 10 or value_s == 0 else f"{value_s:.1f} s"
