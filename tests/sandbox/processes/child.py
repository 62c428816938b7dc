"""A child process that never outlives the sandbox, and that can be made to hang."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Reads until this process is gone (whatever ended it), then kills the group given as $0. The kernel's own death
# signal is bound to the thread that started the child, and the parts of a sandbox are started by threads that end.
_UNDERTAKER = 'read -r _; kill -s KILL -- "-$0"'
_POLL_S = 0.02
_STOP_TIMEOUT_S = 10.0


class ChildProcess:
    """A server process and everything it starts, writing to ``log`` (a file)."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._log = log
        words = [str(part) for part in command]
        # A signal interrupts the main thread alone, and must not come between the process and its undertaker.
        with ThreadPoolExecutor(max_workers=1) as spawning:
            spawning.submit(self._spawn, words, None if environment is None else dict(environment)).result()

    def _spawn(self, command: list[str], environment: dict[str, str] | None) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self._log.parent,
                process_group=0,
            )
        self._undertaker = subprocess.Popen(
            ["/bin/sh", "-c", _UNDERTAKER, str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until ``is_ready`` says so; otherwise stop the process.

        Raises:
            RuntimeError: the process ended, or was not ready in time; with the end of its log.

        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running or time.monotonic() > deadline:
                state = "is not ready in time" if self.is_running else f"ended with {self._process.returncode}"
                self.stop()
                tail = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self._process.args!s} {state} ({timeout_s:g} s allowed). Its log ends:\n{tail}")
            time.sleep(_POLL_S)

    def suspend(self) -> None:
        """Stop the process and its descendants from running: the kernel still accepts, nobody answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let them run again."""
        self._signal_all(signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process and what it started; by force when it does not end in time."""
        self.resume()
        self._signal_all(how, only_parent=True)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._signal_all(signal.SIGKILL)
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._undertaker.kill()
        self._undertaker.wait()
        if self._undertaker.stdin is not None:
            self._undertaker.stdin.close()

    def _signal_all(self, how: signal.Signals, *, only_parent: bool = False) -> None:
        if not self.is_running:
            return
        for pid in [self.pid] if only_parent else [self.pid, *_descendants(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)


def _descendants(pid: int) -> list[int]:
    """Return the process ids of all children, and of theirs (each PostgreSQL back end is a session of its own)."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.extend(int(child) for child in children.read_text().split())
    return found + [below for child in found for below in _descendants(child)]
