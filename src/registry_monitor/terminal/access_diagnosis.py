"""What all replies together mean for somebody who comes with a URL and a key. Pure: replies in, a Diagnosis out."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_monitor.clients.http import Answer, HttpError
from registry_monitor.model import Document
from registry_monitor.terminal.access_answers import Meaning, described
from registry_monitor.terminal.access_questions import (
    Asked,
    Purpose,
    entrance,
    is_clear_without_key,
    redirect_target,
    reply_to,
    server_version,
)
from registry_monitor.terminal.access_texts import KEPT_OUT, TEXTS, UNKNOWN, WORKS, Trouble

# Replies that only a registry gives, so that the address which gave them is the right one.
_SHOWS_THE_REGISTRY = (
    *(Meaning.WORKS, Meaning.NOT_ADMIN, Meaning.HOST_CHECK, Meaning.DATABASE_DOWN),
    *(Meaning.MLFLOW_UNREACHABLE, Meaning.MLFLOW_SILENT),
)
_LOGGED_MODELS_SINCE = 3  # the client of MLflow 3 calls them in log_model, and fails where the server has none


@dataclass(frozen=True)
class Client:
    """An MLflow client: the name of its package and its version."""

    package: str
    version: str

    @property
    def major(self) -> int:
        """The first number of the version; 0 where it is none."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdigit() else 0


class Tried(Document):
    """One request: what for, what came, and whether that was good (null: neither, it only informs)."""

    what: str
    method: str
    url: str
    seen: str
    is_good: bool | None
    elapsed_ms: float | None


class Diagnosis(Document):
    """What is so, and what to do. ``causes``: the gravest first; ``exit_code``: 0, 1 or 3 as the command's."""

    causes: tuple[str, ...]
    exit_code: int
    headline: str
    also: tuple[str, ...]
    next_steps: tuple[str, ...]
    tried: tuple[Tried, ...]
    url: str
    tracking_uri: str | None  # what MLFLOW_TRACKING_URI should be, where the registry was found
    server_version: str | None
    client: str | None


def diagnose(given: str, asked: Sequence[Asked], client: Client | None) -> Diagnosis:
    """Judge what was asked about the tracking URI ``given``; ``client``: the one installed, None without one.

    ``asked`` must not be empty: the first reply is what the headline is about, when no registry is found.
    """
    causes = _causes(given, asked, client)
    fields = _fields(given, asked, client)
    texts = [TEXTS[cause] for cause in causes]
    codes = {text.exit_code for text in texts}
    headlines = [text.headline.format(**fields) for text in texts]
    door = entrance(asked)
    return Diagnosis(
        causes=tuple(causes),
        exit_code=next((code for code in (KEPT_OUT, UNKNOWN) if code in codes), WORKS),
        headline=headlines[0],
        also=tuple(headlines[1:]),
        next_steps=tuple(text.next_step.format(**fields) for text in texts),
        tried=tuple(_tried(each) for each in asked),
        url=given,
        tracking_uri=door.question.base if door and door.meaning in _SHOWS_THE_REGISTRY else None,
        server_version=server_version(asked),
        client=_named(client) if client else None,
    )


def _causes(given: str, asked: Sequence[Asked], client: Client | None) -> list[Meaning | Trouble]:
    door = entrance(asked)
    if door is None:
        return [_why_no_registry(asked)]
    address = _trouble_with_the_address(given, asked, door)
    if door.meaning is not Meaning.WORKS:
        return [door.meaning, *address]
    troubles = [*address, *_trouble_with_the_client(asked, client), *_trouble_with_artifacts(asked)]
    serious = [trouble for trouble in troubles if TEXTS[trouble].exit_code != WORKS]
    return [*serious, Meaning.WORKS, *(trouble for trouble in troubles if trouble not in serious)]


def _why_no_registry(asked: Sequence[Asked]) -> Meaning | Trouble:
    if is_clear_without_key(asked) and asked[0].meaning is not Meaning.REDIRECT:
        return asked[0].meaning
    answers = [each.reply for each in asked if isinstance(each.reply, Answer)]
    if any(each.meaning is Meaning.REDIRECT and redirect_target(each) is None for each in asked[:1]):
        return Trouble.REDIRECTED_AWAY
    if any(answer.written_by == "MLflow" for answer in answers):
        return Trouble.MLFLOW_WITHOUT_API
    if all(answer.written_by == "load balancer" for answer in answers):
        return Trouble.NOTHING_ROUTED
    return Trouble.NO_REGISTRY


