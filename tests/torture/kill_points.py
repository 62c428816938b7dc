"""Where a victim dies: by SIGKILL, around one of its own writing requests. Runs in the victim.

All HTTP of the monitor ends in urllib3: requests, the MLflow client and botocore. The real request is made; what is
added is the death, at a place that is the same each time.
"""

import os
import re
import signal
import threading
from typing import Any, Literal

from urllib3 import connection, connectionpool

from registry_monitor.clients import own_objects
from registry_monitor.clients.write_guard import EXPIRES_TAG

type Moment = Literal["before", "sent", "answered"]

MOMENTS: tuple[Moment, ...] = ("before", "sent", "answered")
MLFLOW = "MLflow"
_NAME = re.compile(r"(?P<moment>\w+) (?P<what>.+?)(?: (?P<number>\d+))?$")
_READS = ("search", "get-latest-versions")
_here = threading.local()


def point(moment: Moment, what: str) -> str:
    """Before a request, when it has been sent and nothing has come back, or after its answer.

    ``what``: the end of an object's key, to which it is written; or ``MLflow 7``, the seventh write to MLflow.
    """
    return f"{moment} {what}"


def arm(name: str) -> None:
    """Die at this point."""
    found = _NAME.match(name)
    assert found, f"{name!r} is no point; expected such as 'sent status.json'"
    moment, what, number = found["moment"], found["what"], int(found["number"] or 1)
    lock, counted = threading.Lock(), 0
    urlopen, getresponse = connectionpool.HTTPConnectionPool.urlopen, connection.HTTPConnection.getresponse

    def watched_urlopen(self: Any, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        nonlocal counted
        _here.is_chosen = False
        if _is_meant(what, method, url):
            with lock:
                counted += 1
                _here.is_chosen = counted == number
        is_chosen = _here.is_chosen
        if is_chosen and moment == "before":
            _die()
        answer = urlopen(self, method, url, *arguments, **named)
        if is_chosen and moment == "answered":
            _die()
        return answer

    def watched_getresponse(self: Any, *arguments: Any, **named: Any) -> Any:
        if moment == "sent" and getattr(_here, "is_chosen", False):
            _die()
        return getresponse(self, *arguments, **named)

    connectionpool.HTTPConnectionPool.urlopen = watched_urlopen  # type: ignore[method-assign]
    connection.HTTPConnection.getresponse = watched_getresponse  # type: ignore[method-assign]


def let_all_expire() -> None:
    """Let what killed runs left be older than its time to live, an hour."""
    own_objects._is_expired = lambda tags: EXPIRES_TAG in tags


def _is_meant(what: str, method: str, url: str) -> bool:
    path = url.partition("?")[0]
    if method not in ("PUT", "POST", "PATCH", "DELETE"):
        return False
    if what == MLFLOW:
        return "/mlflow" in path and path.rpartition("/")[2] not in _READS
    return path.endswith(what)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
