"""The lines of `doctor` about hosts: whether each resolves, accepts a connection and is trusted, from here."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import JsonValue

from registry_monitor.clients.connection import open_connection
from registry_monitor.clients.http import ErrorKind, HttpError
from registry_monitor.clients.tls import handshake
from registry_monitor.inventory.facts import Inventory, Known
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.target import Target
from registry_monitor.terminal.doctor_lines import Line

_SIDE_BY_SIDE = 8
_MOST_TIME_S = 15.0
_REMEDIES: dict[ErrorKind, str] = {
    "name": "correct it in the target file, or the zone that this network's resolver asks",
    "refused": "nothing listens there, or something on the way refuses",
    "connect timeout": "this network has no way there: a route to a NAT gateway, or the rules of its security group",
    "handshake timeout": "something on the way drops it",
    "tls": "mend the certificate; set REQUESTS_CA_BUNDLE where a proxy of your own ends the TLS",
    "timeout": "something on the way drops it",
    "broken": "something on the way breaks it off",
}
_PORT_IS_CLOSED = "open it to the monitor's security group (docs/platform-access.tf), or list it in closed_to_monitor"


@dataclass(frozen=True)
class _Place:
    """Where connections go to. ``is_inside``: only the platform's network reaches it."""

    host: str
    port: int
    has_tls: bool
    is_inside: bool
    subject: str = ""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.subject}{self.host}:{self.port}"


def host_lines(target: Target, facts: Inventory, *, is_inside_vpc: bool) -> Iterator[Line]:
    """A line for each host of the target, and for the tasks and stores that AWS has told of."""
    places = sorted({*_named(target), *_told_by_aws(target, facts)}, key=lambda place: (place.is_inside, place.name))
    asked = [place for place in places if is_inside_vpc or not place.is_inside]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        yield from pool.map(_connect, asked)
    for place in places:
        if place not in asked:
            yield Line("skipped", place.name, "only the platform's network reaches it, and this is outside")
    for subject in target.closed_to_monitor:
        yield Line("skipped", subject, "the target says that it is closed (closed_to_monitor)")


def _named(target: Target) -> Iterator[_Place]:
    """The hosts of all URLs in the target, and its public hosts; without the inside of what is closed."""
    asked_inside = [(endpoint.url, endpoint.service) for endpoint in target.endpoints if endpoint.inside_vpc]
    asked_inside += [(target.mlflow.host_check.url, target.mlflow.service)] if target.mlflow.host_check else []
    inside = {urlsplit(url).netloc for url, _ in asked_inside}
    closed = {urlsplit(url).netloc for url, service in asked_inside if service in target.closed_to_monitor}
    for url in _urls(target.model_dump(mode="json")):
        parts = urlsplit(url)
        if parts.netloc in closed:
            continue
        has_tls = parts.scheme == "https"
        yield _Place(parts.hostname or "", parts.port or (443 if has_tls else 80), has_tls, parts.netloc in inside)
    for host in {host for balancer in target.load_balancers for host in balancer.hosts}:
        yield _Place(host, 443, has_tls=True, is_inside=False)


def _urls(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _urls(each)


def _told_by_aws(target: Target, facts: Inventory) -> Iterator[_Place]:
    closed = target.closed_to_monitor
    for service in target.services:
        tasks = facts.tasks.get(service.name)
        for task in tasks.value if isinstance(tasks, Known) and service.role not in closed else ():
            if task.address:
                yield _Place(task.address, service.container_port, False, True, f"Task of {service.name} ")
    for subject, stores in (("redis", facts.caches), ("database", facts.databases)):
        for fact in stores.values() if subject not in closed else ():
            store = fact.value if isinstance(fact, Known) else None
            if store and store.host and store.port:
                yield _Place(store.host, store.port, False, True, f"{subject.capitalize()} ")


def _connect(place: _Place) -> Line:
    """One connection, and a handshake where it is to have TLS; nothing is sent."""
    attempt = Attempt("doctor", "host", 1, time.monotonic() + _MOST_TIME_S)
    try:
        if place.has_tls:
            peer = handshake(attempt, place.host, place.port)
            shown = f"{peer.protocol}, certificate of {peer.issuer}, {peer.days_left:.0f} days left"
            return Line("ok", place.name, f"resolves, accepts connections, and is trusted ({shown})")
        open_connection(attempt, place.host, place.port).close()
    except HttpError as error:
        is_closed = place.is_inside and error.kind == "connect timeout"
        return Line("WRONG", place.name, f"{error}: {_PORT_IS_CLOSED if is_closed else _REMEDIES[error.kind]}")
    except CannotTellError as error:
        return Line("WRONG", place.name, str(error))
    return Line("ok", place.name, "resolves, and accepts connections")
