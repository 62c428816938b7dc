"""Faults of authentication that are no edit of AWS: a process that ends, hangs, is slow or answers nonsense."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.auth import auth_app
from tests.sandbox.services.network import FixedNetwork
from tests.sandbox.services.server import ServiceThread
from tests.system.conftest import broken

VALIDATE = "/api/v1/keys/validate"
DEBIT = "/api/v1/usage/"
type Fault = Callable[[Sandbox], Any]  # a context manager: the platform is broken inside it


def process(sandbox: Sandbox, role: str) -> ServiceThread:
    """The process of a service's one task."""
    tasks = sandbox._settling.scheduler.tasks
    address = sandbox.world.addresses.task(role, 0)
    found = next(task.process for task in tasks if task.interface.address == address)
    assert isinstance(found, ServiceThread)
    return found


def all_of(*faults: Fault) -> Fault:
    """Several faults at once, in this order."""

    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        with ExitStack() as stack:
            for each in faults:
                stack.enter_context(each(sandbox))
            yield

    return fault


def scenario(name: str) -> Fault:
    return lambda sandbox: broken(sandbox, name)


@contextmanager
def nothing(sandbox: Sandbox) -> Iterator[None]:
    yield


def stopped(role: str) -> Fault:
    """Refused: nobody listens."""

    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        running = process(sandbox, role)
        running.stop()
        try:
            yield
        finally:
            running.start()

    return fault


def hung(role: str) -> Fault:
    """Silent: the kernel accepts, nobody answers."""

    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        running = process(sandbox, role)
        running.suspend()
        try:
            yield
        finally:
            running.resume()

    return fault


@contextmanager
def redis_hung(sandbox: Sandbox) -> Iterator[None]:
    sandbox.redis.suspend()
    try:
        yield
    finally:
        sandbox.redis.resume()


def auth_says(path: str, status: int, body: str) -> Fault:
    """The auth service, but for one path that it answers like this."""

    async def say(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_meant = request.path.startswith(path)
        return web.Response(status=status, text=body) if is_meant else await handler(request)

    return _in_place_of_auth(say)


def auth_waits(path: str, delay_s: float) -> Fault:
    """The auth service, slow on one path."""

    async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(path):
            await asyncio.sleep(delay_s)
        return await handler(request)

    return _in_place_of_auth(wait)


def _in_place_of_auth(middleware: Callable[[web.Request, Handler], Any]) -> Fault:
    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        def app() -> web.Application:
            built = auth_app({}, FixedNetwork({}), sandbox.keys)
            built.middlewares.insert(0, web.middleware(middleware))
            return built

        running = process(sandbox, "auth")
        running.stop()
        instead = ServiceThread(app, *running.address)
        instead.start()
        try:
            yield
        finally:
            instead.stop()
            running.start()

    return fault


def variable(role: str, name: str, value: Callable[[Sandbox], str]) -> Fault:
    """Another value of one variable of a container, and what it was afterwards."""

    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        environment = sandbox.world.task_definition(role)["containerDefinitions"][0]["environment"]
        before = {pair["name"]: pair["value"] for pair in environment}.get(name)
        sandbox.world.set_variable(role, name, value(sandbox))
        sandbox.settle()
        try:
            yield
        finally:
            if before is None:
                sandbox.world.unset_variable(role, name)
            else:
                sandbox.world.set_variable(role, name, before)
            sandbox.settle()

    return fault


quick = all_of(*(variable(role, "TIME_SCALE", lambda _: "0.1") for role in ("api", "mlflow")))
"""Time-outs of a tenth: 5 s for the auth service become 0.5 s."""
auth_without_redis = variable("auth", "REDIS_HOST", lambda _: "")
"""An auth service that keeps no rate limits: the other reading of what was measured."""


def key(name: str, **changes: object) -> Fault:
    """One of the monitor's keys with another record in the auth service."""

    @contextmanager
    def fault(sandbox: Sandbox) -> Iterator[None]:
        value = sandbox.world.secrets.monitor_keys[name]
        before = sandbox.keys[value]
        sandbox.keys[value] = dataclasses.replace(before, **changes)  # type: ignore[arg-type]
        try:
            yield
        finally:
            sandbox.keys[value] = before

    return fault
