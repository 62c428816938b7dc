"""A network with a set latency: whoever connects through it waits as long as between two places that far apart.

Bytes are held for half a round trip in each direction, in order, and as many at a time as come; the first ones for a
whole round trip more, which the connecting itself would take. So a request costs one round trip on a connection that
is open, two on a new one, and as many more as its TLS handshake takes.
"""

import asyncio
import contextlib
import threading
from typing import Self
from urllib.parse import urlsplit

_CHUNK_BYTES = 65536
_FAREWELL_S = 0.02  # for connections that are being closed


class SlowNetwork:
    """Listens on loopback for each destination, with ``round_trip_s`` to it, for as long as a ``with`` block lasts."""

    def __init__(self, round_trip_s: float) -> None:
        self._round_trip_s = round_trip_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow network", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._ways: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.run_until_complete(_end_tasks())  # of who was let in at the very end
        self._loop.close()

    def way_to(self, destination: str) -> str:
        """Return the ``address:port`` from where an ``address:port`` is that far away."""
        if destination not in self._ways:
            listening = asyncio.run_coroutine_threadsafe(self._listen(destination), self._loop)
            self._ways[destination] = listening.result(timeout=5)
        return self._ways[destination]

    def url_of(self, url: str) -> str:
        """The same for the URL of a host."""
        parts = urlsplit(url)
        return parts._replace(netloc=self.way_to(parts.netloc)).geturl()

    async def _listen(self, destination: str) -> str:
        host, port = destination.rsplit(":", 1)

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection(host, int(port))
                try:
                    there = self._carry(reader, far_writer, self._round_trip_s)
                    await asyncio.gather(there, self._carry(far_reader, writer, 0.0))
                finally:
                    far_writer.transport.abort()
            writer.transport.abort()

        server = await asyncio.start_server(carry, "127.0.0.1", 0, backlog=512)
        self._servers.append(server)
        return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first_s: float) -> None:
        """Pass bytes on, each when its time has come; the end of them too."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.ensure_future(self._deliver(under_way, writer))
        data = b"?"
        while data:
            try:
                data = await reader.read(_CHUNK_BYTES)
            except OSError:
                data = b""
            under_way.put_nowait((self._loop.time() + self._round_trip_s / 2 + first_s, data))
            first_s = 0.0
        await delivering

    async def _deliver(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            try:
                if not data:
                    if writer.can_write_eof():
                        writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()
            except (OSError, RuntimeError):  # who was to get it has gone
                return

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
            server.close_clients()
        await _end_tasks()
        await asyncio.sleep(_FAREWELL_S)


async def _end_tasks() -> None:
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
