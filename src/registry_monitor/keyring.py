"""The API keys of one run: values live here and in the client that sends them, nowhere else."""

import threading
import time
from collections.abc import Callable, Mapping

from registry_monitor.model import CannotTellError, NotAskedError
from registry_monitor.redaction import Redactor, fingerprint

_REREADS = 5  # a run; each costs one call of Secrets Manager
_REREAD_AFTER_S = 2.0


class KeysError(Exception):
    """The keys could not be had: a sentence that names the secret and the remedy, never a part of a value."""


class Keyring:
    """Fetches the keys when the first is needed, and once more after a 401, so that a rotation is not a fault.

    ``fetch(force)`` gives values by name, and raises KeysError; ``force`` asks past any cache. ``only``: the one key
    that this run was given by hand, past the secret; what needs another is not asked.
    """

    def __init__(self, fetch: Callable[[bool], Mapping[str, str]], redactor: Redactor, only: str | None = None) -> None:
        self._fetch = fetch
        self._only = only
        self._redactor = redactor
        self._lock = threading.Lock()
        self._values: dict[str, str] | None = None
        self._error: KeysError | None = None
        self._rereads = 0
        self._reread_at = float("-inf")

    def value(self, name: str) -> str:
        """The key of this name. Raises CannotTellError where the keys cannot be had, NotAskedError where others are."""
        if self._only is not None and name != self._only:
            raise NotAskedError(f"it needs the key '{name}', and this run was given the key '{self._only}' alone")
        with self._lock:
            if self._values is None and self._error is None:
                self._load(force=False)
            if self._error is not None:
                raise CannotTellError(str(self._error))
            if self._values is None or name not in self._values:
                raise CannotTellError(
                    f"the key '{name}' of the target is not among those that were read: add it to them"
                )
            return self._values[name]

    def is_rotated(self, name: str, refused: str) -> bool:
        """After a 401 with ``refused``: whether a fresh read gives another key of this name.

        Some refusals are deliberate, so it reads again a few times a run, and not twice within seconds.
        """
        with self._lock:
            is_known = self._values is not None and self._values.get(name, refused) != refused
            is_due = time.monotonic() - self._reread_at >= _REREAD_AFTER_S
            if not is_known and is_due and self._rereads < _REREADS:
                self._rereads += 1
                self._reread_at = time.monotonic()
                self._load(force=True)
            return self._values is not None and self._values.get(name, refused) != refused

    def fingerprints(self) -> dict[str, str]:
        """Names of the keys that were fetched, with their fingerprints.

        It waits for nobody: the secret may hang, and then a check that was given up holds the lock.
        """
        return {name: fingerprint(value) for name, value in sorted((self._values or {}).items())}

    def _load(self, *, force: bool) -> None:
        try:
            values = dict(self._fetch(force))
        except KeysError as error:
            if self._values is None:
                self._error = error
            return
        for value in values.values():
            self._redactor.learn(value)
        self._values = values
