"""Where this process stands: inside the platform's network, or outside (a laptop, a pipeline)."""

import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from registry_monitor.clients.connect_to import destination


def is_inside_vpc(internal_urls: Iterable[str]) -> bool:
    """Whether a name of the inside resolves here, to where ``connect_to`` leads it.

    A private name resolves only inside (AWS Cloud Map Developer Guide, "private DNS namespaces").
    """
    for url in internal_urls:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.getaddrinfo(*destination(host, port), type=socket.SOCK_STREAM)
        except OSError:
            continue
        return True
    return False
