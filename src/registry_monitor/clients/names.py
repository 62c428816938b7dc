"""Where a client of a host would connect: the address that ``connect_to`` leads to, or those of the name."""

import socket
from typing import Any

from urllib3.util import connection

from registry_monitor.clients.connect_to import destination
from registry_monitor.clients.http import HttpError
from registry_monitor.clients.own_room import no_room
from registry_monitor.model import CannotTellError


def addresses(host: str, port: int) -> frozenset[str]:
    """IP addresses of a host as this process would reach it. Raises HttpError("name"), CannotTellError."""
    return frozenset(str(place[0]) for _, place in places(host, port))


def places(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    """As ``addresses``, each as a socket connects to it, in the order in which to try them (RFC 6724)."""
    # Only families that this machine speaks, as the HTTP probes ask for them.
    family = connection.allowed_gai_family()
    try:
        found = socket.getaddrinfo(*destination(host, port), family, socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:  # the resolver did not answer: that says nothing of the name
            raise CannotTellError(f"the name {host} could not be looked up ({error.strerror})") from error
        told = f"has a host name that does not resolve ({error.strerror})"
        raise no_room([error]) or HttpError("name", told) from error
    except UnicodeError as error:
        raise HttpError("name", "has a host name that is none (a part of it is empty or too long)") from error
    return [(family, place) for family, _, _, _, place in found]
