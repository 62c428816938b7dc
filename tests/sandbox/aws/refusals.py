"""What AWS refuses to the monitor: what its role does not allow, and what is told here, be it an error or silence.

It stands before moto in the same HTTP server, so it holds for a monitor in any process. Only requests signed with the
monitor's own access key are refused: the sandbox and its tasks go on.
"""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NoReturn

from tests.sandbox.aws.calls import Call, Environ, call_of_monitor, service_model
from tests.sandbox.aws.error_answers import Answer, denied, skewed, throttled, unknown
from tests.sandbox.aws.iam.authorization import UnmappedCallError, questions
from tests.sandbox.aws.iam.role import Role

type How = Literal["denied", "throttled", "skewed", "unknown", "elsewhere", "silent", "dropped"]
type _WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

ALL = "*"
_ELSEWHERE = "eu-west-3"  # a region in which nothing is
_ERRORS: dict[str, Callable[[Call], Answer]] = {"throttled": throttled, "skewed": skewed, "unknown": unknown}
_MOST_SILENT_S = 60.0  # longer than any client waits


class Refusals:
    """What is refused at present; ``in_front_of`` puts it before moto. ``role``: what its policies do not allow.

    ``denied``: AWS's AccessDenied. ``throttled``: its "Rate exceeded". ``skewed``: the clock of who signs is wrong.
    ``unknown``: AWS does not know who signs. ``elsewhere``: no refusal, another region answers. ``silent``: the
    connection opens, and no answer comes. ``dropped``: the connection is closed without an answer.
    """

    def __init__(self, role: Role) -> None:
        self.role = role
        self.mapped: Counter[str] = Counter()  # calls whose permissions are known, and how often each was made
        self.unmapped: set[str] = set()  # what is told of the others
        self._refused: dict[tuple[str, str], How] = {}
        self._lifted = threading.Event()
        self._asked: set[str] | None = None

    @contextmanager
    def asked(self) -> Iterator[set[str]]:
        """Collect what the monitor asks meanwhile, whatever the answer: each call as IAM names it."""
        self._asked = set()
        try:
            yield self._asked
        finally:
            self._asked = None

    def add(self, service: str, operation: str, how: How) -> None:
        """Refuse ``operation`` (``DescribeServices``; ``*`` for all) of ``service``, as boto3 names it (``elbv2``)."""
        model = service_model(service)
        if operation != ALL:
            model.operation_model(operation)  # raises OperationNotFoundError where a name is misspelt
        self._refused = self._refused | {(model.signing_name, operation): how}

    def remove(self, service: str, operation: str) -> None:
        """Answer again; KeyError for what was not refused."""
        lifted = (service_model(service).signing_name, operation)
        if lifted not in self._refused:
            raise KeyError(f"{service}:{operation} is not refused.")
        self._refused = {key: how for key, how in self._refused.items() if key != lifted}
        self._lifted.set()
        self._lifted = threading.Event()

    def shown(self) -> list[tuple[str, str, How]]:
        """Every refusal: service, operation, how."""
        return sorted((*key, how) for key, how in self._refused.items())

    def in_front_of(self, app: _WsgiApp) -> _WsgiApp:
        """Return a WSGI application that refuses, or lets ``app`` answer."""

        def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            call = call_of_monitor(environ)
            error = self._error(call, environ) if call else None
            if error is None:
                return app(environ, start_response)
            status, kind, text = error
            start_response(status, [("Content-Type", kind), ("Content-Length", str(len(text)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else text]

        return answer

    def _error(self, call: Call, environ: Environ) -> tuple[str, str, bytes] | None:
        """The answer in moto's place, or None where moto answers."""
        try:
            asked = list(questions(call))
        except UnmappedCallError as error:
            self.unmapped.add(str(error))
            return denied(call, str(error))
        self.mapped[f"{call.service}:{call.operation}"] += 1
        if self._asked is not None:
            self._asked.add(asked[0].action)
        how = self._refused.get((call.service, call.operation)) or self._refused.get((call.service, ALL))
        if how in ("silent", "dropped"):
            self._say_nothing(environ, is_silent=how == "silent")
        if how in _ERRORS:
            return _ERRORS[how](call)
        if how == "elsewhere":
            signed = f"/{call.region}/{call.service}/"
            environ["HTTP_AUTHORIZATION"] = environ["HTTP_AUTHORIZATION"].replace(
                signed, f"/{_ELSEWHERE}/{call.service}/"
            )
            return None
        denial = self.role.forbid(asked[:1]) if how == "denied" else self.role.denial(asked)
        return denied(call, denial) if denial else None

    def _say_nothing(self, environ: Environ, *, is_silent: bool) -> NoReturn:
        """Close the connection, at once or when nobody waits any more; the server takes the error for a lost client."""
        if is_silent:
            self._lifted.wait(_MOST_SILENT_S)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError
