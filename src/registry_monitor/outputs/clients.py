"""Clients of AWS for what goes out: they give up in seconds, so that a run that has ended is told in its time."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from registry_monitor import __version__
from registry_monitor.kept import Kept


@dataclass(frozen=True)
class _Settings:
    session: boto3.Session
    service: str
    region: str | None
    connect_s: float
    read_s: float
    attempts: int


def _make(settings: _Settings) -> Any:
    config = Config(
        connect_timeout=settings.connect_s,
        read_timeout=settings.read_s,
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        user_agent_extra=f"registry-monitor/{__version__}",
    )
    client = settings.session.client(settings.service, region_name=settings.region, config=config)
    client.meta.events.register_last("before-call.s3", _send_at_once)
    return client


def _send_at_once(params: dict[str, Any], **_: Any) -> None:
    """Send a document with its request: botocore asks first ("Expect: 100-continue"), which costs a round trip each.

    What it saves is the body of a refused request, and ours are small (RFC 9110, section 10.1.1).
    """
    params["headers"].pop("Expect", None)


_clients = Kept(_make)
_beginning = threading.Lock()


def brief_client(service: str, region: str | None, *, connect_s: float, read_s: float, attempts: int = 1) -> Any:
    """A client of one service, with its time-outs in seconds for each attempt; kept over warm invocations.

    Raises BotoCoreError or ValueError for wrong settings of AWS.
    """
    return _clients.get(_Settings(_session(), service, region, connect_s, read_s, attempts))


def _session() -> boto3.Session:
    with _beginning:  # who reads ahead and who writes come at once; each further session holds S3's model again, 12 MB
        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        return cast("boto3.Session", boto3.DEFAULT_SESSION)


def begin[T](ask: Callable[[], T], what: str) -> Future[T]:
    """Ask in a daemon thread, which keeps nobody: what hangs must not hold a run that has ended. ``what``: its name."""
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(ask())
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is wanted
            future.set_exception(error)

    threading.Thread(target=work, name=what, daemon=True).start()
    return future


class SlowAnswerError(BotoCoreError):  # type: ignore[misc]  # botocore is untyped
    """AWS began to answer, and did not end in the time that there was for all of it."""

    fmt = "the answer did not end within {time_s:g} s"


def within[T](time_s: float, ask: Callable[[], T]) -> T:
    """What ``ask`` gives, or SlowAnswerError: botocore's time-outs are for each byte that comes, not for the answer.

    Who is given up goes on in a daemon thread, which keeps neither the run nor the process.
    """
    ended: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            ended.put((ask(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised again, where it was asked
            ended.put((None, error))

    threading.Thread(target=work, name="within", daemon=True).start()
    try:
        answer, error = ended.get(timeout=time_s)
    except queue.Empty:
        raise SlowAnswerError(time_s=time_s) from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]  # what ask gave
