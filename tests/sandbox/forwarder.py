"""A TCP forwarder: it gives an address of the sandbox to a service that runs somewhere else."""

import asyncio
import threading

_FAREWELL_S = 0.01  # for connections that are being closed


class Forwarder:
    """Forward every connection to ``address:port`` to ``destination``; resets it when the destination refuses."""

    def __init__(self, address: str, port: int, destination: tuple[str, int]) -> None:
        self._destination = destination
        self._connections: set[asyncio.Task[None] | None] = set()  # asyncio itself holds tasks weakly
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"forwarder {address}", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._forward, address, port), self._loop
        ).result(timeout=5)

    def stop(self) -> None:
        """Close the port and all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        self._server.abort_clients()  # TLS would wait for its peer's farewell
        # Again until there is none: a connection that was just accepted becomes a task only now.
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(_FAREWELL_S)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            await self._connect(reader, writer)
        finally:
            self._connections.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._destination)
        except OSError:
            writer.transport.abort()  # a reset, which is what a load balancer answers 502 to
            return
        try:
            await self._greet(reader, writer, far_reader, far_writer)
            await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        except (OSError, EOFError, asyncio.CancelledError):  # one of the two went away, or does not speak as expected
            writer.transport.abort()
            far_writer.transport.abort()
        far_writer.close()
        writer.close()

    async def _greet(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        """Do what comes before the bytes are passed on; here: nothing."""


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()  # TLS has no half-open connections
    except ConnectionError:
        writer.transport.abort()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
