"""The blank lines of a Markdown document, as its readers and linters want them; templates need not count them."""

import re

_FENCE = re.compile(r"^(`{3,})")
_HEADING = re.compile(r"^#{1,6} ")


def tidied(text: str) -> str:
    """One blank line around headings, never two, none at the ends; what stands in a fenced block stays as it is."""
    lines: list[str] = []
    fence: str | None = None
    for line in text.splitlines():
        if fence is not None:
            lines.append(line)
            fence = None if line == fence else fence
            continue
        opened = _FENCE.match(line)
        fence = opened[1] if opened else None
        is_heading = bool(_HEADING.match(line))
        follows_heading = bool(lines) and bool(_HEADING.match(lines[-1]))
        if (is_heading or follows_heading) and lines and lines[-1] and line:
            lines.append("")
        if line or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
