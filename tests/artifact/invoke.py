"""Invoke the built function once and print its answer: ``python -m tests.artifact.invoke EVENT [--sandbox]``.

Where a container engine answers it is ``sam local invoke``, in Lambda's own image, against the platform that this
terminal's AWS credentials lead to; what depends on the stack then comes from ``--env-vars``, a file as sam has it
(``{"Parameters": {"MONITOR_REPORTS_BUCKET": "..."}}``). Without an engine, or with ``--sandbox``, it is the Runtime
Interface Emulator against the sandbox: SAM's containers cannot reach the loopback addresses where the sandbox lives.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.artifact.emulator import ARTIFACT, ROOT, Emulator, FunctionError, Json
from tests.template.stack import literal_variables, resource

ENGINES = ("docker", "finch")  # those that aws-sam-cli 1.170 knows
SAM = ROOT / ".venv-sam" / "bin" / "sam"


def main() -> int:
    """Print the function's answer as JSON; exit code 0, 1 when there was none, 2 for an event that is no JSON."""
    options = _parse()
    try:
        event = json.loads(options.event.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{options.event}: {error}; expected a JSON file such as events/full.json", file=sys.stderr)
        return 2
    if options.emulator:
        return _answer(lambda: invoke_by_emulator(event))
    if not options.sandbox and container_engine_answers():
        _say("sam local invoke, against the platform that this terminal's AWS credentials lead to")
        return _answer(lambda: invoke_by_sam(options.event, options.env_vars))
    _say("no container engine is used: the Runtime Interface Emulator, against the sandbox")
    again = [sys.executable, "-m", "tests.artifact.invoke", "--emulator", str(options.event)]
    return subprocess.run([sys.executable, "-m", "tests.sandbox", "--", *again], check=False).returncode


def invoke_by_emulator(event: Json) -> Json:
    """Return the function's answer; its environment is the template's, then this process's own."""
    given = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "MONITOR_", "REQUESTS_"))}
    function = resource("MonitorFunction")
    with Emulator(ARTIFACT, literal_variables() | given, function["Timeout"], function["MemorySize"]) as emulator:
        started = time.monotonic()
        try:
            answer = emulator.invoke(event)
        finally:
            print(emulator.output, file=sys.stderr)
        _say(f"{time.monotonic() - started:.1f} s from cold, {emulator.peak_memory_bytes / 2**20:.0f} MiB")
    return answer


def invoke_by_sam(event_file: Path, variables_file: Path | None = None) -> Json:
    """Return the function's answer. SAM's exit code is 0 whatever happens: only its output tells."""
    asked: list[str | Path] = [SAM, "local", "invoke", "MonitorFunction", "--event", event_file.resolve()]
    if variables_file:
        asked += ["--env-vars", variables_file.resolve()]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    print(done.stderr.decode(), file=sys.stderr)
    last = (done.stdout.decode().strip().splitlines() or [""])[-1]
    try:
        answer = json.loads(last)
    except ValueError:
        raise FunctionError(f"sam local invoke gave no answer, but: {last!r}") from None
    if not isinstance(answer, dict) or "errorType" in answer:
        raise FunctionError(last)
    return answer


def container_engine_answers() -> bool:
    """Whether an engine is installed and running."""
    for engine in filter(shutil.which, ENGINES):
        try:
            subprocess.run([engine, "info"], capture_output=True, timeout=20, check=True)
        except subprocess.SubprocessError:
            continue
        return True
    return False


def _answer(invoke: Callable[[], Json]) -> int:
    try:
        print(json.dumps(invoke(), indent=2))
    except FunctionError as error:
        print(f"The function gave no answer: {error}", file=sys.stderr)
        return 1
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.artifact.invoke", description="Invoke the built function.")
    parser.add_argument("--sandbox", action="store_true", help="the sandbox, even where a container engine answers")
    parser.add_argument("--env-vars", type=Path, help="for sam: a JSON file with the name of your reports bucket")
    parser.add_argument("--emulator", action="store_true", help="against whatever this process's environment names")
    parser.add_argument("event", type=Path, help="a JSON file, such as events/full.json")
    return parser.parse_args()


def _say(text: str) -> None:
    print(f"invoke: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
