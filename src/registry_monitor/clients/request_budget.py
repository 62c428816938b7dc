"""How many requests a run may make to each host: the monitor must do no harm to a platform in trouble."""

import threading
from collections import Counter

from registry_monitor.model import CannotTellError


class RequestBudget:
    """Counts requests per host over one run, from all threads."""

    def __init__(self, requests_per_host: int) -> None:
        self._requests_per_host = requests_per_host
        self._lock = threading.Lock()
        self._made: Counter[str] = Counter()

    def spend(self, host: str) -> None:
        """Count one request. Raises CannotTellError when the host's share of this run is used up."""
        with self._lock:
            if self._made[host] >= self._requests_per_host:
                limit = f"limits.requests_per_host is {self._requests_per_host}"
                raise CannotTellError(f"this run has made all the requests to {host} that it may ({limit})")
            self._made[host] += 1

    @property
    def made(self) -> dict[str, int]:
        """Requests made so far, by host."""
        with self._lock:
            return dict(self._made)
