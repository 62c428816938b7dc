"""Which request `check` makes next, given what it has asked so far. Pure, so that every path of it is a test.

It starts with what the MLflow client would ask first; where no MLflow API answers, it looks under the prefixes that are
known or usual; where one answers, it asks what a client of today needs. It asks at most ten times, and only to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from registry_monitor.clients.http import Answer
from registry_monitor.terminal.access_answers import Meaning, Reply, document, judge

API_PATH = "/api/2.0/mlflow"
_USUAL_PREFIXES = ("/mlflow", "")  # MLflow's documentation of --static-prefix, and none
# The beginning of an API path that somebody pasted along, the longest first.
_PASTED = ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow", "/api/2.0", "/ajax-api/2.0", "/health", "/version")
_EXPERIMENTS = f"{API_PATH}/experiments/search"
_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts?path=registry-monitor-check"  # of nobody: the list is empty and cheap
_PROXIED_ARTIFACTS = "mlflow-artifacts:"
_LOOK_ELSEWHERE = (Meaning.NOT_FOUND, Meaning.WEB_PAGE, Meaning.REDIRECT)


class Purpose(StrEnum):
    """What a request is to find out."""

    UNENCRYPTED = "address without encryption, without the key"
    EXPERIMENTS = "MLflow API with the key"
    VERSION = "version of the server"
    LOGGED_MODELS = "logged models of MLflow 3"
    ARTIFACTS = "artifact store behind MLflow"


_REQUESTS = {
    Purpose.UNENCRYPTED: ("GET", f"{_EXPERIMENTS}?max_results=1"),
    Purpose.EXPERIMENTS: ("GET", f"{_EXPERIMENTS}?max_results=1"),
    Purpose.VERSION: ("GET", "/version"),
    Purpose.LOGGED_MODELS: ("POST", f"{API_PATH}/logged-models/search"),
    Purpose.ARTIFACTS: ("GET", _ARTIFACTS),
}


@dataclass(frozen=True)
class Question:
    """One request: what for, and below which tracking URI."""

    purpose: Purpose
    base: str

    @property
    def method(self) -> str:
        """The HTTP method; the only POST searches."""
        return _REQUESTS[self.purpose][0]

    @property
    def url(self) -> str:
        """The whole address."""
        return self.base + _REQUESTS[self.purpose][1]

    @property
    def needs_key(self) -> bool:
        """Whether the key goes along: not before it is known whether the address leads to an encrypted one."""
        return self.purpose is not Purpose.UNENCRYPTED


@dataclass(frozen=True)
class Asked:
    """A question with the reply to it."""

    question: Question
    reply: Reply

    @property
    def meaning(self) -> Meaning:
        """What the reply means for the caller."""
        return judge(self.reply)


def next_question(given: str, asked: Sequence[Asked], prefixes: Sequence[str] = ()) -> Question | None:
    """What to ask next about the tracking URI ``given`` (without a slash at its end); None when all is clear.

    ``prefixes``: below which MLflow's API is known to stand somewhere; they are tried before the usual ones.
    """
    if given.startswith("http://") and not asked:
        return Question(Purpose.UNENCRYPTED, given)
    if is_clear_without_key(asked):
        return None
    door = entrance(asked)
    if door is None:
        tried = {each.question.base for each in asked if each.question.purpose is Purpose.EXPERIMENTS}
        untried = (base for base in _places(given, asked, prefixes) if base not in tried)
        return next((Question(Purpose.EXPERIMENTS, base) for base in untried), None)
    return _next_of_working(door, asked) if door.meaning is Meaning.WORKS else None


def is_clear_without_key(asked: Sequence[Asked]) -> bool:
    """Whether the request without the key has told enough: the key must not go where that one was led."""
    first = next((each for each in asked if each.question.purpose is Purpose.UNENCRYPTED), None)
    if first is None:
        return False
    leads_away = first.meaning is Meaning.REDIRECT and redirect_target(first) is None
    return leads_away or first.meaning in (Meaning.NAME, Meaning.CANNOT_TELL)


def entrance(asked: Sequence[Asked]) -> Asked | None:
    """The first request for the MLflow API whose reply says more than "not here"."""
    return next(
        (
            each
            for each in asked
            if each.question.purpose is Purpose.EXPERIMENTS and each.meaning not in _LOOK_ELSEWHERE
        ),
        None,
    )


def reply_to(purpose: Purpose, asked: Sequence[Asked]) -> Reply | None:
    """The reply to the first question of this purpose, None where it was not asked."""
    return next((each.reply for each in asked if each.question.purpose is purpose), None)


def server_version(asked: Sequence[Asked]) -> str | None:
    """The version that the server told, such as "2.9.2"."""
    reply = reply_to(Purpose.VERSION, asked)
    if not isinstance(reply, Answer) or reply.status != 200:
        return None
    text = reply.text.strip().strip('"')
    numbers = text.split(".")
    return text if len(text) < 30 and len(numbers) > 1 and all(part.isdigit() for part in numbers[:2]) else None


def _next_of_working(door: Asked, asked: Sequence[Asked]) -> Question | None:
    wanted = [Purpose.VERSION]
    if reply_to(Purpose.VERSION, asked) is not None and server_version(asked) is None:
        wanted.append(Purpose.LOGGED_MODELS)
    if _artifacts_go_through_mlflow(door.reply):
        wanted.append(Purpose.ARTIFACTS)
    return next(
        (Question(purpose, door.question.base) for purpose in wanted if reply_to(purpose, asked) is None),
        None,
    )


def _artifacts_go_through_mlflow(reply: Reply) -> bool:
    """Whether the experiment that came says so; otherwise clients need credentials for the store itself."""
    found = document(reply) if isinstance(reply, Answer) else None
    experiments = found.get("experiments") if isinstance(found, dict) else None
    if not isinstance(experiments, list):
        return False
    locations = [each.get("artifact_location") for each in experiments if isinstance(each, dict)]
    return any(str(location).startswith(_PROXIED_ARTIFACTS) for location in locations)


def _places(given: str, asked: Sequence[Asked], prefixes: Sequence[str]) -> Iterator[str]:
    """Where the MLflow API may be, below the same host: what was given first, then known and usual prefixes."""
    first = _encrypted(given, asked) if given.startswith("http://") else given
    yield first
    for pasted in _PASTED:
        if pasted in urlsplit(first).path:
            yield first[: first.index(pasted, len(_root(first)))]
            break
    for each in asked:
        if each.question.base == first and (target := redirect_target(each)):
            yield target
    for prefix in (*prefixes, *_USUAL_PREFIXES):
        yield _root(first) + prefix


def _encrypted(given: str, asked: Sequence[Asked]) -> str:
    """The https address in place of a http one; a key goes unencrypted to this machine alone."""
    without_key = next(each for each in asked if each.question.purpose is Purpose.UNENCRYPTED)
    if target := redirect_target(without_key):
        return target
    return given if _is_loopback(given) else f"https://{_host(given, 80)}{urlsplit(given).path}"


def _is_loopback(url: str) -> bool:
    """Whether it leads to this machine: then nobody listens on the way."""
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")


def redirect_target(asked: Asked) -> str | None:
    """The tracking URI to which a request was redirected, encrypted and on the same host; None for other redirects."""
    location = asked.reply.headers.get("Location", "") if isinstance(asked.reply, Answer) else ""
    try:
        target = urlsplit(urljoin(asked.question.url, location))
        is_same_host = target.hostname == urlsplit(asked.question.url).hostname and target.scheme == "https"
        if asked.meaning is not Meaning.REDIRECT or not is_same_host or not target.path.endswith(_EXPERIMENTS):
            return None
        return f"https://{_host(target.geturl(), 443)}{target.path.removesuffix(_EXPERIMENTS)}"
    except ValueError:  # no address at all
        return None


def _host(url: str, default_port: int) -> str:
    """Host and port, as an address of another scheme has them: the default port left out."""
    return urlsplit(url).netloc.removesuffix(f":{default_port}")


def _root(url: str) -> str:
    return f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
