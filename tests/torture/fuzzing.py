"""The parsers of what comes from outside under a coverage-guided fuzzer (atheris, which drives libFuzzer).

python -m tests.torture.fuzzing "target file" 60     # one parser, for so many seconds
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.torture.outcome import Outcome

_SECONDS = 60
_SLOWEST_INPUT_S = 10  # libFuzzer takes an input that needs longer for a hang
_LONGEST_INPUT_BYTES = 4096
_RUNS = re.compile(r"Done (\d+) runs")
_FAILED = re.compile(r"=== Uncaught Python exception: ===.*", re.DOTALL)


def fuzzed_parsers() -> Sequence[str]:
    """Names of the parsers that are fuzzed."""
    from tests.torture.parsers import PARSERS  # noqa: PLC0415 - the fuzzer imports it first, to instrument it

    return tuple(PARSERS)


def fuzzed(parser: str, seconds: int = _SECONDS) -> Outcome:
    """Fuzz one parser in a process of its own: it never ends in another error than the documented, and never hangs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.torture.fuzzing", parser, str(seconds), f"{folder}/"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=False)
        found = [path.read_bytes() for path in Path(folder).iterdir()]
    runs = _RUNS.search(ended.stderr)
    holds = ended.returncode == 0 and runs is not None
    failed = _FAILED.search(ended.stderr)
    told = "" if holds else f"{found!r}: {(failed[0] if failed else ended.stderr)[-1500:]}"
    return Outcome(survived=holds, right=holds, told=told, figures={"inputs": float(runs[1]) if runs else 0.0})


def main(parser: str, seconds: str, folder: str = "./") -> None:
    """Fuzz in this process; never returns."""
    import atheris  # noqa: PLC0415 - only the fuzzer's own process needs it

    with atheris.instrument_imports(include=["registry_monitor", "yaml", "json", "tests.torture.parsers"]):
        from tests.torture.parsers import PARSERS  # noqa: PLC0415

    limits = f"-max_total_time={seconds} -timeout={_SLOWEST_INPUT_S} -max_len={_LONGEST_INPUT_BYTES}".split()
    atheris.Setup([sys.argv[0], f"-artifact_prefix={folder}", *limits], PARSERS[parser])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
