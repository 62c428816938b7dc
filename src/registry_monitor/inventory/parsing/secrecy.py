"""What of a container's settings may be kept: only what cannot be a secret. All else is a fingerprint or redacted."""

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from registry_monitor.inventory.deep_facts import Variable
from registry_monitor.redaction import Redactor

_SECRET_NAME = re.compile(
    r"(?i)pass|pwd|secret|token|key|cred|salt|private|signature|(?:^|[^a-z])(?:pw|pin|dsn)(?:[^a-z]|$)"
)
_BOOLEAN = re.compile(r"(?i)true|false|yes|no|on|off")
_SHORT_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,4})?")
_PLAIN_WORD = re.compile(r"[a-z]{0,20}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PORT = r"(?::(?:\d{1,5}|\*))?"
_HOST = re.compile(rf"(?:(?:\*\.)?(?:{_LABEL}\.)+[a-z]{{2,8}}|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|localhost){_PORT}")
_HOST_OF_URL = re.compile(rf"{_HOST.pattern}|{_LABEL}{_PORT}")  # within one network a host may have a single label
_LIST_ITEM = re.compile(rf"\*|{_HOST.pattern}|(?i:x(?:-[a-z]{{1,12}}){{1,4}}|authorization|content-type|accept|origin)")
_PATH = re.compile(r"(?:/[a-z0-9._-]{1,40})*/?")
_URL_SCHEMES = ("http", "https", "redis", "rediss", "postgresql", "s3")

_URL_USER = re.compile(r"(?<!\w)(\w++://)\S*@")  # up to the last @: a password may hold any other sign
# A name that has one of these words whole: "KeyError: 'URL'" is told, "--db-password-of x" is not.
_SPEAKS = r"(?=[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|cred(?:ential)?|key)s?(?![a-z0-9]))"
_SECRET_OPTION = re.compile(
    rf"(?i)(?<![\w.-])({_SPEAKS}(?:[\w.-]++[\"']?\s*[=:]\s*|-[\w.-]++\s+))(?:\"[^\"]*\"|'[^']*'|\S+)"
)
_OPTION_ALONE = re.compile(rf"(?i){_SPEAKS}-[\w.-]++")
_LONG_RUN = re.compile(r"[A-Za-z0-9_+/=-]{20,}")
_REDACTED = "[redacted]"
_LONGEST = 2000  # characters of a text: the patterns take time with the square of its longest word
_PATTERNS = Redactor()  # it knows no secret by value: its patterns alone


def variable(family: str, name: str, value: str) -> Variable:
    """A variable as it may be kept. The fingerprint tells of the value only whether two revisions have the same."""
    digest = hashlib.sha256("\0".join((family, name, value)).encode("utf-8", "replace")).hexdigest()
    kept = None if _SECRET_NAME.search(name) else _harmless(value)
    return Variable(value=kept, fingerprint=digest[:8])


def command(parts: Iterable[str]) -> tuple[str, ...]:
    """A command whose secrets are redacted: those of options and assignments, in URLs, and long random runs."""
    redacted: list[str] = []
    follows_option = False
    for part in parts:
        redacted.append(_REDACTED if follows_option and not part.startswith("-") else redact(part))
        follows_option = _OPTION_ALONE.fullmatch(part) is not None
    return tuple(redacted)


def redact(text: str) -> str:
    """A text without what looks like a secret, such as a line of a log."""
    text = _URL_USER.sub(rf"\1{_REDACTED}@", text[:_LONGEST])
    text = _SECRET_OPTION.sub(rf"\1{_REDACTED}", text)
    text = _PATTERNS.text(text)
    return _LONG_RUN.sub(lambda run: _REDACTED if _looks_random(run[0]) else run[0], text)


def _harmless(value: str) -> str | None:
    """The value, or what of it cannot be secret; null where it might be."""
    if any(form.fullmatch(value) for form in (_BOOLEAN, _SHORT_NUMBER, _PLAIN_WORD)):
        return value
    if "://" in value:
        return _harmless_url(value)
    items = [item.strip() for item in value.split(",")]
    is_list = all(_LIST_ITEM.fullmatch(item) and not _has_random_label(item) for item in items)
    return value if is_list else None


def _harmless_url(value: str) -> str | None:
    """A URL without user, query and fragment; null where its end is not certain, or its path may be a secret."""
    before_user, at, after_user = value.rpartition("@")
    scheme, _, user = before_user.partition("://")
    if at and (not scheme or re.search(r"[/?#@\s]", user)):
        return None  # a password with such a sign: where it ends is anybody's guess
    try:
        parts = urlsplit(f"{scheme}://{after_user}" if at else value)
    except ValueError:
        return None
    if parts.scheme not in _URL_SCHEMES or not _HOST_OF_URL.fullmatch(parts.netloc) or not _PATH.fullmatch(parts.path):
        return None
    if _has_random_label(parts.netloc) or _has_random_label(parts.path):
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _has_random_label(text: str) -> bool:
    """Whether a part between dots and slashes is too long or too mixed for a name: it may be a key or a UUID."""
    return any(_is_random_label(label.split("-")) for label in re.split(r"[^A-Za-z0-9-]", text))


def _is_random_label(words: list[str]) -> bool:
    mixed = [word for word in words if re.search("[A-Za-z]", word) and re.search("[0-9]", word)]
    too_long = any(len(word) > 24 for word in words) or any(len(word) > 12 for word in mixed)
    return too_long or len([word for word in mixed if len(word) >= 4]) > 1


def _looks_random(run: str) -> bool:
    """Whether a run of 20 characters or more is mixed as keys are, and names are not."""
    lower, upper, digits = (len(re.findall(kind, run)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    if lower and upper:
        return digits > 0 or upper > 0.2 * len(run)
    longest_word = max(len(word) for word in re.split(r"[^A-Za-z0-9]", run))
    return longest_word > 24 or (lower + upper > 0 and digits >= 4)
