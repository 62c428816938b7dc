"""Cold starts of the built artifact in Lambda's runtime, with the share of a processor that a memory size brings.

Lambda gives 1,769 MB one processor (AWS Lambda developer guide, "Configure function memory"); a CPU quota of cgroup v1
holds a process to such a share, where this machine lets one be set.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.artifact.emulator import ARTIFACT, RUNTIME_PYTHON, Emulator, FunctionError
from tests.cost.bill import ONE_PROCESSOR_MB
from tests.template.stack import literal_variables

_CGROUPS = Path("/sys/fs/cgroup/cpu")
_PERIOD_US = 100_000
_HEAVY = "import mlflow.tracking, mlflow.models, sklearn.ensemble"
_EMPTY = """
import boto3
from aws_lambda_powertools import Logger, Metrics

logger, metrics = Logger(service="empty"), Metrics(namespace="Empty", service="empty")


def lambda_handler(event, context):
    boto3.client("ecs", region_name="us-east-1")
    return {}
"""


def can_limit() -> bool:
    """Whether this machine lets a share of a processor be set."""
    return os.access(_CGROUPS, os.W_OK) and (_CGROUPS / "cpu.cfs_quota_us").exists()


@contextmanager
def share_of(memory_mb: int) -> Iterator[Path]:
    """A group whose processes have together what Lambda gives to a function of this size: its ``cgroup.procs``."""
    group = _CGROUPS / f"registry-monitor-bench-{os.getpid()}-{memory_mb}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(round(_PERIOD_US * memory_mb / ONE_PROCESSOR_MB)))
        yield group / "cgroup.procs"
    finally:
        _remove(group)


def cold_start_s(memory_mb: int, times: int) -> float:
    """From the first call to its answer, which refuses the event: the imports, and little else."""
    return median(_refused_s(memory_mb) for _ in range(times))


def empty_cold_start_s(memory_mb: int, folder: Path, times: int) -> float:
    """The same of a function that has Powertools and boto3 of the same artifact, and does nothing."""
    for path in ARTIFACT.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "empty.py").write_text(_EMPTY)
    return median(_empty_s(memory_mb, folder) for _ in range(times))


def heavy_import_s(memory_mb: int, place: Path, times: int) -> float:
    """Importing mlflow and sklearn from ``place``, as compiled there, in a new process of the function's Python."""
    return median(_imported_s(memory_mb, place, {}) for _ in range(times))


def precompiled_import_s(memory_mb: int, place: Path, times: int) -> float:
    """The same from a ``place`` where nothing is compiled: what is imported is compiled before, and kept elsewhere."""
    with tempfile.TemporaryDirectory() as compiled:
        elsewhere = {"PYTHONPYCACHEPREFIX": compiled}
        subprocess.run(
            [RUNTIME_PYTHON, "-c", _HEAVY],
            env=literal_variables() | elsewhere | {"PYTHONPATH": str(place), "PATH": "/usr/bin"},
            check=True,
        )
        return median(_imported_s(memory_mb, place, elsewhere) for _ in range(times))


def _refused_s(memory_mb: int) -> float:
    variables = literal_variables() | {"MONITOR_TARGET": "hokusai-development", "AWS_REGION": "us-east-1"}
    with share_of(memory_mb) as group, Emulator(ARTIFACT, variables, memory_mb=memory_mb) as emulator:
        group.write_text(str(emulator.pid))
        began = time.monotonic()
        try:
            emulator.invoke({"suites": ["nonsense"]})
        except FunctionError:
            return time.monotonic() - began
    raise RuntimeError("the function has taken a suite that does not exist")


def _empty_s(memory_mb: int, folder: Path) -> float:
    with (
        share_of(memory_mb) as group,
        Emulator(folder, {"AWS_REGION": "us-east-1"}, memory_mb=memory_mb, handler="empty.lambda_handler") as emulator,
    ):
        group.write_text(str(emulator.pid))
        began = time.monotonic()
        emulator.invoke({})
        return time.monotonic() - began


def _imported_s(memory_mb: int, place: Path, variables: dict[str, str]) -> float:
    with share_of(memory_mb) as group:
        code = f"import sys; sys.stdin.readline(); import time; began = time.monotonic(); {_HEAVY}; "
        process = subprocess.Popen(
            [RUNTIME_PYTHON, "-B", "-c", f"{code}print(time.monotonic() - began)"],
            env=literal_variables() | variables | {"PYTHONPATH": str(place), "PATH": "/usr/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        group.write_text(str(process.pid))
        out, _ = process.communicate("go\n")
    if process.returncode:
        raise RuntimeError(f"mlflow and sklearn could not be imported from {place}")
    return float(out.splitlines()[-1])


def _remove(group: Path) -> None:
    """Remove a group, when the last of its processes has ended."""
    for _ in range(100):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{group} still has processes")
