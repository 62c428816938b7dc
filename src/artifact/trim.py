"""Remove from a built artifact what the function never reads: ``python3 -m artifact.trim FOLDER``.

Untrimmed it is over Lambda's limit. Native code is not stripped: the tool for it is not on every machine, and a
stripped OpenBLAS (``*.libs``) does not load ("not page-aligned"). ``sklearn/datasets/data`` stays: the data to
train on.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from artifact.size import size_bytes

TEST_FOLDERS = {"tests", "test"}
SOURCES_AND_STUBS = {".a", ".c", ".cpp", ".f90", ".h", ".hpp", ".pxd", ".pxi", ".pyi", ".pyx"}
INSTALLER_RECORDS = {"INSTALLER", "RECORD", "REQUESTED", "WHEEL", "top_level.txt", "zip-safe"}

# The AWS services that the function asks. botocore describes some 400 others in 18 MB.
AWS_SERVICES = {
    *("acm", "cloudwatch", "ec2", "ecr", "ecs", "elasticache", "elbv2", "iam", "logs", "rds"),
    *("route53", "s3", "secretsmanager", "servicediscovery", "sns", "sts", "wafv2"),
}

# What dependencies bring along and no run imports: clients of Databricks and of git, command lines, an ASGI server, and
# the cryptography of those. A run of all suites from the built artifact shows that nothing of it is missed.
NEVER_IMPORTED = (
    *("cffi", "_cffi_backend.*", "cryptography", "databricks/sdk", "dotenv", "git", "gitdb"),
    *("google/auth", "google/oauth2", "h11", "pyasn1", "pyasn1_modules", "pycparser", "smmap", "uvicorn"),
    "aws_lambda_powertools/event_handler/openapi/swagger_ui",
)
NEVER_IMPORTED_DISTRIBUTIONS = (
    *("cffi", "cryptography", "databricks_sdk", "gitdb", "gitpython", "google_auth", "h11", "pyasn1"),
    *("pyasn1_modules", "pycparser", "python_dotenv", "smmap", "uvicorn"),
)


def trim(artifact: Path) -> None:
    """Remove everything that the steps find, and print the size after each."""
    print(f"{size_bytes(artifact):>13,} bytes before trimming")
    for step in STEPS:
        for path in list(step(artifact)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        print(f"{size_bytes(artifact):>13,} bytes without {step.__name__.replace('_', ' ')}")


def tests_of_dependencies(artifact: Path) -> Iterator[Path]:
    """Folders of tests, outermost ones only."""
    for path in artifact.rglob("*"):
        inside = path.relative_to(artifact).parts
        if path.is_dir() and path.name in TEST_FOLDERS and TEST_FOLDERS.isdisjoint(inside[:-1]):
            yield path


def sources_and_stubs(artifact: Path) -> Iterator[Path]:
    """Sources and headers of native code, static libraries and type stubs."""
    return (path for path in artifact.rglob("*") if path.suffix in SOURCES_AND_STUBS and path.is_file())


def installer_records(artifact: Path) -> Iterator[Path]:
    """What installers note for themselves; metadata, entry points and licences stay."""
    yield from artifact.glob(".lock")
    yield from (path for path in artifact.glob("*.dist-info/*") if path.name in INSTALLER_RECORDS)


def command_line_scripts(artifact: Path) -> Iterator[Path]:
    """Entry scripts of dependencies."""
    return artifact.glob("bin")


def byte_code(artifact: Path) -> Iterator[Path]:
    """Caches that came along with the copy of our own package."""
    return artifact.rglob("__pycache__")


def descriptions_of_unused_aws_services(artifact: Path) -> Iterator[Path]:
    """The data of botocore and boto3 about services that the function never asks."""
    described = [*artifact.glob("botocore/data/*/"), *artifact.glob("boto3/data/*/")]
    return (path for path in described if path.name not in AWS_SERVICES)


def what_no_run_imports(artifact: Path) -> Iterator[Path]:
    """Packages that are only installed because a dependency names them, with their metadata."""
    for name in NEVER_IMPORTED:
        yield from artifact.glob(name)
    for name in NEVER_IMPORTED_DISTRIBUTIONS:
        yield from artifact.glob(f"{name}-*.dist-info")


STEPS: tuple[Callable[[Path], Iterator[Path]], ...] = (
    tests_of_dependencies,
    sources_and_stubs,
    installer_records,
    command_line_scripts,
    byte_code,
    descriptions_of_unused_aws_services,
    what_no_run_imports,
)

if __name__ == "__main__":
    trim(Path(sys.argv[1]))
