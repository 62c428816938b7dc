"""The alarms of the template on simulated days: ``make alarms``.

python -m tests.alarms                          # 30 days, 20 trials of each fault; about 20 minutes on two cores
python -m tests.alarms --days 5 --trials 5 --only MLF-01 AUT-11
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.alarms.faults import FAULTS
from tests.alarms.figures import FaultFigures, document, table
from tests.alarms.jobs import figures_of, rest_of
from tests.alarms.life import SILENCE
from tests.alarms.trials import Rest

_OUT = Path("out/alarms.json")
_DAYS_OF_A_LIFE = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials, print the table, write ``out/alarms.json``; 0 when all is as wanted, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.alarms", description="The template's alarms, simulated.")
    parser.add_argument("--days", type=int, default=30, help="of a healthy platform")
    parser.add_argument("--trials", type=int, default=20, help="of each fault")
    parser.add_argument(
        "--only", nargs="*", default=[*FAULTS, SILENCE], metavar="FAULT", help="these faults alone, or none"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes")
    options = parser.parse_args(arguments)
    lives = [min(_DAYS_OF_A_LIFE, options.days - begun) for begun in range(0, options.days, _DAYS_OF_A_LIFE)]
    jobs: list[Callable[[], Rest | FaultFigures]] = [
        *(partial(rest_of, days, seed) for seed, days in enumerate(lives, start=1)),
        *(partial(figures_of, fault, options.trials) for fault in options.only),
    ]
    rests, faults = _run(jobs, options.workers)
    faults.sort(key=lambda each: options.only.index(each.id))
    told = document(rests, faults)
    _OUT.parent.mkdir(exist_ok=True)
    _OUT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(f"\n{table(rests, faults)}\n\nAlso in {_OUT}.")
    is_well = not told["false_pages"] and not told["false_tickets"] and not any(each.problems for each in faults)
    return 0 if is_well else 1


def _run(jobs: Sequence[Callable[[], Rest | FaultFigures]], workers: int) -> tuple[list[Rest], list[FaultFigures]]:
    rests: list[Rest] = []
    faults: list[FaultFigures] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, done in enumerate(as_completed([pool.submit(job) for job in jobs]), start=1):
            result = done.result()
            if isinstance(result, Rest):
                rests.append(result)
                told = f"{result.days} days: {len(result.pages)} pages, {len(result.tickets)} tickets"
            else:
                faults.append(result)
                told = f"{result.id}: {'; '.join(result.problems) or 'as wanted'}"
            print(f"[{number}/{len(jobs)}] {told}", file=sys.stderr, flush=True)
    return rests, faults


if __name__ == "__main__":
    sys.exit(main())
