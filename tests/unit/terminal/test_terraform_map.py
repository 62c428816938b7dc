"""`terraform-map` as the platform's pipeline calls it: a process, states on standard input or as files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from registry_monitor.__main__ import main
from registry_monitor.terraform import parse_map
from tests.unit.terraform.states import CANARY, RandomState


def addresses(text: str) -> list[str]:
    return [each.address for each in parse_map(text).resources]


def test_standard_input__gives_a_map_that_the_monitor_reads() -> None:
    """Several states one after the other are one map, by address, each resource once, without a secret."""
    made = RandomState(4)
    states = "\ufeff" + json.dumps(made.shown) + "\n" + json.dumps(made.shown, ensure_ascii=False)
    command = [sys.executable, "-m", "registry_monitor", "terraform-map"]
    ended = subprocess.run(command, input=states, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert addresses(ended.stdout) == sorted(str(each["address"]) for each in made.expected)
    assert len(made.expected) > 3
    assert CANARY not in ended.stdout


@pytest.fixture
def given(tmp_path: Path) -> Path:
    return tmp_path / "given.json"


def test_files__of_either_kind_give_the_same_map(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--state is only another way to read."""
    made = RandomState(7)
    given.write_text(json.dumps(made.shown))
    main(["terraform-map", str(given)])
    shown = capsys.readouterr().out
    given.write_text(json.dumps(made.state))
    main(["terraform-map", "--state", str(given)])
    assert capsys.readouterr().out == shown
    assert addresses(shown)


def test_state_without_resources__gives_an_empty_map(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What terraform show -json prints before the first apply."""
    given.write_text('{"format_version":"1.0"}')
    assert main(["terraform-map", str(given)]) == 0
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.parametrize(
    ("options", "content", "problem"),
    [
        ([], b"", " is empty; expected the output of terraform show -json"),
        ([], b'{"version": 4, "lineage": "canary-1"}', " is a raw state file; expected the output of"),
        (["--state"], b'{"format_version": "canary-1"}', " has no version; expected a state file"),
        ([], b'\xff\xfe{\x00"\x00', " is not text in UTF-8; expected JSON of Terraform"),
        ([], None, " cannot be read: No such file or directory; expected a file of JSON"),
        ([], b'{"format_version": "1.0"} canary-1', " is not valid JSON at character 26"),
    ],
)
def test_what_is_no_state__is_exit_2_without_a_map(
    options: list[str], content: bytes | None, problem: str, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what was expected and what was seen, and quotes nothing."""
    if content is not None:
        given.write_bytes(content)
    assert main(["terraform-map", *options, str(given)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{given}{problem}")
    assert CANARY not in told.err
    assert len(told.err.splitlines()) == 1
