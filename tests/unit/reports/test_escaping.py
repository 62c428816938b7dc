"""Values made safe for Markdown, JSON and XML."""

import json
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from registry_monitor.reports.escaping import code, fenced, json_text, markdown, shortened, visible, xml_text


@pytest.mark.parametrize(
    "text",
    [
        "GET https://registry.example/api?a=1&b=2",
        "model_registration_flow.clean-up",
        "a|b `code` **bold** *it* _it_ __init__ ~~no~~ <b>x</b> <!-- x --> [a](b) ![a](b) [^1] &amp; &lt; \\| \\",
        "# no heading",
        "- no list",
        "1. no list",
        "12) no list",
        "+ no list",
        "=== no heading",
        "> no quote",
    ],
)
def test_markdown__reads_back_as_the_same_text(text: str) -> None:
    """A Markdown reader shows the value, and finds no element in it."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(str(markdown(text)))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert "".join(child.content for child in children) == text
    assert {child.type for child in children} <= {"text", "text_special"}


def test_markdown__leaves_ordinary_names_readable_without_rendering() -> None:
    """A report is also read with cat: an underscore inside a word needs no backslash."""
    text = "infrastructure_health.endpoint.api-health answered 200 (42 ms), 100 %"
    assert markdown(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\n\tc  d", "a b c d"),
        ("\x1b[31mred", r"⟨U+001B⟩\[31mred"),
        ("evil\u202egnp.exe", "evil⟨U+202E⟩gnp.exe"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("half \ud800", "half \ufffd"),
        ("é ü 日本 – …", "é ü 日本 – …"),
    ],
)
def test_markdown__shows_what_cannot_be_seen(text: str, shown: str) -> None:
    """Control characters and right-to-left marks are told by number; letters of any language stay."""
    assert markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('module.api["x"].aws_lb.this', '`module.api["x"].aws_lb.this`'),
        ("<b>*x*</b> &amp; \\", "`<b>*x*</b> &amp; \\`"),
        ("a\nb\u202e", "`a b⟨U+202E⟩`"),
        ("a`b", "a\\`b"),
        ("a|b", "a\\|b"),
        ("", ""),
    ],
)
def test_code__is_a_span_or_escaped_text(text: str, shown: str) -> None:
    """What would end a code span, or a table's cell, stands as text; the value reads back as it is."""
    assert code(text) == shown
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| head |\n|---|\n| {code(text)} |")
    cell = next(token for token in tokens[9:] if token.type == "inline")
    assert "".join(child.content for child in cell.children or []) == visible(" ".join(text.split()))


@pytest.mark.parametrize("text", ["plain", "```\n# out\n```", "`" * 7 + "\nx", "~~~", "</details>", "\n\n    x"])
def test_fenced__nothing_ends_the_fence(text: str) -> None:
    """Whatever stands inside, it stays one code block with that text."""
    tokens = MarkdownIt("commonmark").parse(str(fenced(text)))
    assert [(token.type, token.content) for token in tokens] == [("fence", f"{text}\n")]


def test_json_text__is_readable_json_whatever_the_values_are() -> None:
    """Unseen characters are escaped and read back; what JSON cannot carry is replaced."""
    text = json_text({"a\u202e": ["é\x7f\u2028\n", float("nan"), "\ud800", {"\ud800": 1.5}]})
    assert json.loads(text) == {"a\u202e": ["é\x7f\u2028\n", None, "\ufffd", {"\ufffd": 1.5}]}
    assert "é" in text
    assert visible(text, keep="\n") == text


def test_xml_text__is_what_xml_can_carry() -> None:
    """Every character of the basic plane survives parsing as text, most of them as they are."""
    everything = "".join(map(chr, range(0x10000)))
    element = ET.Element("a")
    element.text = xml_text(everything)
    assert ET.fromstring(ET.tostring(element, encoding="utf-8")).text == element.text


@pytest.mark.parametrize(("text", "shown"), [("12345", "12345"), ("123456", "1234…"), ("123 456", "123…")])
def test_shortened__tells_that_it_cut(text: str, shown: str) -> None:
    """At most so many characters, the ellipsis among them."""
    assert shortened(text, 5) == shown
