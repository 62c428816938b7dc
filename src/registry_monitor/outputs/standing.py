"""``<target>/state/standing.json``: the last full verdict, kept from run to run.

Full runs write it, and light runs that asked again what failed. Nothing here fails a run: what could not be read or
written is told, and the verdict is not emitted again meanwhile.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from registry_monitor.model import Depth
from registry_monitor.outputs.state_store import StateError, StateStore, remake, update
from registry_monitor.run import Run
from registry_monitor.standing import StandingVerdict, stands_after

STANDING = "standing.json"


@dataclass(frozen=True)
class KeptStanding:
    """What was read. ``problem``: why it could not be, in a sentence."""

    standing: StandingVerdict | None = None
    problem: str | None = None


class StandingStore:
    """The verdict that stands of one target, in its state."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def read(self) -> KeptStanding:
        """What is kept; nothing before the first full run. Never raises."""
        try:
            text = self._store.read(STANDING).text
            return KeptStanding(StandingVerdict.model_validate_json(text) if text else None)
        except StateError as error:
            return KeptStanding(problem=str(error))
        except ValidationError as error:
            told = f"is no verdict of this version of the monitor ({error.error_count()} problems)"
            return KeptStanding(problem=f"state/{STANDING} {told}: the next full run replaces it")

    def write_after(self, kept: KeptStanding, run: Run) -> str | None:
        """Keep what stands after a full run, or one that asked again; return why it could not be. Never raises."""
        stands = stands_after(kept.standing, run)
        if stands is None:
            return None
        try:
            if run.trigger.depth is Depth.FULL:
                remake(self._store, STANDING, StandingVerdict, lambda known: stands_after(known, run) or stands)
            elif kept.standing and stands.repeats_left < kept.standing.repeats_left:
                self._replace(kept.standing, stands)
        except StateError as error:
            return str(error)
        return None

    def _replace(self, read: StandingVerdict, mended: StandingVerdict) -> None:
        """A light run mends the verdict that it has read, and leaves a newer one alone."""
        update(self._store, STANDING, StandingVerdict, lambda known: mended if known == read else known)
