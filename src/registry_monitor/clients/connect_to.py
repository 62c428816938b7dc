"""Leads connections elsewhere, as curl's ``--connect-to`` does: TLS server name and Host header stay.

All HTTP of this process (requests, the MLflow client, botocore) ends in urllib3's ``create_connection``, and
that is where the mapping is applied, so that there is one way for every client.
"""

import socket
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


def _connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
    return _connect_directly(destination(*address), *args, **kwargs)


connection.create_connection = _connect
