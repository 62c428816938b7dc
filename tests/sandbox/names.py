"""The names of the VPC and what they lead to, as each container sees them through the security groups."""

import itertools
from dataclasses import dataclass

from tests.sandbox.aws.security_groups import Interface, SecurityGroups
from tests.sandbox.services.network import NameNotFoundError, Route


@dataclass(frozen=True)
class Directory:
    """What the VPC's resolver and its security groups knew when the sandbox settled last."""

    interfaces: dict[str, tuple[Interface, ...]]  # host name -> where it leads
    security_groups: SecurityGroups


class Names:
    """The current directory; containers keep their view of it while it is replaced.

    ``pause_scale`` multiplies how long they wait for what is dropped.
    """

    def __init__(self, pause_scale: float = 1.0) -> None:
        self.directory = Directory({}, SecurityGroups(()))
        self.pause_scale = pause_scale

    def seen_by(self, source: Interface) -> "View":
        """Return the network as ``source`` sees it."""
        return View(self, source)


class View:
    """One container's network (a ``Network`` of the services); MULTIVALUE names are answered in turn."""

    def __init__(self, names: Names, source: Interface) -> None:
        self._names = names
        self._source = source
        self._turn = itertools.count()

    def route(self, host: str, port: int) -> Route:
        """Return where ``host:port`` leads now.

        Raises:
            NameNotFoundError: no record has that name.

        """
        directory = self._names.directory
        interfaces = directory.interfaces.get(host)
        if not interfaces:
            raise NameNotFoundError(f"The name {host} is unknown in the VPC (known: {sorted(directory.interfaces)}).")
        destination = interfaces[next(self._turn) % len(interfaces)]
        is_open = directory.security_groups.allow(self._source, destination, port)
        return Route(destination.address, port, is_open, self._names.pause_scale)
