"""A monitor without a free file descriptor says so, and blames no host."""

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from registry_monitor.clients.connection import open_connection
from registry_monitor.clients.http import HttpClient
from registry_monitor.clients.request_budget import RequestBudget
from registry_monitor.keyring import Keyring
from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.redaction import Redactor
from registry_monitor.target import BEARER


@contextmanager
def no_file_descriptors() -> Iterator[None]:
    """Let this process open nothing more."""
    lowest_free = os.dup(0)
    os.close(lowest_free)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def attempt() -> Attempt:
    return Attempt(run_id="run", check_id="check", number=1, deadline=time.monotonic() + 10)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_http__without_file_descriptors_cannot_tell(scheme: str) -> None:
    """Neither a TLS error nor a broken answer: the host was never asked."""
    client = HttpClient(Keyring(lambda force: {}, Redactor()), RequestBudget(5), lambda _: BEARER)
    told = pytest.raises(CannotTellError, match="own process has no room for a connection: Too many open files")
    with socket.create_server(("127.0.0.1", 0)) as server, no_file_descriptors(), told:
        client.request(attempt(), "GET", f"{scheme}://127.0.0.1:{server.getsockname()[1]}/")
    client.close()


def test_plain_connection__without_file_descriptors_cannot_tell() -> None:
    """Redis, PostgreSQL and TLS are asked over sockets of our own."""
    told = pytest.raises(CannotTellError, match="own process has no room for a connection")
    with socket.create_server(("127.0.0.1", 0)) as server, no_file_descriptors(), told:
        open_connection(attempt(), "127.0.0.1", server.getsockname()[1])
