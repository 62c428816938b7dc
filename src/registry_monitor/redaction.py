"""The one redactor: every text on its way out (reports, logs, traces, URLs) passes it.

It knows the secrets of this run by value, in clear and in the encodings in which they travel, and the shapes
of credentials that are not ours (bearer tokens, passwords in URLs, AWS keys).
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from pydantic import JsonValue

_SHAPES = (
    re.compile(r"(?i)((?<![\w.-])(?:bearer|basic|apikey)\s+)[^\s\"',;<>]{6,}"),
    re.compile(r"(?i)(\b(?:api[_-]?key|x-api-key|token|password|passwd)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;<>]{6,}"),
    re.compile(r"(://[^/\s:@]+:)[^@/\s]+(?=@)"),
    re.compile(r"()\bAKIA[0-9A-Z]{16}\b"),
)

# A platform's answer must not steer a terminal or break a document: escape sequences and the like become visible.
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def fingerprint(secret: str) -> str:
    """Name a key without telling it: the first 8 hex digits of its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


class Redactor:
    """Replaces secrets in texts and JSON values; a known key becomes ``[key <fingerprint>]``."""

    def __init__(self, secrets: Iterable[str] = (), cap: int = 4000) -> None:
        self._cap = cap
        self._replacements: list[tuple[str, str]] = []
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Add a secret of this run. Shorter than 6 characters is ignored: it would blank ordinary words."""
        if len(secret) < 6:
            return
        name = f"[key {fingerprint(secret)}]"
        encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
        forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], encoded}
        self._replacements.extend((form, name) for form in forms)
        self._replacements.sort(key=lambda pair: -len(pair[0]))

    def text(self, text: str) -> str:
        """Redact and cap one text (``cap`` characters, the rest counted); control characters become U+FFFD."""
        text = _CONTROL_CHARACTERS.sub("\ufffd", text)
        for secret, name in self._replacements:
            text = text.replace(secret, name)
        for shape in _SHAPES:
            text = shape.sub(r"\1[redacted]", text)
        if len(text) > self._cap:
            return f"{text[: self._cap]}… ({len(text) - self._cap} more characters)"
        return text

    def value(self, value: JsonValue) -> JsonValue:
        """Redact every text inside a JSON value, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value
