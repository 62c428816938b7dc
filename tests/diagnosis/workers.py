"""Processes that try cases side by side, each with a sandbox of its own, until all are tried or the time is over."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.diagnosis.cases import Case
from tests.diagnosis.station import Station, Tried

_LONGEST_CASE_S = 360.0  # a worker that takes longer is ended, and another started
_RESERVE_S = 75.0  # no case is begun so shortly before the end
_STOPPING_S = 20.0
_LOOK_EVERY_S = 1.0
_SPAWN = get_context("spawn")  # a sandbox has threads, which do not survive a fork


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    case: Case | None = None
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, log: Path) -> "_Worker":
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(theirs, log))
        process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, case: Case) -> None:
        self.case, self.began = case, time.monotonic()
        self.connection.send(case)

    def stop(self) -> None:
        """End it and its sandbox: it hears SIGTERM, and has time to clean."""
        self.process.terminate()
        self.process.join(_STOPPING_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


def try_all(
    cases: Sequence[Case], *, workers: int, time_s: float, log: Path, on_tried: Callable[[Tried], None]
) -> tuple[Case, ...]:
    """Try the cases in their order; return those that there was no time for."""
    deadline = time.monotonic() + time_s
    left = list(cases)
    busy: list[_Worker] = []
    idle: list[_Worker] = []
    try:
        while True:
            while left and len(busy) < workers and time.monotonic() < deadline - _RESERVE_S:
                busy.append(idle.pop() if idle else _Worker.start(log))
                busy[-1].give(left.pop(0))
            if not busy:
                break
            for worker in _heard_of(busy, deadline):
                busy.remove(worker)
                on_tried(_outcome(worker))
                if worker.process.is_alive():
                    idle.append(worker)
    finally:
        for worker in (*busy, *idle):
            worker.stop()
    return tuple(left)


def _heard_of(busy: Sequence[_Worker], deadline: float) -> list[_Worker]:
    """Those that have answered or died, and those whose time is over."""
    ready = wait([worker.connection for worker in busy], timeout=_LOOK_EVERY_S)
    now = time.monotonic()
    return [
        worker for worker in busy if worker.connection in ready or now > min(deadline, worker.began + _LONGEST_CASE_S)
    ]


def _outcome(worker: _Worker) -> Tried:
    """What a worker says; where it says nothing it is ended."""
    assert worker.case
    with contextlib.suppress(EOFError, OSError):
        if worker.connection.poll():
            tried: Tried = worker.connection.recv()
            return tried
    took_s = time.monotonic() - worker.began
    worker.stop()
    problem = f"no answer after {took_s:.0f} s: the worker was ended"
    return Tried(worker.case.id, None, problem, mended=False, seconds={})


def _work(connection: Connection, log: Path) -> None:
    """Try what is sent, one after another, until the parent ends this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with log.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    station = Station()
    try:
        while True:
            connection.send(station.attempt(connection.recv()))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone
    finally:
        station.close()
