"""What is dear to make and is kept over warm invocations, as long as it is in use."""

import threading
import time
from collections.abc import Callable

# A light run comes each minute. A NAT gateway and a load balancer of AWS forget an idle connection after 350 s (VPC and
# ELB user guides), and a frozen function does not hear of it: so a full run, each 15 minutes, makes its own anew.
IDLE_S = 120.0


class Kept[K, V]:
    """Values by key; one that nobody has asked for in ``idle_s`` seconds is made anew. Safe to use from threads."""

    def __init__(self, make: Callable[[K], V], idle_s: float = IDLE_S) -> None:
        self._make = make
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._values: dict[K, tuple[V, float]] = {}

    def get(self, key: K) -> V:
        """The value of ``key``. Raises what making it raises; then nothing is kept."""
        with self._lock:
            now = time.monotonic()
            value, used_at = self._values.get(key, (None, 0.0))
            if value is None or now - used_at > self._idle_s:
                in_use = {other: kept for other, kept in self._values.items() if now - kept[1] <= self._idle_s}
                self._values = in_use  # a warm function may be given hundreds of targets, one after the other
                value = self._make(key)
            self._values[key] = value, now
            return value

    def forget(self) -> None:
        """Keep nothing of what has been made."""
        with self._lock:
            self._values.clear()
