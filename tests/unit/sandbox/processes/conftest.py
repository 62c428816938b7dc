"""Addresses for servers of this folder's tests: one loopback network for each test run."""

import random
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def address() -> str:
    """An address of its own for this test run; ports need not be searched for."""
    return f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.9"


@pytest.fixture
def stopping(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Have servers stopped when the test ends."""

    def register(*servers: object) -> None:
        for server in servers:
            request.addfinalizer(server.stop)  # type: ignore[attr-defined]

    return register
