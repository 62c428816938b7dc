"""Where the time of a run goes: its checks as bars over time, as an SVG."""

from collections.abc import Mapping
from html import escape
from typing import Any

_WIDTH, _LEFT, _RIGHT = 1000, 250, 90
_ROW = 14
_TOP = 30
_COLOURS = (
    "#2a6fb0",
    "#b4552d",
    "#3f8f4f",
    "#8a5ca8",
    "#a88a1f",
    "#2d8f8f",
    "#a83f5c",
    "#5c6f8a",
    "#7a8a3f",
    "#444444",
)


def waterfall(run: Mapping[str, Any], chain: tuple[str, ...], title: str) -> str:
    """One row for each check that was asked, by its start; those of the longest chain are outlined."""
    asked = sorted(
        (each for each in run["checks"] if each["started_ms"] is not None), key=lambda each: each["started_ms"]
    )
    whole_ms = max(each["started_ms"] + each["duration_ms"] for each in asked)
    scale = (_WIDTH - _LEFT - _RIGHT) / whole_ms
    colours = {suite: _COLOURS[index % len(_COLOURS)] for index, suite in enumerate(dict.fromkeys(_suites(asked)))}
    height = _TOP + _ROW * len(asked) + 10
    rows = "\n".join(_row(each, index, scale, colours[each["suite"]], chain) for index, each in enumerate(asked))
    box = f'viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="9"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {box}>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="8" y="18" font-size="13">{escape(title)}: {whole_ms / 1000:.1f} s, {len(asked)} checks</text>
{rows}
</svg>
"""


def _suites(asked: list[Any]) -> list[str]:
    return [each["suite"] for each in asked]


def _row(check: Mapping[str, Any], index: int, scale: float, colour: str, chain: tuple[str, ...]) -> str:
    y = _TOP + _ROW * index
    x, width = _LEFT + check["started_ms"] * scale, max(1.0, check["duration_ms"] * scale)
    outline = ' stroke="#000000" stroke-width="1.5"' if check["id"] in chain else ""
    bar = f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 4}" fill="{colour}"{outline}/>'
    name = f'<text x="{_LEFT - 6}" y="{y + 9}" text-anchor="end">{escape(check["id"][-52:])}</text>'
    return f'{name}{bar}<text x="{x + width + 3:.1f}" y="{y + 9}">{check["duration_ms"]:.0f} ms</text>'
