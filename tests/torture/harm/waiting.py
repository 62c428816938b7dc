"""Whether the monitor waits where it is told to: after Retry-After nothing of its kind comes before that time."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.torture.network.proxy import Request, Wire

_SOON_S = 0.1  # what a clock of whole seconds and the way take
_BAD_KEY = "registry-monitor-bad-"


@dataclass
class Told:
    """Answers every request alike, asking to wait, and keeps what came when."""

    status: int
    retry_after: str
    wait_s: float  # what it means; zero for what means nothing
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: dict[tuple[str, ...], list[float]] = field(default_factory=lambda: defaultdict(list))
    _answered: dict[tuple[str, ...], list[float]] = field(default_factory=lambda: defaultdict(list))

    def play(self, wire: Wire) -> None:
        """One connection."""
        wire.secure()
        for request in wire.requests():
            kind = _kind(wire, request)
            with self._lock:
                self._asked[kind].append(time.monotonic())
            wire.send(self._answer())
            with self._lock:
                self._answered[kind].append(time.monotonic())

    def too_soon(self) -> Iterator[str]:
        """What was asked again before its time: begun after an answer had been given, and before that was over."""
        for kind, asked in self._asked.items():
            for at in asked:
                told_at = [each for each in self._answered[kind] if each + _SOON_S < at]
                if told_at and at - max(told_at) < self.wait_s - _SOON_S:
                    yield f"{kind[0]} {kind[1]} again after {at - max(told_at):.1f} s, told to wait {self.wait_s:g} s"

    def _answer(self) -> bytes:
        body = b'{"detail":"Please wait"}'
        head = f"HTTP/1.1 {self.status} Wait\r\nRetry-After: {self.retry_after}\r\nServer: uvicorn\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def tellings() -> dict[str, tuple[str, float]]:
    """Ways to say how long, and what each means in seconds."""
    return {
        "1 s": ("1", 1.0),
        "3 s": ("3", 3.0),
        "2 minutes": ("120", 120.0),
        "a date in 30 s": (format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True), 25.0),
        "a date that is over": ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        "a word": ("soon", 0.0),
        "less than nothing": ("-5", 0.0),
        "for ever": ("9" * 300, 1e6),
    }


def _kind(wire: Wire, request: Request) -> tuple[str, ...]:
    """The same resource, asked by the same: all deliberate bad keys are one."""
    headers = {name.lower(): value for name, value in request.headers}
    key = headers.get("authorization", "") + headers.get("x-api-key", "")
    who = _BAD_KEY if _BAD_KEY in key else key
    return request.method, f"{wire.place.host}{request.path.partition('?')[0]}", who
