"""Judge the diagnosis on all scenarios.

python -m tests.diagnosis                              # all cases, for at most an hour; goes on where it stopped
python -m tests.diagnosis --fresh --minutes 20
python -m tests.diagnosis --only ECS-05 --workers 1    # for development
python -m tests.diagnosis --group pairs --limit 10
python -m tests.diagnosis --list                       # what would be tried
python -m tests.diagnosis --judge                      # judge what has been tried, and try nothing
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from registry_monitor.diagnosis import diagnose
from tests.diagnosis.cases import Case, all_cases, select
from tests.diagnosis.judging import Judgement, judge, named_by
from tests.diagnosis.report import Campaign, document, show
from tests.diagnosis.results import Results, fingerprint, fingerprint_of_fixes
from tests.diagnosis.rivals import RIVALS
from tests.diagnosis.soundness import Soundness
from tests.diagnosis.station import Tried
from tests.diagnosis.workers import try_all

_OUT = Path("out")
_WIDTH_OF_A_LOG = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """Try, judge, show; 0 when every case was judged, 1 when some could not be tried or were not run."""
    options = _parse(arguments)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    cases = select(all_cases(), options.only, options.group, options.limit)
    if options.list:
        for case in cases:
            print(case.id)
        return 0
    folder = options.out / "scenarios"
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(folder, fingerprint(), fingerprint_of_fixes())
    if options.fresh:
        results.clear()
    if not options.judge:
        _try(cases, results, options, console)
    campaign = _judged(cases, results)
    path = options.out / "scenarios.json"
    path.write_text(json.dumps(document(campaign), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    show(campaign, console)
    console.print(f"\nFigures: {path}; runs: {folder}")
    return 1 if campaign.not_run or campaign.problems else 0


def _try(cases: Sequence[Case], results: Results, options: argparse.Namespace, console: Console) -> None:
    """Try what has no result yet; what could not be tried is tried again."""
    left = [case for case in cases if case.id not in results.tried]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("starting", total=len(cases), completed=len(cases) - len(left))

        def on_tried(tried: Tried) -> None:
            results.add(tried)
            progress.update(task, advance=1, description=f"{tried.case[:50]:50}")
            if tried.problem:
                progress.console.print(f"could not be tried: {tried.case}: {tried.problem}", markup=False)

        log = options.out / "scenarios" / "workers.log"
        with contextlib.suppress(KeyboardInterrupt):  # then what there is is judged
            try_all(left, workers=options.workers, time_s=60 * options.minutes, log=log, on_tried=on_tried)


def _judged(cases: Sequence[Case], results: Results) -> Campaign:
    """Judge the monitor and its rivals on each run that there is, one run at a time: together they fill the memory."""
    judged: list[tuple[Case, Judgement]] = []
    rivals: dict[str, list[tuple[Case, Judgement]]] = {name: [] for name in RIVALS}
    soundness = Soundness()
    false_alarms = []
    for case in (case for case in cases if case.id in results.tried):
        run = results.run_of(case.id)
        run = run.diagnosed(diagnose(run))  # the rules as they are now, on what was seen then
        fails = bool(run.symptoms)
        judgement = judge(case, named_by(run), fails=fails, fix=results.fixes.get(case.id))
        judged.append((case, judgement))
        soundness.look(case, run, judgement)
        for name, rival in RIVALS.items():
            rivals[name].append((case, judge(case, rival(run), fails=fails)))
        if fails and not case.is_faulty:
            false_alarms.append(case.id)
    chosen = {case.id for case in cases}
    problems = {case: problem for case, problem in results.problems.items() if case in chosen}
    not_run = [case for case in cases if case.id not in results.tried and case.id not in problems]
    unmended = sorted(results.unmended & chosen)
    stale_fixes = sorted(results.stale_fixes & chosen)
    return Campaign(judged, rivals, false_alarms, problems, unmended, not_run, stale_fixes, soundness)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.diagnosis", description="Judge the diagnosis.")
    parser.add_argument("--only", help="cases with this in their scenario's name, such as ECS-05")
    parser.add_argument("--group", help="cases of one kind or group, such as pairs or ALB")
    parser.add_argument("--limit", type=int, help="the first so many of them")
    parser.add_argument("--minutes", type=float, default=60.0, help="end after so long, and say what was not run")
    parser.add_argument("--workers", type=int, default=2, help="sandboxes side by side, 0.7 GB each; default 2")
    parser.add_argument("--fresh", action="store_true", help="forget earlier results")
    parser.add_argument("--judge", action="store_true", help="judge earlier results, and try nothing")
    parser.add_argument("--list", action="store_true", help="print the cases")
    parser.add_argument("--out", type=Path, default=_OUT, help="folder for scenarios.json and the runs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
