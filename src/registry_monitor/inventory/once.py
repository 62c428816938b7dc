"""Facts that are read once in a run: when first asked for, or begun early, in daemon threads."""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as NotYetError

from registry_monitor.inventory.aws_errors import explain
from registry_monitor.inventory.facts import Fact, Known, Unknown, known
from registry_monitor.model import CannotTellError

_SIDE_BY_SIDE = 8  # fewer than the connections that a client keeps
# AWS is eventually consistent (ECS and EC2 API references): a read may not yet have what a moment ago was written.
CONSISTENT_AFTER_S = 1.0


def in_doubt(_: object) -> bool:
    """Where a list tells by itself of nothing that it lacks: it is always read twice, and the second counts."""
    return True


class ReadOnce[K: Hashable, T]:
    """The facts of one kind, by key. Each is read once, for whoever asks first; no error leaves it but as Unknown.

    ``call``: the API call that its facts are from. ``read``: reads one, given its key; CannotTellError is taken for
    the reason as it is, everything else is explained as an error of ``call``. ``lacks``: whether a value lacks what
    was asked for: it is read once more after a moment, and then that is so.
    """

    def __init__(self, call: str, read: Callable[[K], T], lacks: Callable[[T], bool] = lambda value: False) -> None:
        self._call = call
        self._read = read
        self._lacks = lacks
        self._futures: dict[K, Future[Fact[T]]] = {}
        self._asking = threading.Lock()
        self._room = threading.BoundedSemaphore(_SIDE_BY_SIDE)

    def begin(self, key: K) -> Future[Fact[T]]:
        """Begin to read the fact, unless that was done before."""
        with self._asking:
            if key in self._futures:
                return self._futures[key]
            future = self._futures[key] = Future()
        threading.Thread(target=self._work, args=(key, future), name=self._call, daemon=True).start()
        return future

    def fact(self, key: K, timeout_s: float) -> Fact[T]:
        """The fact; Unknown where it is not there in time. It is read on, and there for who asks later."""
        return self._wait(self.begin(key), timeout_s)

    def value(self, key: K) -> T:
        """The fact's value, for a reader in its own thread: waits until it is there.

        Raises CannotTellError where it is Unknown.
        """
        return known(self.settled(key))

    def settled(self, key: K) -> Fact[T]:
        """The fact, known or not, for a reader in its own thread: waits until it is there."""
        return self.begin(key).result()

    def wait(self, timeout_s: float) -> None:
        """Wait for every fact that was begun, for at most so long."""
        with self._asking:
            begun = list(self._futures.values())
        wait(begun, timeout=max(0.0, timeout_s))

    def by_now(self, key: K) -> Fact[T]:
        """The fact as far as it was read; Unknown where nobody has asked for it."""
        return self._wait(self._futures.get(key, Future()), 0)

    def all_by_now(self) -> dict[K, Fact[T]]:
        """Each fact that was asked for."""
        with self._asking:
            asked = list(self._futures)
        return {key: self.by_now(key) for key in asked}

    def _work(self, key: K, future: Future[Fact[T]]) -> None:
        fact: Fact[T]
        try:
            with self._room:
                fact = Known(value=self._read_surely(key), source=self._call)
        except CannotTellError as error:
            fact = Unknown(reason=str(error), source=self._call)
        except Exception as error:  # noqa: BLE001 - no answer of AWS may stop the run
            fact = Unknown(reason=explain(self._call, error), source=self._call)
        future.set_result(fact)

    def _read_surely(self, key: K) -> T:
        value = self._read(key)
        if not self._lacks(value):
            return value
        time.sleep(CONSISTENT_AFTER_S)
        return self._read(key)

    def _wait(self, future: Future[Fact[T]], timeout_s: float) -> Fact[T]:
        try:
            return future.result(timeout=max(0.0, timeout_s))
        except NotYetError:
            when = f"within {timeout_s:.1f} s" if timeout_s > 0 else "before its time was over"
            return Unknown(reason=f"{self._call} was not read {when}", source=self._call)


def by_key[T](facts: ReadOnce[str, T]) -> dict[str, Fact[T]]:
    """Each fact that was asked for, in the order of their keys."""
    return dict(sorted(facts.all_by_now().items()))
