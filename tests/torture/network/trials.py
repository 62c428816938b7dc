"""Which fault is tried where, and by which run."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.system.misbehaving import edited_target
from tests.torture.network.answers import ANSWER_FAULTS, ELSEWHERE
from tests.torture.network.connections import CONNECTION_FAULTS
from tests.torture.network.faults import Effect, Fault
from tests.torture.network.proxy import FaultProxy, OtherHost, Place, Request, between
from tests.torture.network.stores import DATABASE_PORT, REDIS_PORT, STORE_FAULTS

HOSTS = {
    "auth": ("auth.hokus.ai",),
    "api": ("registry.hokus.ai",),
    "mlflow": ("registry.hokus.ai",),  # what passes it to MLflow
    "all": ("auth.hokus.ai", "registry.hokus.ai"),
}
_LIGHT, _FULL = {"depth": "light"}, {"depth": "full"}
_STORES = {"suites": ["infrastructure_health"], "depth": "full"}
_SLOW_NAME, _DEAD_NAME = "slow.registry-monitor.test", "no-such-record.invalid"
_FULL_TOO = (  # of the faults at which the MLflow client reads with means of its own
    "latency with jitter", "reset in the body", "body that is cut", "body with its fields null",
    "body of 100,000 brackets", "gzip bomb", "body of 1 GB", "chunks of 1 GB", "headers without end",
    "interim answers without end", "redirect 307 to another host", "redirect 308 to http",
    "status 401 that asks for Negotiate",
)  # fmt: skip


@dataclass
class Met:
    """What was met on the other side of a fault run."""

    elsewhere: OtherHost = field(default_factory=OtherHost)


@dataclass(frozen=True)
class Trial:
    """One fault run. ``strikes``: whether a request (host, path) or a check's other question meets the fault.

    ``causes``: kinds of findings that are true of the platform while it lasts.
    """

    name: str
    event: Mapping[str, object]
    effect: Effect
    strikes: Callable[[str, str], bool]
    arrange: Callable[[Sandbox], AbstractContextManager[Met]]
    causes: frozenset[str] = frozenset()

    @property
    def is_light(self) -> bool:
        """Whether it is a run of each minute."""
        return self.event == _LIGHT


def all_trials() -> list[Trial]:
    """Each fault on the API; those of answers on MLflow and on all hosts, the others on auth and on all."""
    found = []
    for fault in (*CONNECTION_FAULTS, *ANSWER_FAULTS):
        found += [_by_proxy("light", host, fault) for host in ("api", "mlflow" if fault.is_of_answers else "auth")]
    found += [_by_proxy("light", "auth", fault) for fault in ANSWER_FAULTS[::4]]
    found += [_by_proxy("light", "all", fault) for fault in (*CONNECTION_FAULTS[2::5], *ANSWER_FAULTS[1::8])]
    found += [_by_proxy("full", "mlflow", fault) for fault in ANSWER_FAULTS if fault.name in _FULL_TOO]
    found += [_by_proxy("full", "all", fault) for fault in CONNECTION_FAULTS if fault.name in _FULL_TOO]
    found += [_of_store(store, fault) for store, fault in STORE_FAULTS]
    return [*found, *_of_names(), *([_over_ipv6()] if _has_ipv6() else [])]


def _by_proxy(depth: str, host: str, fault: Fault, family: socket.AddressFamily = socket.AF_INET) -> Trial:
    def strikes(name: str, path: str) -> bool:
        return name in HOSTS[host] and (host != "mlflow" or "/mlflow/" in path)

    @contextlib.contextmanager
    def arrange(sandbox: Sandbox) -> Iterator[Met]:
        met, authority = Met(), sandbox.world.authority
        concerns: Callable[[Request], bool] = lambda request: host != "mlflow" or "/mlflow/" in request.path  # noqa: E731
        proxy = FaultProxy(fault.play, authority, concerns, family)
        # The load balancer's own name too: the proxy is where the hosts' records lead.
        struck = {sandbox.connect_to()[f"{each}:443"] for each in HOSTS[host]}
        with (
            _elsewhere(sandbox, met.elsewhere),
            between(sandbox, proxy, lambda place: "{}:{}".format(*place.address) in struck),
        ):
            yield met

    over = " over IPv6" if family is socket.AF_INET6 else ""
    event = _LIGHT if depth == "light" else _FULL
    return Trial(f"{depth}: {host}: {fault.name}{over}", event, fault.effect, strikes, arrange)


def _of_store(store: str, fault: Fault) -> Trial:
    port = {"redis": REDIS_PORT, "database": DATABASE_PORT}[store]

    @contextlib.contextmanager
    def arrange(sandbox: Sandbox) -> Iterator[Met]:
        with between(sandbox, FaultProxy(fault.play, sandbox.world.authority), lambda place: place.port == port):
            yield Met()

    return Trial(f"full: {store}: {fault.name}", _STORES, fault.effect, lambda name, path: name == store, arrange)


def _of_names() -> list[Trial]:
    """What a resolver may do: names that lead nowhere for real, and a system's resolver that is slow."""
    addresses = {
        "name that does not resolve": (Effect.BROKEN, 0.0, 1),
        "name that takes 1 s": (Effect.HARMLESS, 1.0, 1),
        "name that takes 4 s": (Effect.EITHER, 4.0, 1),
        "name that takes 30 s": (Effect.BROKEN, 30.0, 1),
        "name with a dead address first": (Effect.HARMLESS, 0.0, 2),
    }
    return [
        Trial(f"light: {host}: {name}", _LIGHT, effect, _is_of(host), partial(_resolving, host, name, wait_s, count))
        for host in ("auth", "api", "all")
        for name, (effect, wait_s, count) in addresses.items()
    ]


