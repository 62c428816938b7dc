"""Lambda's runtime without AWS: the Runtime Interface Emulator that comes with aws-sam-cli, and awslambdaric.

The function sees its artifact, the Lambda runtime client and the standard library: nothing of the environment that
tests it, and no program of this machine. The emulator enforces the time-out, by SIGKILL; it does not enforce memory.
"""

import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / ".aws-sam" / "build" / "MonitorFunction"
RUNTIME_PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
HANDLER = "registry_monitor.handler.lambda_handler"

_INVOKE_PATH = "/2015-03-31/functions/function/invocations"
_START_S = 10.0
_STOP_S = 5.0
_SPARE_S = 15.0  # beyond the function's own time-out: initialisation, and the emulator's answer

Json = dict[str, Any]


class FunctionError(Exception):
    """The function raised, ran out of time or died: Lambda's own words, and the end of its log."""


@dataclass
class Emulator:
    """One Lambda execution environment, for as long as its ``with`` block lasts; the first call is a cold start.

    ``environment``: the function's variables. Raises, on entering: FileNotFoundError when the artifact is not built
    or the runtime not installed.
    """

    artifact: Path
    environment: dict[str, str] = field(default_factory=dict)
    timeout_s: int = 120
    memory_mb: int = 1024
    handler: str = HANDLER

    def __enter__(self) -> Self:
        if not self.artifact.is_dir():
            raise FileNotFoundError(f"{self.artifact}: no such folder; expected a built artifact (make build)")
        if not RUNTIME_PYTHON.exists():
            raise FileNotFoundError(f"{RUNTIME_PYTHON}: no such file; expected awslambdaric (make environments)")
        self._folder = tempfile.TemporaryDirectory(prefix="registry-monitor-lambda-")
        self._output, self._log = (Path(self._folder.name) / name for name in ("output", "log"))
        self._port, runtime_port = _free_ports(2)
        with self._output.open("wb") as output, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    _emulator_program(),
                    *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
                    *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
                    *(RUNTIME_PYTHON, "-m", "awslambdaric", self.handler),
                ],
                cwd=self.artifact,
                env=self._variables(),
                stdout=output,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
            )
        try:
            self._await_port()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        runtime = self.runtime_pid()
        self._process.terminate()  # it kills the runtime, which has a process group of its own
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            if runtime is not None:
                os.kill(runtime, signal.SIGKILL)
        self._folder.cleanup()

    def invoke(self, event: Json) -> Json:
        """Return the function's answer to ``event``. Raises FunctionError when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self.timeout_s + _SPARE_S)
        try:
            connection.request("POST", _INVOKE_PATH, body=json.dumps(event))
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            raise FunctionError(f"{text}\n{self._last_lines()}") from None
        if not isinstance(answer, dict) or "errorType" in answer:  # the emulator says 200 to this too
            raise FunctionError(f"{text}\n{self._last_lines()}")
        return answer

    @property
    def pid(self) -> int:
        """The emulator's own process; the runtime's is a child of it."""
        return self._process.pid

    @property
    def endpoint_url(self) -> str:
        """Where Lambda's Invoke API is answered, for a function that is called "function"."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def output(self) -> str:
        """Everything that the function has written so far, its standard output and error together."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    @property
    def metrics(self) -> list[Json]:
        """The documents in CloudWatch's embedded metric format among the function's output."""
        lines = (line for line in self.output.splitlines() if line.startswith("{") and '"_aws"' in line)
        return [json.loads(line) for line in lines]

    @property
    def peak_memory_bytes(self) -> int:
        """The most memory that the runtime's process has held (its resident set, proc(5): VmHWM)."""
        for line in Path(f"/proc/{self.runtime_pid()}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise LookupError(f"process {self.runtime_pid()} has no VmHWM: it has ended")

    def runtime_pid(self) -> int | None:
        """The process of the function; None where there is none yet."""
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        pids = [int(pid) for path in children for pid in path.read_text(encoding="ascii").split()]
        return pids[-1] if pids else None

    def _variables(self) -> dict[str, str]:
        fixed = {
            "PATH": "/var/lang/bin",  # Lambda's; not here, so that no git or compiler of this machine is found
            "HOME": "/dev/null",  # Lambda's cannot be written either
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(self.artifact),
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": "registry-monitor",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self.timeout_s),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only: nothing is ever cached
            "PYTHONNOUSERSITE": "1",
        }
        return self.environment | fixed

    def _await_port(self) -> None:
        deadline = time.monotonic() + _START_S
        while self._process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.01)
        raise FunctionError(f"the emulator did not start within {_START_S:.0f} s: {self._last_lines()}")

    def _last_lines(self) -> str:
        log = self._log.read_text(encoding="utf-8", errors="replace")
        return "\n".join([*self.output.splitlines()[-15:], *log.splitlines()[-5:]])


def _emulator_program() -> Path:
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = list(ROOT.glob(f".venv-sam/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    if not found:
        raise FileNotFoundError(f"no emulator for {machine} in .venv-sam: expected aws-sam-cli (make environments)")
    return found[0]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
