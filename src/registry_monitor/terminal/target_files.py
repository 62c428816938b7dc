"""`upload` and `withdraw`: the targets that a deployed monitor watches beside the packaged ones.

Exit codes: 0 done, 2 what was asked cannot be done, and nothing was written, 3 the bucket kept it from being done.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from registry_monitor.invocation import InvocationError
from registry_monitor.outputs.state_store import StateError
from registry_monitor.outputs.target_files import TargetFiles, Uploaded
from registry_monitor.target import Problem, TargetError, packaged_targets, parse_target
from registry_monitor.target.fields import IDENTIFIER
from registry_monitor.target.foreign import foreign_problems
from registry_monitor.target.loading import name_in, read_file

_FAILED = 3


def add_target_files(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", bucket: str | None) -> None:
    """The options of both commands. ``bucket``: of the reports, where none is named."""
    upload = commands.add_parser("upload", help="have a deployed monitor watch the targets of these files")
    upload.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a target file; all are validated first")
    upload.add_argument(
        "--critical",
        action=argparse.BooleanOptionalAction,
        help="whether these targets have alarms of their own; default: as it is, and not for new ones",
    )
    withdraw = commands.add_parser("withdraw", help="have a deployed monitor watch targets no longer")
    withdraw.add_argument("names", nargs="+", metavar="NAME", help="the name of a target that was uploaded")
    for command in (upload, withdraw):
        command.add_argument("--bucket", default=bucket, help="of the monitor's reports (MONITOR_REPORTS_BUCKET)")


def upload_from_terminal(options: argparse.Namespace) -> int:
    """Validate all files, then put them; 0, or 3 where the bucket refuses. Raises InvocationError."""
    texts = valid_texts(options.files)
    try:
        done = _target_files(options.bucket).upload(texts, critical=options.critical)
    except StateError as error:
        print(f"{error}\nUpload all again: what was written already is unchanged then.", file=sys.stderr)
        return _FAILED
    for each in done:
        print(_told(each))
    return 0


def valid_texts(paths: Iterable[Path]) -> dict[str, str]:
    """The texts of valid files, by the names of their targets.

    Raises InvocationError with every problem of every file: what is no target, a name that two of them have, and one
    that a packaged target has, which would never be read.
    """
    texts: dict[str, str] = {}
    refused: list[TargetError] = []
    first: dict[str, Path] = {}
    for path in paths:
        try:
            text = read_file(path)
        except (OSError, ValueError) as error:
            refused.append(TargetError(str(path), [Problem(0, "", f"cannot be read ({error})")]))
            continue
        name, line = name_in(text)
        problems = [*_problems_of_text(text, path), *_problems_of_name(name, line, first)]
        if problems:
            refused.append(TargetError(str(path), sorted(problems, key=lambda each: each.line)))
        if name is not None:
            first.setdefault(name, path)
            texts[name] = text
    if refused:
        told = "Nothing was uploaded."
        raise InvocationError("\n".join([*map(str, refused), told]))
    return texts


def _problems_of_text(text: str, path: Path) -> list[Problem]:
    """As the function will judge it: one that it would refuse is not uploaded."""
    try:
        return foreign_problems(parse_target(text, str(path)), text)
    except TargetError as error:
        return error.problems


def _problems_of_name(name: str | None, line: int, first: dict[str, Path]) -> Iterator[Problem]:
    if name in first:
        yield Problem(line, "name", f"got '{name}', which {first[name]} has too; expected a name for each target")
    if name in packaged_targets():
        yield Problem(line, "name", f"got '{name}'; expected another: a packaged target has it, and goes before")


def withdraw_from_terminal(options: argparse.Namespace) -> int:
    """Take targets out; 0, or 3 where the bucket refuses. Raises InvocationError where one is not there."""
    names = dict.fromkeys(options.names)
    wrong = [name for name in names if re.fullmatch(IDENTIFIER, name) is None]
    try:
        files = _target_files(options.bucket)
        wrong = wrong or files.unknown(names)
        if wrong:
            told = "no targets that were uploaded" if len(wrong) > 1 else "no target that was uploaded"
            raise InvocationError(f"got {', '.join(map(repr, wrong))}: {told}. Nothing was withdrawn.")
        files.withdraw(names)
    except StateError as error:
        print(
            f"{error}\nWithdraw them again if they are still to go: what is gone already does no harm then.",
            file=sys.stderr,
        )
        return _FAILED
    for name in names:
        print(f"{name}: withdrawn. Its reports stay as long as the bucket keeps them.")
    return 0


def _target_files(bucket: str | None) -> TargetFiles:
    if not bucket:
        raise InvocationError("no bucket: expected --bucket or MONITOR_REPORTS_BUCKET, the bucket of the reports")
    return TargetFiles(bucket)


def _told(done: Uploaded) -> str:
    critical = "critical" if done.is_critical else "not critical"
    was = {True: "critical", False: "not critical"}
    if done.was_critical is None:
        return f"{done.name}: {done.file}, watched from now on, {critical}"
    if done.was_critical != done.is_critical:
        return f"{done.name}: {done.file}, now {critical}, was {was[done.was_critical]}"
    return f"{done.name}: {done.file}, {critical} as before"
