"""The platform of August 2025, where one slow health check freezes the API: what its load balancer sees meanwhile."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.sandbox.platforms import NAMESPACE
from tests.sandbox.sandbox import Sandbox

_HANGS_S, _ANSWERS_S = 2.0, 0.05
_TIMEOUT_S = 5.0  # of the target groups' health checks
EVERY_S = 3.0  # ten times as often as in the platform; each waits its 5 s


@dataclass
class Checks:
    """The load balancer's health checks of the API's target: how long each took, and why it failed."""

    took_s: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def health_checked(sandbox: Sandbox) -> Iterator[Checks]:
    """Check the API's target as its load balancer does, again and again, for a while."""
    checks, ended = Checks(), threading.Event()

    def work() -> None:
        while not ended.is_set():
            began = time.monotonic()
            if problem := _problem(sandbox):
                checks.failed.append(problem)
            checks.took_s.append(time.monotonic() - began)
            ended.wait(max(0.0, EVERY_S - (time.monotonic() - began)))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield checks
    finally:
        ended.set()
        thread.join()


def _problem(sandbox: Sandbox) -> str | None:
    """What a health check of the API's target comes to; None: 200 in time."""
    service = sandbox.platform.service("api")
    address, _, port = sandbox.connect_to()[f"api.{NAMESPACE}:{service.port}"].rpartition(":")
    connection = http.client.HTTPConnection(address, int(port), timeout=_TIMEOUT_S)
    try:
        connection.request("GET", service.health_path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return None if status == 200 else f"answered {status}"


@contextmanager
def slowed(suspend: Callable[[], None], resume: Callable[[], None]) -> Iterator[None]:
    """A process that stands still for two seconds, answers for a moment, and so on (SIGSTOP and SIGCONT)."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            suspend()
            ended.wait(_HANGS_S)
            resume()
            ended.wait(_ANSWERS_S)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        resume()
