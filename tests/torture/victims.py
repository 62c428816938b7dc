"""Processes that make runs and may be killed: forked from one that has imported the handler once.

``python -m tests.torture.victims`` reads an ``Order`` a line, forks, and answers with the child's process id. It has
one thread, so that a fork is whole.
"""

import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

_TIME_MS = 60_000
_ENDS_WITHIN_S = 63.0  # then Lambda would have killed it


@dataclass(frozen=True)
class Order:
    """What a victim does: one invocation after another; it stops itself before the second and those after it.

    ``dies_at``: see ``kill_points``. ``limits``: of resources, by their names in the standard library (RLIMIT_AS),
    beyond what the process has already. ``cgroup``: a file to which it writes its id. ``is_later``: an hour after all
    others, so that what they left has expired.
    """

    events: list[dict[str, Any]]
    environment: dict[str, str]
    log: str
    dies_at: str | None = None
    limits: dict[str, int] = field(default_factory=dict)
    cgroup: str | None = None
    is_later: bool = False


@dataclass(frozen=True)
class Victim:
    """A process that makes runs."""

    pid: int
    log: Path

    def wait(self, time_s: float = _ENDS_WITHIN_S) -> bool:
        """Whether it has ended, by itself or not, within this time."""
        try:
            watched = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([watched], [], [], time_s)[0])
        finally:
            os.close(watched)

    def await_stop(self) -> bool:
        """Whether it has stopped itself between two invocations; False where it has ended."""
        while not self.wait(0.05):
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
            if state == "T":
                return True
        return False

    def signal(self, number: int) -> None:
        """Send a signal, if it is there."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    @property
    def output(self) -> str:
        """What it has written: as Lambda's log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What the function answered, an invocation each; ``{"raised": …}`` where it raised."""
        lines = [line for line in self.output.splitlines() if line.startswith(_ANSWER)]
        return [json.loads(line.removeprefix(_ANSWER)) for line in lines]


_ANSWER = "ANSWER "


class Victims:
    """Starts victims, for as long as its ``with`` block lasts."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="registry-monitor-victims-")
        self._number = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.victims"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()
        self._folder.cleanup()

    def start(self, *events: dict[str, Any], environment: dict[str, str], **options: Any) -> Victim:
        """Let a new process make these invocations."""
        assert self._server.stdin and self._server.stdout
        self._number += 1
        log = Path(self._folder.name) / f"{self._number}.log"
        own = {"TMPDIR": self._folder.name}  # what the killed leave there goes with it
        order = Order(list(events), own | environment, str(log), **options)
        self._server.stdin.write(json.dumps(asdict(order)) + "\n")
        self._server.stdin.flush()
        return Victim(int(self._server.stdout.readline()), log)


class _Context:
    def __init__(self) -> None:
        self._ends_at = time.monotonic() + _TIME_MS / 1000

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._ends_at - time.monotonic()) * 1000))


def _obey(order: Order) -> None:
    from registry_monitor import handler  # noqa: PLC0415 - imported by the one that forks
    from tests.torture import kill_points  # noqa: PLC0415 - as above

    output = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.environ.update(order.environment)
    tempfile.tempdir = None  # TMPDIR may be another now
    if order.is_later:
        kill_points.let_all_expire()
    if order.dies_at:
        kill_points.arm(order.dies_at)
    if order.cgroup:
        Path(order.cgroup).write_text(str(os.getpid()), encoding="ascii")
    for name, value in order.limits.items():
        number = getattr(resource, name)
        resource.setrlimit(number, (value + _used(name), resource.getrlimit(number)[1]))
    for turn, event in enumerate(order.events):
        if turn:
            os.kill(os.getpid(), signal.SIGSTOP)
        try:
            answer: dict[str, Any] = handler.lambda_handler(event, _Context())  # type: ignore[arg-type]  # its time alone
        except Exception as error:  # noqa: BLE001 - as Lambda does
            answer = {"raised": f"{type(error).__name__}: {error}"}
        print(_ANSWER + json.dumps(answer, default=str), flush=True)


def _used(limit: str) -> int:
    """What this process has already of what is limited."""
    if limit == "RLIMIT_NOFILE":
        return len(os.listdir("/proc/self/fd"))
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def main() -> None:
    """Fork a victim for each order."""
    from registry_monitor import handler  # noqa: F401, PLC0415 - paid here, once
    from registry_monitor.clients import mlflow_registry  # noqa: F401, PLC0415 - as above
    from registry_monitor.suites import trained_model  # noqa: F401, PLC0415 - as above
    from tests.torture import kill_points  # noqa: F401, PLC0415 - as above

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _obey(Order(**json.loads(line)))
            finally:
                os._exit(0)  # as Lambda ends it: nothing is tidied up
        print(pid, flush=True)


if __name__ == "__main__":
    main()
