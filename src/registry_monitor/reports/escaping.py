r"""How a value is made safe for each format of a report: what a hostile platform answers must not break one.

Characters that nobody can see but that change what is seen (control, right-to-left marks, zero-width) are told
by their number, such as ``⟨U+202E⟩``, in Markdown, HTML and XML, and stand as ``\u202e`` in JSON.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable

from markupsafe import Markup
from markupsafe import escape as escape_html
from pydantic import BaseModel, JsonValue

_UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # Unicode general categories: controls, formats, separators
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a character; no encoding can carry it
_SPECIAL = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")  # an underscore inside a word is only text
_ENTITY = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"^(?:[#+=-]|\d+[.)](?=\s|$))")  # would begin a heading, a list or a rule
_NOT_XML = re.compile(r"[\ufffe\uffff]")


def visible(text: str, keep: str = "") -> str:
    """Tell each character that cannot be seen by its number, except those in ``keep``."""
    return _with_told(_SURROGATE.sub("\ufffd", text), lambda char: char if char in keep else f"⟨U+{ord(char):04X}⟩")


def _with_told(text: str, tell: Callable[[str], str]) -> str:
    """The text with ``tell`` of each character that cannot be seen; a line that prints, as most do, has none."""
    return tell("\n").join(
        line
        if line.isprintable()
        else "".join(tell(char) if unicodedata.category(char) in _UNSEEN else char for char in line)
        for line in text.split("\n")
    )


def one_line(value: object) -> str:
    """A value as one line of visible text; runs of white space become one space."""
    return visible(" ".join(str(value).split()))


def markdown(value: object) -> Markup:
    """A value as inline Markdown text, fit for a table's cell; what is Markup already stays as it is."""
    if isinstance(value, Markup):
        return value
    text = _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\g<0>", one_line(value)))
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    start = _BLOCK_START.match(text)
    if start:
        text = f"{text[: start.end() - 1]}\\{text[start.end() - 1 :]}"
    return Markup(text)  # noqa: S704 - escaped just above


def html(value: object) -> Markup:
    """A value as HTML text, for the one-line elements of a Markdown report, in which no Markdown is read."""
    return escape_html(one_line(value))


def fenced(value: object, language: str = "") -> Markup:
    """A value as a fenced code block, its fence longer than any run of backticks inside."""
    text = visible(str(value).replace("\r\n", "\n"), keep="\n\t")
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max([3, *(run + 1 for run in runs)])
    return Markup(f"{fence}{language}\n{text}\n{fence}")  # noqa: S704 - nothing ends a longer fence


def code(value: object) -> Markup:
    """A value as an inline code span, fit for a table's cell; as escaped text where it would break out of one."""
    text = one_line(value)
    if not text or "`" in text or "|" in text:
        return markdown(text)
    return Markup(f"`{text}`")  # noqa: S704 - nothing in it ends the span


def shortened(value: object, characters: int) -> str:
    """A value as one line of at most so many characters; what is cut is told by an ellipsis."""
    text = one_line(value)
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


def xml_text(value: object) -> str:
    """A value as text that XML 1.0 can carry (section 2.2, Characters); an XML writer escapes the rest."""
    return _NOT_XML.sub("\ufffd", visible(str(value), keep="\n\t"))


def json_text(document: BaseModel | JsonValue, indent: int | None = 2) -> str:
    """A document as JSON that any reader takes: unseen characters as escapes, no NaN, no lone surrogate.

    ``indent``: null puts it on one line, for what is read by programs alone and has a limit in size.
    """
    value = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
    separators = None if indent else (",", ":")
    text = json.dumps(_readable(value), indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)
    return _with_told(text, lambda char: char if char == "\n" else json.dumps(char)[1:-1]) + "\n"


def _readable(value: JsonValue) -> JsonValue:
    """What JSON (RFC 8259) has no word for, replaced: a platform's answer may hold it nevertheless."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value
