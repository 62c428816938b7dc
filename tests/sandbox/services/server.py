"""One service in a thread of its own, with an event loop of its own.

A service that blocks its loop blocks nobody else: as on Fargate, where each service is a process of its own.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable

from aiohttp import web

AppFactory = Callable[[], web.Application]

# What an application does in its own thread that may block for ever registers here how to wake it.
ABORTS: web.AppKey[list[Callable[[], None]]] = web.AppKey("aborts", list)

_BACKLOG = 2048  # as uvicorn
_KEEP_ALIVE_S = 5.0  # uvicorn's default
_ACCEPT_S = 0.005  # for connections that are just being accepted
_LAST_WORDS_S = 0.5
_GRACE_S = 0.02  # what running requests get when the service stops


class ServiceThread:
    """Serve an application at ``host:port``; port 0 takes a free one. It can be started again after ``stop``."""

    def __init__(self, app_factory: AppFactory, host: str, port: int) -> None:
        self._app_factory = app_factory
        self._host, self._port = host, port
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """The address and the port it listens on."""
        return self._host, self._port

    @property
    def is_running(self) -> bool:
        """Whether the thread lives: it listens, or is still starting."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, timeout_s: float = 10.0) -> None:
        """Start and wait until it listens.

        Raises:
            OSError: the address cannot be bound.
            TimeoutError: it still starts after ``timeout_s`` seconds, for instance because it waits for a hung
                dependency. It goes on starting; ``stop`` ends it.

        """
        if self.is_running:
            raise RuntimeError(f"The service at {self._host}:{self._port} is running already; stop it first.")
        self._app = self._app_factory()
        self._loop = asyncio.new_event_loop()
        self._is_resumed = threading.Event()
        self._is_resumed.set()
        self._is_settled = threading.Event()  # it listens, or has failed
        self._failure: BaseException | None = None
        self._stop_asked = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"service {self._host}:{self._port}", daemon=True)
        self._thread.start()
        if not self._is_settled.wait(timeout_s):
            raise TimeoutError(f"The service at {self._host}:{self._port} does not listen after {timeout_s:g} s.")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop listening, end what is running, and join the thread; a stopped service is left alone."""
        if self._thread is None:
            return
        self.resume()
        for abort in self._app.get(ABORTS, []):
            abort()
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop may just have ended by itself: the start failed
                self._loop.call_soon_threadsafe(self._stop_asked.set)
        self._thread.join()
        self._thread = None

    def suspend(self) -> None:
        """Hang: the kernel accepts connections, nobody answers."""
        self._is_resumed.clear()
        self._loop.call_soon_threadsafe(self._is_resumed.wait)

    @property
    def is_suspended(self) -> bool:
        """Whether it hangs."""
        return not self._is_resumed.is_set()

    def resume(self) -> None:
        """Go on after ``suspend``."""
        self._is_resumed.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # noqa: BLE001 (raised again in the thread that called start)
            self._failure = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._is_settled.set()

    async def _serve(self) -> None:
        runner = web.AppRunner(self._app, access_log=None, keepalive_timeout=_KEEP_ALIVE_S, shutdown_timeout=_GRACE_S)
        listener: socket.socket | None = None
        try:
            await runner.setup()
            listener = socket.create_server((self._host, self._port), backlog=_BACKLOG)
            self._port = listener.getsockname()[1]
            await web.SockSite(runner, listener, backlog=_BACKLOG).start()
            self._is_settled.set()
            await self._stop_asked.wait()
            # A connection accepted while asyncio closes the server is left open, so stop accepting first.
            self._loop.remove_reader(listener)
            await asyncio.sleep(_ACCEPT_S)
        finally:
            await runner.cleanup()
            if listener is not None:
                listener.close()
            if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(tasks, timeout=_LAST_WORDS_S)  # cancelled requests close their connections
            await asyncio.sleep(_ACCEPT_S)


def answer_as(server: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return a response signal that puts ``server`` into the Server header."""

    async def set_server(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = server

    return set_server
