"""A small server and places that do not answer, as the tests of the clients have them."""

from collections.abc import Iterator

import pytest

from registry_monitor.clients import connection, http
from registry_monitor.clients.connect_to import connect_to
from tests.unit.clients.conftest import server

__all__ = ["server"]

PATIENCE_S = 0.4


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silences are waited for, but not for long."""
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def _no_mapping() -> Iterator[None]:
    yield
    connect_to({})
