"""`check`: does this key open this registry, and if not, why? For people who use the platform; needs no AWS.

It asks one thing after another, reads only, and ends as soon as the answer is clear. What to ask and what the
replies mean is judged in ``access_*``; here are the ways in and out.
"""

import argparse
import getpass
import json
import secrets
import sys
import time
from dataclasses import replace
from importlib import metadata
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import BODY_CAP_BYTES, Answer, HttpClient, HttpError
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.invocation import InvocationError
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.target import BEARER, KeyForm, load_target, packaged_targets
from registry_monitor.terminal.access_answers import Reply
from registry_monitor.terminal.access_diagnosis import Client, Diagnosis, Tried, diagnose
from registry_monitor.terminal.access_questions import Asked, Question, next_question

MOST_REQUESTS = 10
MOST_TIME_S = 60.0
_KEY = "caller"
_SHORTEST_KEY = 6  # what is shorter the redactor cannot keep out of a text
_PACKAGES = ("mlflow", "mlflow-skinny")


def check_from_terminal(options: argparse.Namespace, key_of_environment: str | None) -> int:
    """Check, and print what was found; the exit code: 0 it works, 1 kept out, 3 could not find out.

    Raises InvocationError for a URL that is none, and without a key; TargetError for a wrong --target.
    """
    given = tracking_uri(options.url)
    form = BEARER
    if options.target:
        target = load_target(options.target)
        connect_to(target.connect_to)
        form = target.keys.form_of(target.keys.monitor)
    key = usable_key(key_of_environment or _key_of_the_user())
    redactor = Redactor([key], cap=BODY_CAP_BYTES)
    console = Console(highlight=False, markup=False)
    if not options.json:
        _print(console, redactor, f"Checking {given}")
    diagnosis = diagnose(given, _ask(given, key, redactor, form), _client(options.mlflow_version))
    if options.json:
        print(json.dumps(redactor.value(diagnosis.model_dump(mode="json")), indent=2))
    else:
        _show(diagnosis, console, redactor)
    return diagnosis.exit_code


def tracking_uri(url: str) -> str:
    """The URL as MLflow uses it: without slashes at its end. Raises InvocationError where it cannot be one."""
    try:
        parts = urlsplit(url.strip())
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise InvocationError("--url is no URL: expected one like https://registry.example.com/mlflow") from None
    if not is_address:
        raise InvocationError("--url is no http(s) URL: expected one like https://registry.example.com/mlflow")
    if parts.username is not None or parts.password is not None:
        raise InvocationError("--url holds a user or a password: leave them out; the key goes into REGISTRY_API_KEY")
    if parts.query or parts.fragment:
        raise InvocationError(
            "--url holds more than a tracking URI: leave out everything from '?' or '#' on (is it from a browser?)"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def usable_key(text: str) -> str:
    """The key without the spaces around it. Raises InvocationError where it cannot be one, and never shows it."""
    key = text.strip()
    if not key:
        raise InvocationError("no key was given: set REGISTRY_API_KEY, or give the key on standard input (one line)")
    problem = ""
    if not (key.isascii() and key.isprintable()):
        problem = "holds characters that no header can carry"
    elif any(character in key for character in " \"'"):
        problem = "holds spaces or quotes"
    elif len(key) < _SHORTEST_KEY:
        problem = f"is only {len(key)} characters long"
    if problem:
        raise InvocationError(f"the key {problem}: give it alone and whole, without 'Bearer', quotes and spaces")
    return key


def _key_of_the_user() -> str:
    try:
        return getpass.getpass("Your API key: ") if sys.stdin.isatty() else sys.stdin.readline()
    except EOFError:
        return ""


def _client(version: str | None) -> Client | None:
    """The MLflow client of this Python environment, or the one that the user names."""
    if version:
        return Client(_PACKAGES[0], version)
    for package in _PACKAGES:
        try:
            return Client(package, metadata.version(package))
        except metadata.PackageNotFoundError:
            continue
    return None


def known_prefixes() -> list[str]:
    """The paths below which the packaged targets have MLflow's API."""
    urls = (load_target(name).mlflow.api_url for name in packaged_targets())
    return list(dict.fromkeys(urlsplit(url).path for url in urls))


def _ask(given: str, key: str, redactor: Redactor, form: KeyForm) -> list[Asked]:
    attempt = Attempt(f"check-{secrets.token_hex(4)}", "access", 1, time.monotonic() + MOST_TIME_S)
    client = HttpClient(Keyring(lambda force: {_KEY: key}, redactor), RequestBudget(MOST_REQUESTS), lambda _: form)
    asked: list[Asked] = []
    prefixes = known_prefixes()
    try:
        while question := next_question(given, asked, prefixes):
            asked.append(Asked(question, _reply(client, attempt, question, redactor)))
    finally:
        client.close()
    return asked


def _reply(client: HttpClient, attempt: Attempt, question: Question, redactor: Redactor) -> Reply:
    """Ask once. The body is redacted before anybody cuts it: half a key would not be known again."""
    try:
        answer: Answer = client.request(
            attempt, question.method, question.url, key=_KEY if question.needs_key else None
        )
    except (HttpError, CannotTellError) as error:
        return error
    return replace(answer, body=redactor.text(answer.text).encode())


def _show(diagnosis: Diagnosis, console: Console, redactor: Redactor) -> None:
    colour = {0: "bold green", 1: "bold red"}.get(diagnosis.exit_code, "bold magenta")
    _print(console, redactor, diagnosis.headline, colour)
    for headline in diagnosis.also:
        _print(console, redactor, f"Also: {headline}")
    _print(console, redactor, "\nTried:")
    for tried in diagnosis.tried:
        _print(console, redactor, f"  {_mark(tried, is_ascii=console.options.ascii_only)} {_line(tried)}")
    _print(console, redactor, "\nNext:")
    for step in diagnosis.next_steps:
        _print(console, redactor, f"  {step}")


def _mark(tried: Tried, *, is_ascii: bool) -> str:
    marks = {True: "+", False: "x", None: "-"} if is_ascii else {True: "✓", False: "✗", None: "·"}
    return marks[tried.is_good]


def _line(tried: Tried) -> str:
    took = "" if tried.elapsed_ms is None else f", {tried.elapsed_ms:.0f} ms"
    return f"{tried.what} ({tried.method} {urlsplit(tried.url).path}): {tried.seen}{took}"


def _print(console: Console, redactor: Redactor, text: str, style: str = "") -> None:
    encoding = console.encoding
    shown = redactor.text(text).encode(encoding, errors="replace").decode(encoding)
    console.print(Text(shown, style=style), soft_wrap=True)
