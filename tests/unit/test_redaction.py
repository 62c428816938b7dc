"""The redactor: no secret in any form gets out, and nothing else is lost."""

import base64
from urllib.parse import quote

import pytest

from registry_monitor.redaction import Redactor, fingerprint

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
