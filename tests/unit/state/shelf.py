"""A store of the state in memory, as S3 is one: an ETag for each version, and writes only over what was read."""

import threading
from collections.abc import Callable, Mapping

from registry_monitor.outputs.state_store import Stored


class KilledError(BaseException):
    """The run was killed: nothing catches it."""


class Shelf:
    """The documents of one target. ``before``: called ahead of each access with its number, and may raise."""

    def __init__(self, before: Callable[[int], None] = lambda number: None) -> None:
        self.texts: dict[str, tuple[str, int, Mapping[str, str]]] = {}
        self.writes = 0
        self.accesses = 0
        self.before = before
        self._lock = threading.Lock()

    def read(self, name: str) -> Stored:
        """As GetObject."""
        self._access()
        with self._lock:
            text, version, _ = self.texts.get(name, (None, None, {}))
        return Stored(text, None if version is None else str(version))

    def head(self, name: str) -> Mapping[str, str] | None:
        """As HeadObject."""
        self._access()
        with self._lock:
            return self.texts[name][2] if name in self.texts else None

    def write(self, name: str, text: str, over: Stored, notes: Mapping[str, str]) -> bool:
        """As PutObject with its condition; killed after it, the run never hears that it was written."""
        self._access()
        with self._lock:
            _, version, _ = self.texts.get(name, ("", None, {}))
            if over.etag != (None if version is None else str(version)):
                return False
            self.writes += 1
            self.texts[name] = (text, self.writes, notes)
        self._access()
        return True

    def _access(self) -> None:
        with self._lock:
            self.accesses += 1
            number = self.accesses
        self.before(number)
