"""Nothing in src is special to one platform: its names, ports, prefixes, headers and texts stand in target files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path("src/registry_monitor")

# What the packaged platforms are called, and how they answer and are reached. Each is data of a target.
OF_ONE_PLATFORM = re.compile(
    r"hokus|x-api-key|api key required|expired api key|registry_admin|cancermodel|ajax-api"
    r"|[\"'`]/(?:api/)?mlflow(?:/\*?)?[\"'`]|/api/mlflow\b|(?<![\d.-])(?:5000|8000|8001)(?![\d_])",
    re.IGNORECASE,
)
# A service is known by the role that its target gives it.
ROLES = {"auth", "api", "mlflow"}

ALLOWED = {
    "discovery/mlflow_ways.py": {"ajax-api": "where every MLflow has the API of its own pages"},
    "terminal/access_questions.py": {
        "ajax-api": "the path of MLflow's own user interface, which people paste from a browser",
        '"/mlflow"': "the example of --static-prefix in MLflow's documentation: a guess",
    },
}
ALLOWED_ROLES = {
    "discovery/mlflow_service.py": {"mlflow": "the product, as commands, images and paths are called after it"},
    "clients/mlflow_transport.py": {"auth": "an argument of requests"},
    "diagnosis/rules/applications.py": {"mlflow": "the realm of MLflow's own login"},
    "terminal/access_answers.py": {"mlflow": "a word that whoever stands before MLflow has in its errors"},
    "terminal/access_diagnosis.py": {"mlflow": "the package of MLflow's client"},
    "terminal/check.py": {"mlflow": "the package of MLflow's client"},
}


def texts() -> list[Path]:
    """Everything that is shipped, but the target files."""
    kinds = {".py", ".j2", ".json", ".html", ".md", ".css"}
    found = (path for path in PACKAGE.rglob("*") if path.suffix in kinds)
    return sorted(path for path in found if path.relative_to(PACKAGE).parts[0] != "targets")


def words_in(text: str) -> set[str]:
    return {match[0].lower() for match in OF_ONE_PLATFORM.finditer(text)}


def roles_in(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ROLES:
            yield node.value


@pytest.mark.parametrize("path", texts(), ids=str)
def test_source__has_no_word_of_one_platform(path: Path) -> None:
    """A name, port, prefix, header or text that only one platform has belongs into its target file."""
    allowed = ALLOWED.get(str(path.relative_to(PACKAGE)), {})
    assert words_in(path.read_text()) == set(allowed)


@pytest.mark.parametrize("path", [path for path in texts() if path.suffix == ".py"], ids=str)
def test_source__compares_no_role_by_its_name(path: Path) -> None:
    """Another platform's MLflow may be its ``tracking``, and it may have no service for keys at all."""
    allowed = ALLOWED_ROLES.get(str(path.relative_to(PACKAGE)), {})
    assert set(roles_in(path.read_text())) == set(allowed)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('"hokusai-api-development"', "hokus"),
        ('headers = {"X-API-Key": key}', "x-api-key"),
        ("port or 8001", "8001"),
        ('url + "/api/mlflow/health"', "/api/mlflow"),
        ('path.startswith("/mlflow/")', '"/mlflow/"'),
        ("'ajax-api/2.0'", "ajax-api"),
    ],
)
def test_word_of_one_platform__is_found(text: str, word: str) -> None:
    """The search can find what it is for."""
    assert word in words_in(text)


@pytest.mark.parametrize("text", ["https://host/api/2.0/mlflow/runs/get", "15000 ms", "1_000_000_000"])
def test_what_every_mlflow_has__is_no_word_of_one_platform(text: str) -> None:
    """MLflow's own REST paths are those of all platforms."""
    assert not words_in(text)


def test_packaged_targets__have_these_words() -> None:
    """Where they belong, so that the search is of words that are in use."""
    text = (PACKAGE / "targets" / "hokusai-development.yaml").read_text()
    assert {"hokus", "x-api-key", "api key required", "ajax-api", "/api/mlflow", "5000", "8000", "8001"} <= words_in(
        text
    )
