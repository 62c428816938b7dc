"""What a run will read of the state, asked for at its beginning: it comes while the platform is being asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from registry_monitor.model import Depth
from registry_monitor.outputs.clients import begin
from registry_monitor.outputs.full_runs import FULL_RUN
from registry_monitor.outputs.standing import STANDING
from registry_monitor.outputs.state_store import S3StateStore, StateStore, Stored
from registry_monitor.reports import RUN
from registry_monitor.state.history_documents import HISTORY
from registry_monitor.state.incidents import INCIDENTS


class ReadAhead:
    """A store whose first reading of some documents has begun already; later ones see what is there then.

    What was read so may have been overtaken: then writing over it is refused, as always, and it is read again.
    """

    def __init__(self, store: StateStore, *, read: tuple[str, ...] = (), head: tuple[str, ...] = ()) -> None:
        self._store = store
        self._reads = {name: begin(partial(store.read, name), name) for name in read}
        self._heads = {name: begin(partial(store.head, name), name) for name in head}

    def read(self, name: str) -> Stored:
        """One document. Raises StateError."""
        begun = self._reads.pop(name, None)
        return begun.result() if begun else self._store.read(name)

    def head(self, name: str) -> Mapping[str, str] | None:
        """What was noted beside a document. Raises StateError."""
        begun = self._heads.pop(name, None)
        return begun.result() if begun else self._store.head(name)

    def write(self, name: str, text: str, over: Stored, notes: Mapping[str, str]) -> bool:
        """Write over what was read. Raises StateError."""
        return self._store.write(name, text, over, notes)


@dataclass(frozen=True)
class Stores:
    """Where a run finds what earlier ones kept. ``latest``: the newest full run, with which a full one is compared."""

    state: StateStore
    latest: StateStore


def stores_of(target: str, region: str, bucket: str, depth: Depth) -> Stores:
    """The stores of a target, by its name; what a run of this depth will read of them is on its way.

    A full run reads the incidents when it ends, many seconds later: what others have changed meanwhile decides whether
    it changes anything itself. Over the history it writes in any case, and reads it again where it was overtaken.
    """
    state = S3StateStore(bucket, target, region)
    latest = S3StateStore(bucket, target, region, folder="latest")
    if depth is Depth.LIGHT:
        return Stores(ReadAhead(state, read=(STANDING, INCIDENTS), head=(HISTORY,)), latest)
    return Stores(ReadAhead(state, read=(STANDING, FULL_RUN, HISTORY)), ReadAhead(latest, read=(RUN,)))
