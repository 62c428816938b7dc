"""Everything that leaves the monitor, and the command lines of its processes, as a reader of it all sees them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.sandbox.aws.control_plane import ACCOUNT, REGION
from tests.sandbox.platforms import NOTICE_TOPIC, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox

_LONGEST_COMMAND_S = 180.0
_LOOK_EVERY_S = 0.05


@contextmanager
def printed() -> Iterator[Callable[[], str]]:
    """What this process writes to its standard output and error meanwhile, whoever writes it."""
    with tempfile.TemporaryFile() as kept:
        sys.stdout.flush()
        sys.stderr.flush()
        before = [os.dup(number) for number in (1, 2)]
        for number in (1, 2):
            os.dup2(kept.fileno(), number)

        def text() -> str:
            sys.stdout.flush()
            sys.stderr.flush()
            kept.seek(0)
            return kept.read().decode("utf-8", "replace")

        try:
            yield text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, saved in zip((1, 2), before, strict=True):
                os.dup2(saved, number)
                os.close(saved)


def published(sandbox: Sandbox) -> dict[str, str]:
    """All objects of the reports bucket, with what is noted beside them, and all notices."""
    s3 = sandbox.world.s3
    found: dict[str, str] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=REPORTS_BUCKET):
        for key in (each["Key"] for each in page.get("Contents", [])):
            answer = s3.get_object(Bucket=REPORTS_BUCKET, Key=key)
            if not key.startswith("planted-"):
                found[key] = answer["Body"].read().decode() + json.dumps(answer["Metadata"])
    topic = sandbox.world.control_plane.backend("sns").topics[f"arn:aws:sns:{REGION}:{ACCOUNT}:{NOTICE_TOPIC}"]
    found["notices"] = json.dumps([list(map(str, each)) for each in topic.sent_notifications])
    return found


def files_in(folder: Path) -> dict[str, str]:
    """All files below a folder."""
    return {str(each.relative_to(folder)): each.read_text("utf-8", "replace") for each in folder.rglob("*.*")}


def command(arguments: Sequence[str], variables: Mapping[str, str], given: str = "") -> tuple[int, dict[str, str]]:
    """Run the terminal program; its exit code, what it printed, and each command line that its processes had."""
    process = subprocess.Popen(
        [sys.executable, "-m", "registry_monitor", *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen: set[str] = set()
    ends_at = time.monotonic() + _LONGEST_COMMAND_S
    stdout = stderr = ""
    while time.monotonic() < ends_at:
        seen |= _command_lines(process.pid)
        try:
            stdout, stderr = process.communicate(given or None, timeout=_LOOK_EVERY_S)
            break
        except subprocess.TimeoutExpired:
            given = ""
    else:
        process.kill()
        process.communicate()
    outputs = {"standard output": stdout, "standard error": stderr, "command lines": "\n".join(sorted(seen))}
    return process.returncode, outputs


def _command_lines(pid: int) -> set[str]:
    """Of a process and its children, as everybody on the machine may read them (proc(5), cmdline)."""
    found: set[str] = set()
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        with contextlib.suppress(OSError):
            found.add(Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            for children in Path(f"/proc/{each}/task").glob("*/children"):
                waiting += map(int, children.read_text().split())
    return found


def as_text(answer: Any) -> str:
    """What the function answers, as Lambda sends it."""
    return json.dumps(answer, default=str)
