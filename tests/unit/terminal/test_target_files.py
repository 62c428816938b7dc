"""`upload` and `withdraw` as people type them: all files are judged before one is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_monitor.__main__ import main
from registry_monitor.target.loading import LARGEST_BYTES
from tests.unit.target.small import SMALL, line_of

BUCKET = "terminal-fleet-of-tests"
type Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(s3: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Type a command; its exit code and what it says."""
    monkeypatch.setenv("MONITOR_REPORTS_BUCKET", BUCKET)

    def typed(*arguments: object) -> tuple[int, str]:
        code = main([*map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return typed


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def written(folder: Path, name: str, text: str = SMALL) -> Path:
    path = folder / f"{name}-file.yaml"
    named = text.replace("name: small\n", f"name: {name}\n", 1).replace(
        "registry-monitor/small", f"registry-monitor/{name}"
    )
    path.write_text(named, encoding="utf-8")
    return path


def test_upload_and_withdraw__tell_what_they_have_done(command: Command, s3: Any, tmp_path: Path) -> None:
    """A line for each target: what became of its file, and whether it is critical."""
    one, two = written(tmp_path, "one"), written(tmp_path, "two")
    assert command("upload", one, two) == (
        0,
        "one: new, watched from now on, not critical\ntwo: new, watched from now on, not critical\n",
    )
    written(tmp_path, "two", SMALL.replace("small-cluster", "mended"))
    assert command("upload", "--critical", two) == (0, "two: changed, now critical, was not critical\n")
    assert command("upload", one, two) == (
        0,
        "one: unchanged, not critical as before\ntwo: unchanged, critical as before\n",
    )
    assert command("upload", "--no-critical", two) == (0, "two: unchanged, now not critical, was critical\n")
    assert command("withdraw", "one", "two")[0] == 0
    assert keys(s3) == ["fleet/manifest.json"]


def test_upload__tells_every_problem_of_every_file_and_writes_nothing(
    command: Command, s3: Any, tmp_path: Path
) -> None:
    """Also what is wrong with a name in a file in which more is wrong; a good file among them is not written."""
    good = written(tmp_path, "good")
    twice = tmp_path / "twice.yaml"
    twice.write_text(good.read_text(encoding="utf-8"), encoding="utf-8")
    packaged = written(tmp_path, "hokusai-development", SMALL.replace("region: us-east-1", "region: somewhere"))
    fleet, odd = written(tmp_path, "fleet"), written(tmp_path, "Odd_Name")
    huge, none = tmp_path / "huge.yaml", tmp_path / "none.yaml"
    huge.write_bytes(b"#" * (LARGEST_BYTES + 1))
    code, told = command("upload", good, twice, packaged, fleet, odd, huge, none)
    name, region = line_of(SMALL, "name: small"), line_of(SMALL, "region")
    assert code == 2
    assert [line.partition(";")[0] for line in told.splitlines()] == [
        f"target {twice}: 1 problem",
        f"  line {name}: name: got 'good', which {good} has too",
        f"target {packaged}: 2 problems",
        f"  line {name}: name: got 'hokusai-development'",
        f"  line {region}: region: got 'somewhere'",
        f"target {fleet}: 1 problem",
        f"  line {name}: name: got 'fleet'",
        f"target {odd}: 1 problem",
        f"  line {name}: name: got 'Odd_Name'",
        f"target {huge}: 1 problem",
        "  line 0: cannot be read (it is larger than 256 KiB)",
        f"target {none}: 1 problem",
        f"  line 0: cannot be read ([Errno 2] No such file or directory: '{none}')",
        "Nothing was uploaded.",
    ]
    assert keys(s3) == []


def test_upload__refuses_what_the_function_would(command: Command, s3: Any, tmp_path: Path) -> None:
    """Before it is watched, and not in its first run."""
    other = written(tmp_path, "other")
    other.write_text(other.read_text("utf-8").replace("registry-monitor/other", "registry-monitor/victim"), "utf-8")
    code, told = command("upload", other)
    assert code == 2
    assert "keys.secret: got 'registry-monitor/victim'; expected 'registry-monitor/other'" in told
    assert keys(s3) == []


def test_withdraw__of_what_is_not_there_changes_nothing(command: Command, s3: Any, tmp_path: Path) -> None:
    """One name that is wrong keeps the others."""
    command("upload", written(tmp_path, "one"))
    assert command("withdraw", "one", "two", "three") == (
        2,
        "got 'two', 'three': no targets that were uploaded. Nothing was withdrawn.\n",
    )
    assert command("withdraw", "../one") == (2, "got '../one': no target that was uploaded. Nothing was withdrawn.\n")
    assert "fleet/targets/one.yaml" in keys(s3)


def test_bucket__is_the_one_that_is_named(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that of the environment; without either nothing is done, and what refuses is told."""
    one = written(tmp_path, "one")
    code, told = command("upload", one, "--bucket", "no-such-bucket-of-ours")
    assert code == 3
    assert told.startswith("s3://no-such-bucket-of-ours/fleet/manifest.json could not be read: NoSuchBucket")
    assert told.endswith("Upload all again: what was written already is unchanged then.\n")
    code, told = command("withdraw", "one", "--bucket", "no-such-bucket-of-ours")
    assert (code, "could not be read: NoSuchBucket" in told) == (3, True)
    monkeypatch.delenv("MONITOR_REPORTS_BUCKET")
    assert command("upload", one) == (
        2,
        "no bucket: expected --bucket or MONITOR_REPORTS_BUCKET, the bucket of the reports\n",
    )
