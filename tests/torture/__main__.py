"""Make the fault runs, two parts at a time (`deadline` by itself), and judge them.

python -m tests.torture                        # all parts, for at most three hours; goes on where it stopped
python -m tests.torture --part network --only reset
python -m tests.torture --fresh --minutes 30
python -m tests.torture --list                 # what would be made
python -m tests.torture --judge                # show what was made, and make nothing
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from tests.torture.campaign import PARTS, make_part, names_of, results_of
from tests.torture.figures import document, show

_PARTS_AT_ONCE = 2  # the machine's cores; most fault runs wait
_ALONE = ("deadline",)  # six environments side by side, each with its second: they take all cores


def main(arguments: Sequence[str] | None = None) -> int:
    """Make, judge, show; 0 when all was made and is good, else 1."""
    options = _parse(arguments)
    names = [options.part] if options.part else list(PARTS)
    if options.list:
        for name in names:
            print(*(f"{name}: {run}" for run in names_of(name, options.only)), sep="\n")
        return 0
    if options.fresh:
        for name in names:
            (options.out / "torture" / f"{name}.jsonl").unlink(missing_ok=True)
    ends_at = time.time() + 60 * options.minutes
    if options.part and not options.judge:
        make_part(options.part, options.out, ends_at, options.only)
    elif not options.judge:
        _make_all(names, options, ends_at)
    return _judged(names, options)


def _make_all(names: Sequence[str], options: argparse.Namespace, ends_at: float) -> None:
    """Each part in a process of its own: a sandbox and the monitor's own state are shared by nobody."""

    def make(name: str) -> None:
        left_minutes = (ends_at - time.time()) / 60
        if left_minutes > 0:
            chosen = ["--part", name, "--minutes", str(left_minutes), "--out", str(options.out)]
            chosen += ["--only", options.only] if options.only else []
            subprocess.run([sys.executable, "-m", "tests.torture", *chosen], check=False)

    for name in _ALONE:
        if name in names:
            make(name)
    with ThreadPoolExecutor(_PARTS_AT_ONCE) as pool:
        list(pool.map(make, [name for name in names if name not in _ALONE]))


def _judged(names: Sequence[str], options: argparse.Namespace) -> int:
    planned = {name: names_of(name, options.only) for name in names}
    made = {name: results_of(name, options.out).made for name in names}
    chosen = {name: [made[name][run] for run in planned[name] if run in made[name]] for name in names}
    found = document(chosen, {name: len(runs) for name, runs in planned.items()})
    path = options.out / "torture.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not options.part:
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    show(found, Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    is_whole = found["tried"] == sum(map(len, planned.values()))
    return 0 if is_whole and not found["not_good"] else 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Make the fault runs.")
    parser.add_argument("--part", choices=PARTS, help="one part alone; out/torture.json is then left as it is")
    parser.add_argument("--only", default="", help="fault runs with this in their names")
    parser.add_argument("--minutes", type=float, default=180.0, help="end after so long, and say what was not made")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--judge", action="store_true", help="show earlier results, and make nothing")
    parser.add_argument("--list", action="store_true", help="print the fault runs")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for torture.json and the results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
