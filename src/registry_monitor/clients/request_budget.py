"""What a run may ask of each host, and when: the monitor must do no harm to a platform in trouble."""

import threading
import time
from collections import Counter
from collections.abc import Hashable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from registry_monitor.model import Attempt, CannotTellError

if TYPE_CHECKING:  # it spends from a budget
    from registry_monitor.clients.http import Answer

_ASK_TO_WAIT = (429, 503)  # with Retry-After (RFC 9110, section 10.2.3; RFC 6585, section 4)
_TO_ASK_S = 1.0  # what a check must have left when it has waited


class RequestBudget:
    """Counts requests and bytes per host over one run, from all threads; and heeds who asks to be left alone."""

    def __init__(self, requests_per_host: int, megabytes_per_host: int = 64) -> None:
        self._requests_per_host = requests_per_host
        self._megabytes_per_host = megabytes_per_host
        self._lock = threading.Lock()
        self._made: Counter[str] = Counter()
        self._received_bytes: Counter[str] = Counter()
        self._standing: dict[Hashable, tuple[Answer, float]] = {}  # until when, on the monotonic clock

    def spend(self, host: str) -> None:
        """Count one request. Raises CannotTellError when the host's share of this run is used up."""
        with self._lock:
            if self._made[host] >= self._requests_per_host:
                limit = f"limits.requests_per_host is {self._requests_per_host}"
                raise CannotTellError(f"this run has made all the requests to {host} that it may ({limit})")
            if self._received_bytes[host] >= self._megabytes_per_host * 1024 * 1024:
                limit = f"limits.megabytes_per_host is {self._megabytes_per_host}"
                raise CannotTellError(f"this run has read all from {host} that it may ({limit})")
            self._made[host] += 1

    def receive(self, host: str, count_bytes: int) -> None:
        """Count what has been read of a host's answer."""
        with self._lock:
            self._received_bytes[host] += count_bytes

    def heed(self, kind: Hashable, answer: "Answer") -> None:
        """Remember an answer that names a time before which nothing of this kind is to be asked again."""
        wait_s = _wait_s(answer.headers.get("Retry-After", "")) if answer.status in _ASK_TO_WAIT else 0.0
        if wait_s > 0:
            with self._lock:
                self._standing[kind] = answer, time.monotonic() + wait_s

    def standing(self, kind: Hashable, attempt: Attempt) -> "Answer | None":
        """The answer that stands until the time that it named; None, once that is over, where there is time to wait.

        So all checks that ask the same are told the same, whichever came first, and nothing is sent meanwhile.
        """
        with self._lock:
            answer, until = self._standing.get(kind, (None, 0.0))
        wait_s = until - time.monotonic()
        if wait_s <= 0:
            return None
        if wait_s + _TO_ASK_S > attempt.remaining_s:
            return answer
        attempt.abandoned.wait(wait_s)
        return None

    @property
    def made(self) -> dict[str, int]:
        """Requests made so far, by host."""
        with self._lock:
            return dict(self._made)


def _wait_s(told: str) -> float:
    """Seconds, of a number of them or of a date (RFC 9110, section 10.2.3); zero for anything else."""
    if told.isascii() and told.isdigit():
        return float(told[:9])  # 30 years: nobody waits longer
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    return (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
