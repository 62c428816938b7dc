"""How much of a platform one run asks at once: limits, a slow start, and no more than is vital where it may freeze.

A service has several names, with a limit each: together their checks would stand before a load balancer's health check
of it. So a run feels its way, as TCP does (RFC 5681, slow start). It asks hosts that have not answered yet one
check at a time, and a host that answers in time one more for each such answer. From the first late answer on it asks
all hosts together one check at a time, the shortest first, and from the second on no more than is vital.
"""

import time
from collections import Counter
from collections.abc import Sequence

from registry_monitor.check_list import is_late, is_spared
from registry_monitor.model import Check, Depth, Result

_SPARED_FROM = 2  # late answers, one after the other; one may be chance
_HANGS_AFTER_S = 5.0  # a health check has failed by then without the monitor (the platform's target groups)


class Pace:
    """What has room beside what is under way; it learns from each answer of a host."""

    def __init__(self, concurrency: int, concurrency_per_host: int) -> None:
        self._concurrency = concurrency
        self._concurrency_per_host = concurrency_per_host
        self._began = time.monotonic()
        self._in_time: Counter[str] = Counter()
        self._late: list[Result] = []

    def learn(self, check: Check, result: Result) -> None:
        """Take note of what a host's answer tells: one that came tells more than one that did not."""
        if check.host is None or result.latency_ms is None:
            return
        if is_late(result):
            if not self._late or _began_after(self._late[-1], result):  # side by side, the same moment made both late
                self._late.append(result)
        else:
            self._in_time[check.host] += 1

    def in_order(self, waiting: list[Check]) -> list[Check]:
        """The shortest question first, of a host that has not answered yet; all of them where an answer came late.

        Of two such hosts the one that more is asked of.
        """
        asked_of = Counter(check.host for check in waiting)
        return sorted(waiting, key=lambda check: self._turn(check, asked_of[check.host]))

    def has_room(self, check: Check, under_way: Sequence[Check]) -> bool:
        """Whether it may be asked beside these."""
        if not _fits(check, under_way, self._concurrency):
            return False
        if check.host is None:
            return True
        at_hosts = [each for each in under_way if each.host is not None]
        return _fits(check, at_hosts, 1) if self._late else self._has_room_in_time(check, check.host, at_hosts)

    def spares(self, check: Check) -> str | None:
        """Why it is not to be asked; None: it may be."""
        if len(self._late) < _SPARED_FROM or not is_spared(check):
            return None
        last = self._late[-1]
        told = f"answers come late, that to {last.check_id} after {last.latency_ms:.0f} ms"
        return f"the platform may be about to freeze: {told}"

    def _turn(self, check: Check, asked_of_host: int) -> tuple[bool, int, int]:
        if not self._late and (check.host is None or self._in_time[check.host]):
            return False, 0, 0
        return check.depth is Depth.FULL, len(check.requests), -asked_of_host

    def _has_room_in_time(self, check: Check, host: str, at_hosts: Sequence[Check]) -> bool:
        """A host that hangs must not keep the run from the others: each time that one may hang, one more is asked."""
        most = 1 + int((time.monotonic() - self._began) / _HANGS_AFTER_S)
        at_host = [each for each in at_hosts if each.host == host]
        if not _fits(check, at_host, min(most + self._in_time[host], self._concurrency_per_host)):
            return False
        silent = [each for each in at_hosts if each.host is not None and not self._in_time[each.host]]
        return bool(self._in_time[host]) or _fits(check, silent, most)


def _began_after(earlier: Result, later: Result) -> bool:
    return (later.started_ms or 0.0) >= (earlier.started_ms or 0.0) + earlier.duration_ms


def _fits(check: Check, under_way: Sequence[Check], most: int) -> bool:
    """Whether it may be asked beside these; one that asks more than the limit at once has to be alone."""
    return not under_way or sum(each.at_once for each in under_way) + check.at_once <= most
