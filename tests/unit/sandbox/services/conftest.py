"""Stacks of stand-ins, and the Redis servers that they use."""

import functools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.sandbox.processes.redis import RedisServer
from tests.sandbox.services.settings import Era
from tests.unit.sandbox.services.stack import HealthyStack, MakeStack, Stack, free_port


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that nobody breaks."""
    server = RedisServer("127.0.0.1", free_port(), tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis to be broken; the fall-back cannot hang."""
    server = RedisServer("127.0.0.1", free_port(), tmp_path / "redis")
    if not server.is_real:
        pytest.skip("redis-server is not installed (Debian package redis-server)")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def healthy(shared_redis: RedisServer) -> Iterator[HealthyStack]:
    """Give one running stack for each date, shared by the tests that change nothing."""
    with ExitStack() as running:

        @functools.cache
        def of(era: Era) -> Stack:
            stack = Stack(era, shared_redis)
            running.callback(stack.stop)
            stack.start()
            return stack

        yield of


@pytest.fixture
def make_stack(shared_redis: RedisServer) -> Iterator[MakeStack]:
    """Start stacks with an empty cache; all are stopped at the end."""
    with ExitStack() as running:

        def make(era: Era, **settings: Any) -> Stack:
            stack = Stack(era, settings.pop("redis", shared_redis), **settings)
            with redis.Redis(stack.redis.address, stack.redis.port) as client:
                client.flushall()
            running.callback(stack.stop)
            stack.start()
            return stack

        yield make
