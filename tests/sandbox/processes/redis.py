"""A Redis server: the real one where it is installed, else a fake that can only be up or down."""

import shutil
import socket
import threading
from pathlib import Path
from typing import NamedTuple

from fakeredis import TcpFakeServer

from tests.sandbox.processes.child import ChildProcess

_READY_TIMEOUT_S = 10.0


def is_installed() -> bool:
    """Whether there is a redis-server on this machine."""
    return shutil.which("redis-server") is not None


class TlsFiles(NamedTuple):
    """PEM files of a server certificate and its private key."""

    certificate: Path
    private_key: Path


class RedisServer:
    """Redis at ``address:port``, with its log in ``folder``; it forgets its data when it stops."""

    def __init__(
        self, address: str, port: int, folder: Path, *, password: str | None = None, tls: TlsFiles | None = None
    ) -> None:
        self.address, self.port = address, port
        self._folder, self._password, self.tls = folder.absolute(), password, tls
        self._program = shutil.which("redis-server")
        self._child: ChildProcess | None = None
        self._fake: TcpFakeServer | None = None

    @property
    def is_real(self) -> bool:
        """Whether this is redis-server; the fake accepts any password, speaks no TLS, and cannot be suspended."""
        return self._program is not None

    def start(self) -> None:
        """Start and wait until it answers; RuntimeError when it does not."""
        if self._program is None:
            self._start_fake()
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._child = ChildProcess(self._command(self._program), log=self._folder / "redis.log")
        self._child.wait_until(lambda: _accepts(self.address, self.port), _READY_TIMEOUT_S)

    def stop(self) -> None:
        """Stop it: its port refuses connections."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._fake is not None:
            self._fake.shutdown()
            self._fake.server_close()
            self._fake = None

    def suspend(self) -> None:
        """Make it hang."""
        self._real_child().suspend()

    def resume(self) -> None:
        """Let it answer again."""
        self._real_child().resume()

    def _real_child(self) -> ChildProcess:
        if self._child is None:
            raise RuntimeError(
                "Only a running redis-server can be suspended and resumed; install the Debian package redis-server."
            )
        return self._child

    def _command(self, program: str) -> list[str]:
        listen = ["--port", str(self.port)]
        if self.tls is not None:
            listen = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            listen += ["--tls-cert-file", str(self.tls.certificate), "--tls-key-file", str(self.tls.private_key)]
            listen += ["--tls-ca-cert-file", str(self.tls.certificate)]
        secret = ["--requirepass", self._password] if self._password else []
        return [
            *(program, "--bind", self.address, *listen, *secret),
            *("--dir", str(self._folder), "--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def _start_fake(self) -> None:
        self._fake = TcpFakeServer((self.address, self.port))
        self._fake.daemon_threads = True
        threading.Thread(target=self._fake.serve_forever, args=(0.02,), daemon=True).start()


def _accepts(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True
