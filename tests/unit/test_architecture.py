"""The walls between the parts: who may import whom. docs/architecture.md shows the same table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path("src/registry_monitor")

MAY_IMPORT = {
    "model": set(),
    "redaction": set(),
    "importing": set(),
    "kept": set(),
    "target": {"target", "model"},
    "keyring": {"model", "redaction"},
    "terraform": {"terraform", "model", "target", "finding"},
    "inventory": {"inventory", "kept", "model", "target", "keyring", "redaction", "terraform", "incident"},
    "clients": {"clients", "model", "target", "keyring", "redaction"},
    "suites": {"suites", "model", "target", "keyring", "clients", "inventory"},
    "deployment": {"model", "target"},
    "invocation": {"deployment", "model", "suites", "target"},
    "check_list": {"model"},
    "pace": {"check_list", "model"},
    "runner": {"check_list", "model", "pace", "redaction"},
    "flows": {"model"},
    "finding": {"model"},
    "comparison": {"model"},
    "incident": {"model", "finding"},
    "run": {"model", "target", "inventory", "finding", "comparison", "incident"},
    "diagnosis": {"diagnosis", "model", "finding", "inventory", "run", "target", "terraform"},
    "reports": {
        "reports",
        "model",
        "run",
        "target",
        "inventory",
        "finding",
        "comparison",
        "incident",
        "state",
        "fleet",
    },
    "state": {"state", "diagnosis", "model", "finding", "incident", "run", "target", "inventory", "reports"},
    "standing": {"model", "run"},
    "fleet": {"fleet", "model", "finding", "run", "standing", "target"},
    "outputs": {"outputs", "kept", "model", "run", "reports", "state", "incident", "standing", "fleet"},
    "discovery": {"discovery", "inventory", "model", "terraform"},
    "deployed": {"inventory", "reports", "run"},
}
ONLY_IN = {
    "boto3": {"inventory", "outputs", "deployed"},
    "botocore": {"inventory", "outputs", "deployed"},
    "requests": {"clients"},
    "urllib3": {"clients"},
    "mlflow": {"clients"},
    "sklearn": {"suites"},
    "rich": {"terminal"},
    "aws_lambda_powertools": {"handler", "fleet_handler", "inventory", "outputs"},
}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=str)
def test_imports__keep_to_the_walls(path: Path) -> None:
    """Data goes one way, and each kind of library has its place."""
    part = part_of(path)
    for name in imported(path):
        library, _, rest = name.partition(".")
        if library == "registry_monitor" and part in MAY_IMPORT:
            other = rest.partition(".")[0]
            assert other in MAY_IMPORT[part] or other == "__version__", f"{path} imports {name}"
        if library in ONLY_IN:
            assert part in ONLY_IN[library], f"{path} imports {name}"


def test_every_part_that_exists__has_its_wall_or_may_import_anyone() -> None:
    """A new part does not slip in without a decision."""
    free = {"__init__", "__main__", "handler", "fleet_handler", "memory", "monitor", "terminal", "schemas", "targets"}
    assert {part_of(path) for path in sources()} <= set(MAY_IMPORT) | free


def test_environment__is_read_only_where_a_run_begins() -> None:
    """os.environ is read by handlers and terminal; mlflow_transport sets two switches of mlflow before its import."""
    readers = {str(path.relative_to(PACKAGE)) for path in sources() if "os.environ" in path.read_text()}
    begins = {"handler.py", "fleet_handler.py", "__main__.py", "terminal/run.py"}
    assert readers <= begins | {"clients/mlflow_transport.py"}
