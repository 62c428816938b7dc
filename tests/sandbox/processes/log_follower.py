"""What a child process writes into its log file, handed on while it is being written."""

import threading
from collections.abc import Callable
from pathlib import Path

_POLL_S = 0.25
_MOST_LINES = 100  # at each look: a traceback for each of a hundred requests is no news
_LONGEST_LINE = 1000


class LogFollower:
    """Calls ``hand_on`` with the new lines of ``log``, from now until ``stop``; of very many, with the last ones."""

    def __init__(self, log: Path, hand_on: Callable[[str], None]) -> None:
        self._log, self._hand_on = log, hand_on
        self._read_bytes = log.stat().st_size if log.exists() else 0
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"follower of {log.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hand on what is there, and end."""
        self._is_stopped.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._is_stopped.wait(_POLL_S):
            self._look()
        self._look()

    def _look(self) -> None:
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read_bytes)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        lines = [line[:_LONGEST_LINE] for line in whole.decode(errors="replace").splitlines() if line.strip()]
        if lines:
            self._hand_on("\n".join(lines[-_MOST_LINES:]))
