"""When the newest full run of all suites began: ``<target>/state/full-run.json``.

So that deployments that end together give one full run. What cannot be read or written there stops no run: then there
is one run more than needed.
"""

import json
from datetime import UTC, datetime

from registry_monitor.outputs.state_store import StateError, StateStore

FULL_RUN = "full-run.json"
_TRIES = 3  # of several that begin at once, one writes; the others read what it wrote


class FullRuns:
    """The beginnings of full runs of one target, in its state."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def begin(self, now: datetime, unless_since: datetime | None = None) -> datetime | None:
        """Write down that one begins now, and return None.

        Where one has begun at ``unless_since`` or later, write nothing and return when it began. Of several callers at
        once, one writes.
        """
        try:
            for _ in range(_TRIES):
                stored = self._store.read(FULL_RUN)
                began_at = _began_at(stored.text)
                if began_at and unless_since and began_at >= unless_since:
                    return began_at
                if self._store.write(FULL_RUN, json.dumps({"began_at": now.isoformat()}), stored, {}):
                    return None
        except StateError:
            return None
        return None


def _began_at(text: str | None) -> datetime | None:
    """None also for what is not ours, or cut short: it is written anew."""
    try:
        return datetime.fromisoformat(json.loads(text or "")["began_at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
