"""Leads connections elsewhere, as curl's ``--connect-to`` does: TLS server name and Host header stay.

All HTTP of this process (requests, the MLflow client, botocore) ends in urllib3's ``create_connection``, and
that is where the mapping is applied, so that there is one way for every client.
"""

import socket
import time
from collections.abc import Mapping
from typing import Any

from urllib3.util import connection

_connect_directly = connection.create_connection
_mapping: dict[tuple[str, int], tuple[str, int]] = {}


def connect_to(mapping: Mapping[str, str]) -> None:
    """Replace the mapping of this process: ``{"host:port": "address:port"}``; empty for none."""
    global _mapping  # noqa: PLW0603 - urllib3 has one connection function for the process
    _mapping = {_split(source): _split(destination) for source, destination in mapping.items()}


def destination(host: str, port: int) -> tuple[str, int]:
    """Where a connection to this host and port really goes."""
    return _mapping.get((host.lower(), port), (host, port))


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]").lower(), int(port)


def _connect(address: tuple[str, int], timeout: Any = None, **arguments: Any) -> socket.socket:
    """As urllib3's own, but the time-out is for all addresses of a name together: a load balancer has several."""
    host, port = destination(*address)
    if not isinstance(timeout, int | float):
        return _connect_directly((host, port), timeout, **arguments)
    give_up = time.monotonic() + timeout
    found = socket.getaddrinfo(host, port, connection.allowed_gai_family(), socket.SOCK_STREAM)
    failure: OSError = TimeoutError("timed out")
    for tried, (*_, (ip, *_)) in enumerate(found):
        share_s = (give_up - time.monotonic()) / (len(found) - tried)
        try:
            return _connect_directly((str(ip), port), max(0.01, share_s), **arguments)
        except OSError as error:
            failure = error
    raise failure


connection.create_connection = _connect  # type: ignore[assignment]  # its callers name all but the first two
