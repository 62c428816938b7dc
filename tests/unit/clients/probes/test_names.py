"""Where a client would connect."""

import socket

import pytest

from registry_monitor.clients.connect_to import connect_to
from registry_monitor.clients.http import HttpError
from registry_monitor.clients.names import addresses
from tests.unit.clients.probes.servers import HOST


def test_addresses__are_those_of_the_name() -> None:
    """Resolution is the machine's own."""
    assert "127.0.0.1" in addresses("localhost", 443)


def test_addresses__follow_the_mapping_of_that_port_alone() -> None:
    """Host and port together are led elsewhere."""
    connect_to({f"{HOST}:443": "127.0.0.9:8443"})
    assert addresses(HOST, 443) == {"127.0.0.9"}
    with pytest.raises(HttpError):
        addresses(HOST, 80)


def test_addresses__are_all_that_the_name_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load balancer has one in each zone."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert addresses(HOST, 443) == {"192.0.2.1", "192.0.2.2"}


@pytest.mark.parametrize("host", ["registry.invalid", "", f"{'x' * 70}.invalid"], ids=["unknown", "empty", "too long"])
def test_name_without_an_address__is_told_as_such(host: str) -> None:
    """The reserved top-level domain .invalid never resolves (RFC 6761)."""
    with pytest.raises(HttpError, match="has a host name") as caught:
        addresses(host, 443)
    assert caught.value.kind == "name"