def _trouble_with_the_address(given: str, asked: Sequence[Asked], door: Asked) -> list[Trouble]:
    base, first = door.question.base, asked[0]
    if base == given:
        return [Trouble.IN_CLEAR] if given.startswith("http://") else []
    if door.meaning not in _SHOWS_THE_REGISTRY:
        return []
    second = asked[1] if first.question.purpose is Purpose.UNENCRYPTED else first
    if given.startswith("http://") and second is door:
        return [Trouble.NOT_ENCRYPTED]
    return [Trouble.WEB_PAGE_ADDRESS if first.meaning is Meaning.WEB_PAGE else Trouble.WRONG_PREFIX]


def _trouble_with_the_client(asked: Sequence[Asked], client: Client | None) -> list[Trouble]:
    if client is None:
        return [Trouble.NO_CLIENT]
    told = server_version(asked)
    is_old = Client("", told).major < _LOGGED_MODELS_SINCE if told else _has_logged_models(asked) is False
    return [Trouble.CLIENT_TOO_NEW] if is_old and client.major >= _LOGGED_MODELS_SINCE else []


def _has_logged_models(asked: Sequence[Asked]) -> bool | None:
    """Whether the server has what came with MLflow 3: 404 means no, any judgement of the request yes; None unknown."""
    reply = reply_to(Purpose.LOGGED_MODELS, asked)
    status = reply.status if isinstance(reply, Answer) else 0
    return {404: False, 400: True, 200: True}.get(status)


def _trouble_with_artifacts(asked: Sequence[Asked]) -> list[Trouble]:
    return [Trouble.ARTIFACTS_OFF] if _has_artifacts(asked) is False else []


def _has_artifacts(asked: Sequence[Asked]) -> bool | None:
    reply = reply_to(Purpose.ARTIFACTS, asked)
    if isinstance(reply, Answer):
        return False if reply.status >= 500 else (True if reply.status == 200 else None)
    return False if isinstance(reply, HttpError) else None


def _tried(each: Asked) -> Tried:
    question, reply = each.question, each.reply
    is_good: bool | None = None
    match question.purpose:
        case Purpose.EXPERIMENTS:
            is_good = each.meaning is Meaning.WORKS
        case Purpose.UNENCRYPTED:
            is_good = False if each.meaning is Meaning.REDIRECT or isinstance(reply, HttpError) else None
        case Purpose.VERSION:
            is_good = True if server_version([each]) else None
        case Purpose.LOGGED_MODELS:
            is_good = _has_logged_models([each])
        case Purpose.ARTIFACTS:
            is_good = _has_artifacts([each])
    return Tried(
        what=question.purpose,
        method=question.method,
        url=question.url,
        seen=described(reply, with_body=is_good is False),
        is_good=is_good,
        elapsed_ms=reply.elapsed_ms if isinstance(reply, Answer) else None,
    )


def _fields(given: str, asked: Sequence[Asked], client: Client | None) -> dict[str, str]:
    """The fields of the texts, as ``access_texts`` tells them."""
    shown = entrance(asked) or asked[0]
    told = server_version(asked)
    artifacts = reply_to(Purpose.ARTIFACTS, asked)
    return {
        "given": given,
        "given_seen": described(asked[0].reply, with_body=False),
        "uri": shown.question.base,
        "host": urlsplit(shown.question.url).netloc,
        "seen": described(shown.reply),
        "artifacts_seen": described(artifacts) if artifacts is not None else "",
        "retry": _when_to_retry(shown),
        "client": _named(client) if client else "none",
        "server": f"MLflow {told}" if told else "a server older than MLflow 3",
        "install": _what_to_install(asked, client),
    }


def _when_to_retry(asked: Asked) -> str:
    told = asked.reply.headers.get("Retry-After", "") if isinstance(asked.reply, Answer) else ""
    if told.isdigit():
        return f"{told} seconds"
    return f"until {told}" if told else "a minute"


def _what_to_install(asked: Sequence[Asked], client: Client | None) -> str:
    package = client.package if client else "mlflow"
    told = server_version(asked)
    if told:
        wanted = f"=={told}"
    else:
        sign = {True: ">=", False: "<", None: ""}[_has_logged_models(asked)]
        wanted = f"{sign}{_LOGGED_MODELS_SINCE}" if sign else ""
    return f'Where you train, install a client that fits: pip install "{package}{wanted}"'


def _named(client: Client) -> str:
    return f"{client.package} {client.version}"
