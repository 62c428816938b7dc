"""A child process ends with the sandbox, however that ends, and can be made to hang."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.sandbox.processes.child import ChildProcess

_PARENT = """
import sys, threading, time
from pathlib import Path
from tests.sandbox.processes.child import ChildProcess
def start():
    child = ChildProcess(["sleep", "60"], log=Path(sys.argv[1]))
    print(child.pid, flush=True)
thread = threading.Thread(target=start); thread.start(); thread.join()
time.sleep(60)
"""


def _state(pid: int) -> str:
    """The state letter in /proc; empty when the process is gone (a zombie is gone too)."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
    return "" if letter == "Z" else letter


def _wait_for(pid: int, state: str) -> bool:
    deadline = time.monotonic() + 5
    while _state(pid) != state and time.monotonic() < deadline:
        time.sleep(0.01)
    return _state(pid) == state


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_child__parent_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    """A child outlives the thread that started it, and not the process, even one that is killed."""
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert _wait_for(pid, "S")
    parent.send_signal(how)
    parent.wait()
    parent.stdout.close()
    assert _wait_for(pid, "")


def test_child__suspended_and_stopped(tmp_path: Path) -> None:
    """A suspended child and its own children stop running; stopping it works all the same."""
    child = ChildProcess(["sh", "-c", "sleep 60 & echo $!; wait"], log=tmp_path / "log")
    child.wait_until(lambda: bool((tmp_path / "log").read_text()), 5)
    grandchild = int((tmp_path / "log").read_text())
    child.suspend()
    assert _wait_for(child.pid, "T")
    assert _wait_for(grandchild, "T")
    child.stop()
    assert _wait_for(child.pid, "")
    assert _wait_for(grandchild, "")


def test_child__ends_before_it_is_ready(tmp_path: Path) -> None:
    """A server that ends at once is reported with its status and its log."""
    child = ChildProcess(["sh", "-c", "echo no such database; exit 3"], log=tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"ended with 3(?s:.*)no such database"):
        child.wait_until(lambda: False, 5)


def test_child__is_not_ready_in_time(tmp_path: Path) -> None:
    """A server that never becomes ready is stopped."""
    child = ChildProcess(["sleep", "60"], log=tmp_path / "log")
    with pytest.raises(RuntimeError, match="not ready in time"):
        child.wait_until(lambda: False, 0.05)
    assert not child.is_running
