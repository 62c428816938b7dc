"""PostgreSQL as RDS offers it: with TLS, at an address of its own."""

import ssl
from pathlib import Path

import psycopg2
import psycopg2.extensions

from tests.sandbox.database_front import DatabaseFront
from tests.sandbox.processes.postgres import PostgresServer


class Database(PostgresServer):
    """A server at ``address``, and after ``offer_tls`` also a front with TLS at ``public_address``, on the same port.

    The front's port is open as long as the server runs. The sandbox's own connections, and those of MLflow, go
    straight to the server, which has no TLS.
    """

    def __init__(self, public_address: str, address: str, port: int, folder: Path) -> None:
        super().__init__(address, port, folder)
        self.public_address = public_address
        self._tls: ssl.SSLContext | None = None
        self._front: DatabaseFront | None = None
        self._idle: list[psycopg2.extensions.connection] = []

    def offer_tls(self, context: ssl.SSLContext) -> None:
        """Open the front, which shows the certificate of ``context``; once, while the server runs."""
        self._tls = context
        self._front = DatabaseFront(self.public_address, self.port, (self.address, self.port), context)

    def start(self) -> None:
        """Start the server and, where there is a certificate, its front; RuntimeError when it does not start."""
        super().start()
        if self._tls is not None:
            self.offer_tls(self._tls)

    def stop(self) -> None:
        """Stop both: their ports refuse connections."""
        if self._front is not None:
            self._front.stop()
            self._front = None
        super().stop()

    def exhaust_connections(self) -> None:
        """Let idle sessions take every connection that is not reserved for administrators."""
        self.end_sessions()
        self._idle += [self.connect() for _ in range(self._free_connections())]

    def release_connections(self) -> None:
        """End the idle sessions."""
        while self._idle:
            self._idle.pop().close()

    def _free_connections(self) -> int:
        ((free,),) = self.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - count(*) + 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"  # but for this one
        )
        return int(free)
