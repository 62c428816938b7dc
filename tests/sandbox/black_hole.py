"""A port whose packets are dropped, as a closed security group drops them: a client waits until its own time-out.

The trick: a listening socket with a backlog of 0 holds one connection that nobody accepts. As long as it is there,
Linux drops each further SYN without a word (net.ipv4.tcp_abort_on_overflow is 0, the default). ``BlackHole`` tries
it, since another kernel may answer after all.
"""

import socket

_TRY_S = 0.2
_MOST_HELD = 16


class BlackHole:
    """Holds the port at ``address`` until ``close``."""

    def __init__(self, address: str, port: int = 0) -> None:
        """Open it (``port`` 0: any); RuntimeError when this kernel answers all the same."""
        self._held: list[socket.socket] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((address, port))
        self._listener.listen(0)
        self.address, self.port = self._listener.getsockname()
        while not self._drops():
            if len(self._held) > _MOST_HELD:
                self.close()
                raise RuntimeError(
                    f"{address} answers although its queue of connections is full; a closed security group cannot be "
                    "shown on this kernel. Is net.ipv4.tcp_abort_on_overflow 0?"
                )

    def close(self) -> None:
        """Give the port back."""
        for connection in (*self._held, self._listener):
            connection.close()

    def _drops(self) -> bool:
        try:
            self._held.append(socket.create_connection((self.address, self.port), timeout=_TRY_S))
        except TimeoutError:
            return True
        return False
