"""The redactor: no secret in any form gets out, and nothing else is lost."""

import base64
import html
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_monitor.redaction import _SHAPES, Redactor, fingerprint
from tests.torture.canaries import leaks

KEY = 'fake/"admin"+key'


@pytest.mark.parametrize(
    "form",
    [KEY, quote(KEY, safe=""), KEY.replace('"', '\\"'), base64.b64encode(KEY.encode()).decode().rstrip("=")],
    ids=["clear", "URL", "JSON", "base64"],
)
def test_known_key__is_replaced_by_its_fingerprint_in_every_encoding(form: str) -> None:
    """The name of the key stays useful: its fingerprint."""
    assert Redactor([KEY]).text(f"before {form} after") == f"before [key {fingerprint(KEY)}] after"


@pytest.mark.parametrize(
    "form",
    [
        *(base64.b64encode(b"Bearer "[:length] + KEY.encode() + b"\r\n").decode() for length in range(7)),
        base64.urlsafe_b64encode(f"user:{KEY}".encode()).decode(),
        "".join(f"%{ord(char):02X}" for char in KEY),
        "".join(f"\\u{ord(char):04x}" for char in KEY),
        "".join(f"\\u{ord(char):04X}" for char in KEY),
        "".join(f"&#{ord(char)};" for char in KEY),
        KEY.encode().hex().upper(),
        html.escape(f"<b>{KEY}</b>"),
        quote_plus(KEY).replace("%2F", "%2f").replace("%2B", "%2b"),
    ],
)
def test_known_key_in_a_longer_text__is_replaced_wherever_it_begins(form: str) -> None:
    """Base64 depends on what stands before; escapes may be of all characters, in either case."""
    clean = Redactor([KEY]).text(f"before {form} after")
    assert f"[key {fingerprint(KEY)}]" in clean
    assert leaks({"the text": clean}, [KEY]) == ()


def test_password_of_a_user__is_a_secret_by_itself() -> None:
    """A key of HTTP Basic is ``user:password``: its name is that of the whole, and the user is none."""
    clean = Redactor([f"watcher:{KEY}"]).text(f"user watcher with {KEY}, watcher:{KEY}")
    name = f"[key {fingerprint(f'watcher:{KEY}')}]"
    assert clean == f"user watcher with {name}, {name}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer fake-other-key", "Authorization: Bearer [redacted]"),
        ('{"api_key": "fake-other-key"}', '{"api_key": "[redacted]"}'),
        ("postgresql://mlflow:fake-password@db:5432/x", "postgresql://mlflow:[redacted]@db:5432/x"),
        ("password=fake-password&x=1", "password=[redacted]&x=1"),
        ("arn:aws:secretsmanager:us-east-1:1:secret:registry-monitor/x", None),
        ("API key required", None),
        ("could not be asked: authentication.accepted.proxy.bearer failed", None),
        ("Invalid or expired API key", None),
    ],
)
def test_shapes_of_credentials__are_replaced_and_ordinary_words_are_not(text: str, clean: str | None) -> None:
    """Credentials that are not ours are known by their shape."""
    assert Redactor().text(text) == (clean or text)


@pytest.mark.parametrize("number", range(len(_SHAPES)))
@given(data=st.data())
def test_shape__is_looked_for_wherever_it_can_be(number: int, data: st.DataObject) -> None:
    """What stands for it while it is not looked for stands in each text that it matches, in whatever letters."""
    hints, shape = _SHAPES[number]
    text = data.draw(st.from_regex(shape))
    assert any(hint in text.casefold() for hint in hints)


def test_value__redacts_keys_and_nested_texts_and_keeps_the_rest() -> None:
    """Evidence keeps its shape."""
    redact = Redactor(["fake-admin-key"])
    name = f"[key {fingerprint('fake-admin-key')}]"
    assert redact.value({"a": ["fake-admin-key", 1, None, True], "fake-admin-key": {"b": 2.5}}) == {
        "a": [name, 1, None, True],
        name: {"b": 2.5},
    }


def test_long_text__is_capped_and_says_by_how_much() -> None:
    """A million characters of a hostile answer do not fill a report, and a secret at the cap is not cut in half."""
    text = Redactor(["fake-admin-key"], cap=20).text("x" * 15 + "fake-admin-key" + "y" * 100)
    assert "fake" not in text
    assert text.startswith("x" * 15)
    assert text.endswith("more characters)")


def test_control_characters__cannot_steer_a_terminal() -> None:
    """An escape sequence in an answer is shown, not obeyed; line breaks of a stack trace stay."""
    assert Redactor().text("a\x1b[31mb\x07\r\n\tc") == "a\ufffd[31mb\ufffd\ufffd\n\tc"


def test_short_secret__is_not_learned() -> None:
    """A secret of a few characters would blank ordinary words."""
    assert Redactor(["ok"]).text("all ok") == "all ok"


def test_learning__takes_no_secret_from_a_text_under_way() -> None:
    """Checks learn keys side by side with others' texts: what a text has begun with stays whole."""
    redactor = Redactor(["fake-first-key"])
    under_way = redactor._replacements
    before = list(under_way)
    redactor.learn("fake-second-longer-key")
    assert under_way == before
    assert redactor.text("fake-first-key fake-second-longer-key").count("[key ") == 2