def _is_of(host: str) -> Callable[[str, str], bool]:
    return lambda name, path: name in HOSTS[host]


@contextlib.contextmanager
def _resolving(host: str, name: str, wait_s: float, count: int, sandbox: Sandbox) -> Iterator[Met]:
    """Lead the host to a name; the system's resolver answers for it, late. "Does not resolve" is the system's own."""
    resolve = socket.getaddrinfo
    served = {_slow(each): sandbox.connect_to()[f"{each}:443"].rpartition(":")[0] for each in HOSTS[host]}

    def slowly(asked: Any, *arguments: Any, **named: Any) -> Any:
        if asked not in served:
            return resolve(asked, *arguments, **named)
        time.sleep(wait_s)
        found = resolve(served[asked], *arguments, **named)
        dead = [(*each[:4], ("127.255.255.254", *each[4][1:])) for each in found]
        return [*dead, *found][-count * len(found) :]

    def lead(target: dict[str, Any]) -> None:
        for each in HOSTS[host]:
            port = target["connect_to"][f"{each}:443"].rpartition(":")[2]
            target["connect_to"][f"{each}:443"] = f"{_DEAD_NAME if 'not resolve' in name else _slow(each)}:{port}"

    with pytest.MonkeyPatch.context() as patch, edited_target(sandbox, lead):
        patch.setattr(socket, "getaddrinfo", slowly)
        yield Met()


def _slow(host: str) -> str:
    return f"{host.partition('.')[0]}.{_SLOW_NAME}"


@contextlib.contextmanager
def _elsewhere(sandbox: Sandbox, other: OtherHost) -> Iterator[None]:
    """Let a host that is none of the platform's be there, so that whatever follows a redirect arrives."""
    with contextlib.ExitStack() as stack:
        proxy = FaultProxy(other.play, sandbox.world.authority)
        led = {
            f"{ELSEWHERE}:{port}": proxy.listen(stack, Place(ELSEWHERE, port, ("127.0.0.1", 9))) for port in (80, 443)
        }
        stack.callback(proxy.ended.set)
        with edited_target(sandbox, lambda target: target["connect_to"].update(led)):
            yield


def _over_ipv6() -> Trial:
    fault = next(each for each in CONNECTION_FAULTS if each.name == "latency of 200 ms")
    return _by_proxy("light", "all", fault, socket.AF_INET6)


def _has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False
