"""What trimming removes from an artifact, and what it must leave."""

from pathlib import Path

import pytest

from artifact.trim import trim

REMOVED = (
    "numpy/_core/tests/test_scalar.py",
    "numpy/tests/data/tests/deep.bin",
    "numpy/_core/include/numpy/arrayobject.h",
    "scipy/_lib/_ccallback.pyi",
    "numpy-2.5.5.dist-info/RECORD",
    "bin/f2py",
    ".lock",
    "registry_monitor/__pycache__/handler.cpython-313.pyc",
    "botocore/data/sagemaker/2017-07-24/service-2.json.gz",
    "databricks/sdk/core.py",
    "databricks_sdk-0.156.0.dist-info/METADATA",
    "_cffi_backend.cpython-313-x86_64-linux-gnu.so",
)
KEPT = (
    "numpy/testing/__init__.py",
    "numpy/_core/_multiarray.so",
    "scipy.libs/libopenblas.so",
    "sklearn/datasets/data/iris.csv",
    "numpy-2.5.5.dist-info/METADATA",
    "numpy-2.5.5.dist-info/licenses/LICENSE.txt",
    "mlflow_skinny-3.17.2.dist-info/entry_points.txt",
    "botocore/data/endpoints.json",
    "botocore/data/ecs/2014-11-13/service-2.json.gz",
    "registry_monitor/handler.py",
    "databricks/__init__.py",
    "google/protobuf/message.py",
)


@pytest.fixture
def trimmed(tmp_path: Path) -> set[str]:
    """The files left of an artifact with one file of each kind."""
    for name in (*REMOVED, *KEPT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    trim(tmp_path)
    return {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}


def test_trim__removes_and_keeps(trimmed: set[str]) -> None:
    """Exactly what the function never reads goes."""
    assert trimmed == set(KEPT)


def test_trim__prints_each_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The size after each step is shown, so that its worth can be seen."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_bytes(b"x" * 1000)
    trim(tmp_path)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == ["1,000 bytes before trimming", "0 bytes without tests of dependencies"]
