"""Makes the fault runs of a part, those that may side by side, and keeps what came of each."""

import importlib
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import cast

from tests.diagnosis.results import digest_of
from tests.torture.outcome import Attempt, Part
from tests.torture.results import Made, Results

PARTS = ("deadline", "network", "aws", "process", "input", "writes", "secrets", "harm", "endurance")
_SOURCES = ("src/registry_monitor", "tests/sandbox", "tests/scenarios")


def part(name: str) -> Part:
    """The module of a part; imported when it is asked for, since some bring much with them."""
    return cast("Part", importlib.import_module(f"tests.torture.{name}"))


def names_of(name: str, only: str = "") -> list[str]:
    """The fault runs of a part that have ``only`` in their names."""
    return [run for run in part(name).fault_runs() if only in run]


def results_of(name: str, out: Path) -> Results:
    """What is kept of a part: made on the same monitor, sandbox and module of this part."""
    repository = Path(__file__).resolve().parents[2]
    found = [
        path for folder in _SOURCES for path in (repository / folder).rglob("*") if path.suffix in (".py", ".yaml")
    ]
    own = Path(part(name).__file__ or "")  # type: ignore[attr-defined]  # it is a module
    found += own.parent.rglob("*.py") if own.name == "__init__.py" else [own]
    return Results(out / "torture" / f"{name}.jsonl", digest_of(found))


def make_part(name: str, out: Path, ends_at: float, only: str) -> None:
    """Make what has no result yet; none is begun after ``ends_at``, a time.time()."""
    results = results_of(name, out)
    left = [run for run in names_of(name, only) if run not in results.made or results.made[run].outcome is None]
    if not left:
        return
    module = part(name)
    with module.ready() as attempt, ThreadPoolExecutor(module.SIDE_BY_SIDE) as pool:
        make = _making(attempt, ends_at)
        for future in as_completed([pool.submit(make, run) for run in left]):
            if (made := future.result()) is not None:
                results.add(made)
                verdict = (
                    "good" if made.outcome and made.outcome.is_good else f"NOT GOOD {made.problem or made.outcome}"
                )
                print(f"{name}: {made.name}: {verdict} ({made.seconds:.1f} s)", file=sys.stderr)


def _making(attempt: Attempt, ends_at: float) -> Callable[[str], Made | None]:
    def make(run: str) -> Made | None:
        if time.time() > ends_at:
            return None
        began = time.monotonic()
        try:
            outcome = attempt(run)
        except Exception as error:  # noqa: BLE001 - one fault run that cannot be made must not end the others
            traceback.print_exc()
            return Made(run, None, f"{type(error).__name__}: {error}", time.monotonic() - began)
        return Made(run, outcome, None, round(time.monotonic() - began, 2))

    return make
