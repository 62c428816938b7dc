"""What one answer of a registry tells a user who comes with a key. Pure: an answer in, a Meaning out.

The rules go by status, by who wrote the answer, and by words in it, never by one platform's exact bodies.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from registry_monitor.clients.http import Answer, ErrorKind, HttpError, Writer
from registry_monitor.model import CannotTellError

_QUOTED_CHARACTERS = 200


class Meaning(StrEnum):
    """What one answer means for the caller; the value stands in the document of ``check --json``."""

    WORKS = "works"
    KEY_REFUSED = "key-refused"
    KEY_NOT_SEEN = "key-not-seen"
    UNAUTHORIZED = "unauthorized"
    NOT_ADMIN = "not-admin"
    FORBIDDEN = "forbidden"
    NO_BALANCE = "no-balance"
    RATE_LIMITED = "rate-limited"
    FIREWALL = "firewall"
    NOT_FOUND = "not-found"
    WEB_PAGE = "web-page"
    REDIRECT = "redirect"
    AUTHENTICATION_DOWN = "authentication-down"
    HOST_CHECK = "host-check"
    DATABASE_DOWN = "database-down"
    MLFLOW_UNREACHABLE = "mlflow-unreachable"
    MLFLOW_SILENT = "mlflow-silent"
    LOAD_BALANCER = "load-balancer"
    PLATFORM_ERROR = "platform-error"
    NAME = "name"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect-timeout"
    TLS = "tls"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    UNCLEAR = "unclear"
    CANNOT_TELL = "cannot-tell"


type Reply = Answer | HttpError | CannotTellError

_NO_ANSWER: dict[ErrorKind, Meaning] = {
    "name": Meaning.NAME,
    "refused": Meaning.REFUSED,
    "connect timeout": Meaning.CONNECT_TIMEOUT,
    "handshake timeout": Meaning.TIMEOUT,
    "tls": Meaning.TLS,
    "timeout": Meaning.TIMEOUT,
    "broken": Meaning.BROKEN,
}


@dataclass(frozen=True)
class _Rule:
    """An answer of one of these statuses, which says this and was written by that, has this meaning."""

    statuses: tuple[int, ...]
    meaning: Meaning
    says: str = ""  # a pattern, in any case, searched in what the answer says; empty: whatever it says
    writer: Writer | None = None  # None: whoever wrote it

    def fits(self, answer: Answer, text: str) -> bool:
        return (
            answer.status in self.statuses
            and self.writer in (None, answer.written_by)
            and re.search(self.says, text, re.IGNORECASE) is not None
        )


_GATEWAY = (502, 503, 504)

_RULES = (  # the first that fits decides
    _Rule((401, 429), Meaning.RATE_LIMITED, says=r"rate.?limit|too many requests"),
    _Rule((429,), Meaning.RATE_LIMITED),
    _Rule((402,), Meaning.NO_BALANCE),
    _Rule(
        (401,), Meaning.KEY_REFUSED, says=r"(invalid|expired|revoked|unknown|incorrect|wrong).*(key|token|credential)"
    ),
    # Some platforms give 401 for every failure of authentication: then the words alone tell whose fault it is.
    _Rule((401,), Meaning.AUTHENTICATION_DOWN, says=r"unavailable|timed?.?out|\berror\b"),
    _Rule((401,), Meaning.KEY_NOT_SEEN, says=r"required|missing|not (given|provided)|no (api )?(key|token)"),
    _Rule((401,), Meaning.UNAUTHORIZED),
    _Rule((403,), Meaning.HOST_CHECK, says=r"invalid host header"),  # MLflow's own words
    _Rule((403,), Meaning.NOT_ADMIN, says=r"\badmin"),
    _Rule((403,), Meaning.FIREWALL, writer="firewall"),
    _Rule((403,), Meaning.FIREWALL, writer="load balancer"),
    _Rule((403,), Meaning.FORBIDDEN),
    _Rule((404,), Meaning.NOT_FOUND),
    _Rule((301, 302, 303, 307, 308), Meaning.REDIRECT),
    _Rule(_GATEWAY, Meaning.LOAD_BALANCER, writer="load balancer"),
    _Rule((500, *_GATEWAY), Meaning.AUTHENTICATION_DOWN, says=r"\bauth(entication)?\b"),
    _Rule((503,), Meaning.DATABASE_DOWN, says=r"TEMPORARILY_UNAVAILABLE"),  # MLflow's code where its database is away
    _Rule((504,), Meaning.MLFLOW_SILENT, says=r"mlflow"),
    _Rule((500, 502), Meaning.MLFLOW_UNREACHABLE, says=r"mlflow"),
    _Rule(tuple(range(500, 600)), Meaning.PLATFORM_ERROR),
)


def judge(reply: Reply) -> Meaning:
    """What an answer to "search experiments" with the caller's key means."""
    if isinstance(reply, CannotTellError):
        return Meaning.CANNOT_TELL
    if isinstance(reply, HttpError):
        return _NO_ANSWER[reply.kind]
    if reply.status == 200:
        return _judge_success(reply)
    text = said(reply)
    return next((rule.meaning for rule in _RULES if rule.fits(reply, text)), Meaning.UNCLEAR)


def _judge_success(answer: Answer) -> Meaning:
    found = document(answer)
    if isinstance(found, dict) and (not found or "experiments" in found or "next_page_token" in found):
        return Meaning.WORKS  # MLflow leaves an empty list out
    return Meaning.WEB_PAGE if _is_html(answer) else Meaning.UNCLEAR


def document(answer: Answer) -> JsonValue:
    """The body as JSON, None where it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def said(answer: Answer) -> str:
    """What an answer says in words: the texts of a JSON body without its keys, plain text, nothing of a web page."""
    if _is_html(answer):
        return ""
    try:
        return " ".join(_texts(answer.json()))
    except (ValueError, RecursionError):
        return answer.text


def quoted(answer: Answer) -> str:
    """The body as people are shown it: on one line, and cut; nothing of a web page."""
    text = "" if _is_html(answer) else " ".join(answer.text.split())
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."


def described(reply: Reply, *, with_body: bool = True) -> str:
    """A clause about a reply: "answered 404 (written by the load balancer): Not Found"."""
    if not isinstance(reply, Answer):
        return str(reply)
    article = "" if reply.written_by == "MLflow" else "the "
    wrote = "" if reply.written_by == "unknown" else f" (written by {article}{reply.written_by})"
    kind = " with a web page" if reply.status == 200 and _is_html(reply) else ""
    text = quoted(reply) if with_body and reply.status >= 300 else ""
    return f"answered {reply.status}{kind}{wrote}{f': {text}' if text else ''}"


def _is_html(answer: Answer) -> bool:
    return bool(re.match(r"\s*<(!doctype|html|head|body)", answer.text, re.IGNORECASE))


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
