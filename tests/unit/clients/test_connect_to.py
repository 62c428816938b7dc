"""Leading connections elsewhere."""

import pytest

from registry_monitor.clients.connect_to import connect_to, destination


@pytest.mark.parametrize(
    ("host", "port", "leads_to"),
    [
        ("registry.test", 443, ("127.0.0.1", 8443)),
        ("REGISTRY.test", 443, ("127.0.0.1", 8443)),
        ("registry.test", 80, ("registry.test", 80)),
        ("other.test", 443, ("other.test", 443)),
        ("six.test", 443, ("::1", 8443)),
    ],
)
def test_destination__is_mapped_by_host_and_port(host: str, port: int, leads_to: tuple[str, int]) -> None:
    """Only what is named is led elsewhere; names are not case-sensitive."""
    connect_to({"registry.test:443": "127.0.0.1:8443", "six.test:443": "[::1]:8443"})
    try:
        assert destination(host, port) == leads_to
    finally:
        connect_to({})
    assert destination(host, port) == (host, port)
