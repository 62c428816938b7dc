"""The emulator behaves as Lambda does, where tests of the artifact rely on it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.artifact.emulator import Emulator, FunctionError

Function = Callable[[str], Path]
HANDLER = "function.handler"


def test_emulator__answers(write_function: Function) -> None:
    """The function gets the event and its variables, and its answer comes back."""
    folder = write_function('return {"got": event["asked"], "variable": os.environ["MONITOR_TARGET"]}')
    with Emulator(folder, {"MONITOR_TARGET": "somewhere"}, handler=HANDLER) as emulator:
        assert emulator.invoke({"asked": 1}) == {"got": 1, "variable": "somewhere"}


def test_emulator__is_isolated(write_function: Function) -> None:
    """A function finds neither the packages that test it nor the programs of this machine."""
    body = 'import importlib.util as u, shutil\nreturn {"found": [bool(u.find_spec("pytest")), shutil.which("sh")]}'
    with Emulator(write_function(body), handler=HANDLER) as emulator:
        assert emulator.invoke({}) == {"found": [False, None]}


def test_emulator__function_raises(write_function: Function) -> None:
    """An exception is an error with the exception's words, although the emulator answers 200."""
    folder = write_function('raise ValueError("broken inside")')
    with Emulator(folder, handler=HANDLER) as emulator, pytest.raises(FunctionError, match="broken inside"):
        emulator.invoke({})


def test_emulator__function_out_of_time(write_function: Function) -> None:
    """A function that hangs is killed at its time-out, and the next call starts a new one."""
    body = 'import time\ntime.sleep(event["s"])\nreturn {"pid": os.getpid()}'
    with Emulator(write_function(body), timeout_s=1, handler=HANDLER) as emulator:
        before = emulator.invoke({"s": 0})
        with pytest.raises(FunctionError, match="timed out after 1"):
            emulator.invoke({"s": 20})
        assert emulator.invoke({"s": 0}) != before


def test_emulator__metrics(write_function: Function) -> None:
    """Metrics are those lines of the output that are in the embedded format, and no others."""
    body = 'print("plain")\nprint(\'{"_aws": {}, "Runs": 1}\')\nreturn {}'
    with Emulator(write_function(body), handler=HANDLER) as emulator:
        emulator.invoke({})
        assert emulator.metrics == [{"_aws": {}, "Runs": 1}]
        assert "plain" in emulator.output


def test_emulator__peak_memory(write_function: Function) -> None:
    """The peak is that of the runtime's process, and it stays after memory is given back."""
    body = 'held = b"x" * event["bytes"]\nreturn {"held": len(held)}'
    with Emulator(write_function(body), handler=HANDLER) as emulator:
        emulator.invoke({"bytes": 1})
        before = emulator.peak_memory_bytes
        emulator.invoke({"bytes": 100_000_000})
        assert 90_000_000 < emulator.peak_memory_bytes - before < 120_000_000


def test_emulator__leaves_no_process(write_function: Function) -> None:
    """After the block neither the emulator nor the function's process is there, and its port is free."""
    with Emulator(write_function('return {"pid": os.getpid()}'), handler=HANDLER) as emulator:
        pids = [emulator.invoke({})["pid"], emulator._process.pid]
    assert [Path(f"/proc/{pid}").exists() for pid in pids] == [False, False]
    with socket.socket() as attempt:
        assert attempt.connect_ex(("127.0.0.1", emulator._port)) != 0


def test_emulator__no_artifact(tmp_path: Path) -> None:
    """A missing artifact is named, with what builds it."""
    with pytest.raises(FileNotFoundError, match=r"missing: no such folder.*make build"), Emulator(tmp_path / "missing"):
        pass
