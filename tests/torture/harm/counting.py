"""What one run asked of the platform, counted at its load balancers and its database, held against the limits."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import psycopg2

from registry_monitor.clients.correlation import USER_AGENT
from registry_monitor.run import Run
from registry_monitor.target import Target, load_target
from tests.sandbox.alb.front_end import LoggedRequest
from tests.sandbox.sandbox import Sandbox

_MB = 1024 * 1024
_LATE_S = 0.1  # a request is logged just after its answer has gone out
_NAME = USER_AGENT.partition("/")[0]
_TRANSACTIONS = "SELECT xact_commit + xact_rollback, sessions FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True)
class Counted:
    """``database``: transactions and sessions of MLflow's database, those of the count itself among them."""

    requests: tuple[LoggedRequest, ...]
    database: tuple[int, int]

    def figures(self) -> dict[str, float]:
        """What stands in the table: the most of any host, and of the database."""
        hosts = _by_host(self.requests)
        return {
            "requests_per_host": max(map(len, hosts.values()), default=0),
            "concurrency_per_host": max(map(_most_at_once, hosts.values()), default=0),
            "concurrency": _most_at_once(self.requests),
            "connections": len({request.client_port for request in self.requests}),
            "kilobytes": round(sum(each.sent_bytes + each.received_bytes for each in self.requests) / 1024),
            "database_transactions": self.database[0],
            "database_sessions": self.database[1],
        }


class Count:
    """Counts from its making on."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._before = len(sandbox.request_log)
        self._database = _database(sandbox)

    def counted(self) -> Counted:
        """What the monitor has asked since."""
        time.sleep(_LATE_S)
        made = [each for each in self._sandbox.request_log[self._before :] if each.user_agent.startswith(_NAME)]
        then = _database(self._sandbox)
        return Counted(tuple(made), (then[0] - self._database[0], then[1] - self._database[1]))


def harms(run: Run, counted: Counted, target: Target) -> Iterator[str]:
    """Each limit that was not kept, and each request that should not have been made."""
    limits = target.limits
    for host, requests in _by_host(counted.requests).items():
        if len(requests) > limits.requests_per_host:
            yield f"{len(requests)} requests to {host}, limits.requests_per_host is {limits.requests_per_host}"
        if (most := _most_at_once(requests)) > limits.concurrency_per_host:
            yield f"{most} at once to {host}, limits.concurrency_per_host is {limits.concurrency_per_host}"
        if (sent := sum(each.sent_bytes for each in requests)) > limits.megabytes_per_host * _MB:
            yield f"{sent} bytes from {host}, limits.megabytes_per_host is {limits.megabytes_per_host}"
        if len({each.client_port for each in requests}) > len(requests):
            yield f"more connections than requests to {host}"
        told = run.cost.requests.get(host, 0) if run.cost else 0
        if len(requests) > told:
            yield f"{len(requests)} requests to {host} were counted, and the run tells of {told}"
    if (most := _most_at_once(counted.requests)) > limits.concurrency:
        yield f"{most} at once, limits.concurrency is {limits.concurrency}"
    yield from _forbidden(run, counted.requests, target)


def _forbidden(run: Run, requests: Iterable[LoggedRequest], target: Target) -> Iterator[str]:
    """What blocks the event loop is asked one by one, and in no trouble; what is never to be probed, never."""
    # The log has no queries: what blocks with one alone, such as /health?detailed=true, cannot be told apart there.
    # One that asks with another method, such as HEAD of what knows GET alone, is refused and blocks nothing.
    blocking = {
        f"{each.method} {_key(each.url)}": each.id
        for each in target.endpoints
        if each.blocks_event_loop and "?" not in each.url
    }
    asked = [each for each in requests if f"{each.method} {each.host}{each.path}" in blocking]
    if (most := _most_at_once(asked)) > 1:
        yield f"{most} endpoints that block the event loop were asked at once"
    in_trouble = [result for result in run.results if result.status.is_not_passed and result.started_ms is not None]
    if asked and in_trouble and not _came_after(run, blocking):
        why = f"though {in_trouble[0].check_id} failed"
        yield f"{asked[0].host}{asked[0].path} blocks the event loop, and was asked {why}"
    exact = [rule.path for rule in target.unprobed if "{" not in rule.path]
    yield from (f"{each.path} is never to be probed" for each in requests if each.path in exact)


def _came_after(run: Run, blocking: Mapping[str, str]) -> bool:
    """Whether all that failed is itself one of those, or came after them."""
    names = set(blocking.values())
    failed = [each for each in run.results if each.status.is_not_passed]
    return all(any(name in each.check_id for name in names) for each in failed)


def _key(url: str) -> str:
    return url.partition("://")[2]


def _by_host(requests: Iterable[LoggedRequest]) -> dict[str, list[LoggedRequest]]:
    found: dict[str, list[LoggedRequest]] = defaultdict(list)
    for request in requests:
        found[request.host].append(request)
    return found


def _most_at_once(requests: Iterable[LoggedRequest]) -> int:
    """The most requests that were under way at one moment; one that began as another ended is not beside it."""
    events: list[tuple[float, int]] = []
    for each in requests:
        events += [(each.began, 1), (each.began + each.duration_ms / 1000, -1)]
    under_way = most = 0
    for _, change in sorted(events):
        under_way += change
        most = max(most, under_way)
    return most


def _database(sandbox: Sandbox) -> tuple[int, int]:
    """Nothing of a database that is down: nobody can have asked it anything."""
    try:
        connection = sandbox.postgres.connect()
    except psycopg2.OperationalError:
        return 0, 0
    with connection, connection.cursor() as cursor:
        cursor.execute(_TRANSACTIONS)
        row = cursor.fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def target_of(sandbox: Sandbox) -> Target:
    """The target as it is on this sandbox."""
    return load_target(str(sandbox.target_path))
