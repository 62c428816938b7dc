"""The sandbox's target file is the packaged one, with what differs on this machine and nothing else."""

import re
from pathlib import Path

import pytest
import yaml

from tests.sandbox.platforms import HEAD
from tests.sandbox.target_file import for_sandbox, write_target

CONNECT_TO = {"auth.hokus.ai:443": "127.1.2.3:8443"}
BUNDLE = Path("/fake folder/ca.pem")
ADDED = {"connect_to": CONNECT_TO}


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("", {}),
        ("database:\n", {"database": None}),
        ("database: {}\n", {"database": {}}),
        ("database: [a]\n", {"database": ["a"]}),
        (
            "database:\n  # which one\n  instance: fake-database\n  port: 5432\n",
            {"database": {"ca_file": str(BUNDLE), "instance": "fake-database", "port": 5432}},
        ),
        ("database: {instance: fake}  # short\n", {"database": {"ca_file": str(BUNDLE), "instance": "fake"}}),
        ("database:\n  ca_file: rds.pem  # ours\n  port: 1\n", {"database": {"ca_file": str(BUNDLE), "port": 1}}),
    ],
    ids=["none", "null", "empty", "list", "block", "flow", "replaced"],
)
def test_for_sandbox__database_ca(database: str, expected: dict[str, object]) -> None:
    """``ca_file`` stands in a ``database`` section that says something; the rest and its comments stay."""
    text = f"# a comment\nname: fake\n{database}deep: {{database: {{port: 1}}}}\n"
    written = for_sandbox(text, CONNECT_TO, BUNDLE)
    assert yaml.safe_load(written) == {"name": "fake", "deep": {"database": {"port": 1}}} | expected | ADDED
    assert re.findall("#.*", written) == re.findall("#.*", text)


def test_write_target__replaces_what_was_there(tmp_path: Path) -> None:
    """A second writing leaves one file, with the newer connections."""
    path = tmp_path / "target.yaml"
    for address in ("127.1.1.1:8443", "127.2.2.2:8443"):
        write_target(path, HEAD.target_file, {"auth.hokus.ai:443": address}, BUNDLE)
    document = yaml.safe_load(path.read_text())
    assert (document["name"], document["connect_to"]) == (
        "hokusai-development",
        {"auth.hokus.ai:443": "127.2.2.2:8443"},
    )
    assert list(tmp_path.iterdir()) == [path]
