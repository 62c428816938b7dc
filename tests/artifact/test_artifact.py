"""The built artifact holds what the function needs, and nothing else."""

import importlib.metadata
from pathlib import Path

import pytest

from artifact.size import LIMIT_BYTES, size_bytes
from tests.artifact.emulator import ROOT

# The terminal's, the tests' and the sandbox's packages, what builds the artifact, and what must stay out of reach.
NOT_SHIPPED = ("aiohttp", "artifact", "fakeredis", "moto", "mypy", "pandas", "pip", "pytest", "rich", "tests", "uv")


def test_artifact__is_within_the_limit(artifact: Path) -> None:
    """It fits into Lambda, unzipped."""
    assert 100_000_000 < size_bytes(artifact) <= LIMIT_BYTES


@pytest.mark.parametrize("name", NOT_SHIPPED)
def test_artifact__without(name: str, artifact: Path) -> None:
    """Neither the package nor its metadata is there."""
    assert [*artifact.glob(name), *artifact.glob(f"{name}-*.dist-info")] == []


def test_artifact__is_the_code_at_hand(artifact: Path) -> None:
    """Our package is in it whole, byte for byte: templates and targets too."""
    source = ROOT / "src" / "registry_monitor"
    files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    shipped = artifact / "registry_monitor"
    assert len(files) > 10
    changed = [path for path in files if (shipped / path.relative_to(source)).read_bytes() != path.read_bytes()]
    assert changed == [], "the artifact is older than the code: run `make build`"


def test_artifact__versions(artifact: Path) -> None:
    """It ships the versions that the tests run with, boto3 among them, rather than those of Lambda's runtime."""
    shipped = {each.metadata["Name"]: each.version for each in importlib.metadata.distributions(path=[str(artifact)])}
    tested = {name: importlib.metadata.version(name) for name in shipped}
    assert shipped == tested
    assert {"boto3", "botocore", "mlflow-skinny", "scikit-learn"} <= {name.lower() for name in shipped}
