"""The table of scenarios: which checks must fail and which be blocked, unknown or skipped; all others pass.

    python -m tests.system.scenario_table [NAME …]      # run the scenarios and write their rows anew, for review

``suite.part.*`` stands for all checks whose ids begin so, when all of them have that status. What is skipped on the
healthy platform is not repeated. ``varies`` holds beginnings of ids whose status is a matter of chance, as where one
of two tasks is broken; it is written by hand, and kept. A row that was written anew is a proposal: read the diff as
you would a test's.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_monitor.model import Status
from registry_monitor.run import Run
from tests.conftest import PAUSE_SCALE, TIME_SCALE
from tests.sandbox import scenario as scenarios
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.conftest import broken, monitor_here

PLATFORMS: tuple[Era, ...] = ("head", "2025-08")
_PATH = Path(__file__).with_suffix(".yaml")
TABLE: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(_PATH.read_text())
_COLUMNS = {
    "fail": Status.FAIL,
    "blocked": Status.BLOCKED,
    "unknown": Status.UNKNOWN,
    "skipped": Status.SKIPPED,
}
HARMFUL = "it does harm to a platform in trouble"  # said of what is skipped in each scenario in which anything fails


def row_of(run: Run, varies: Sequence[str] = ()) -> dict[str, list[str]]:
    """One run as a row: ids by status, shortened; statuses that nothing has are left out, and what ``varies``."""
    ids = [result.check_id for result in run.results]
    row = {}
    for column, status in _COLUMNS.items():
        named = {result.check_id for result in run.of_status(status) if not result.check_id.startswith(tuple(varies))}
        if status is Status.SKIPPED:
            named -= {result.check_id for result in run.results if _is_skipped_when_healthy(result.seen)}
        if named:
            row[column] = shorten(named, ids)
    return row | ({"varies": [*varies]} if varies else {})


def _is_skipped_when_healthy(seen: str) -> bool:
    return "the target " in seen or "is switched off" in seen or HARMFUL in seen


def shorten(named: set[str], ids: Iterable[str]) -> list[str]:
    """Ids with their common beginnings written once, where all of a beginning's checks are named and are several."""
    ids = list(ids)
    short: list[str] = []
    left = set(named)
    for check in ids:
        if check not in left:
            continue
        parts = check.split(".")
        for length in range(1, len(parts)):
            beginning = ".".join(parts[:length]) + "."
            family = {each for each in ids if each.startswith(beginning)}
            if len(family) > 1 and family <= named:
                short.append(f"{beginning}*")
                left -= family
                break
        else:
            short.append(check)
            left.discard(check)
    return short


def _write(names: list[str]) -> None:
    table: dict[str, dict[str, Any]] = {platform: dict(TABLE.get(platform) or {}) for platform in PLATFORMS}
    patch = pytest.MonkeyPatch()
    for platform in PLATFORMS:
        wanted = [name for name in names if _stands_on(name, platform)]
        if not wanted:
            continue
        with Sandbox(platform, time_scale=TIME_SCALE, pause_scale=PAUSE_SCALE) as sandbox:
            monitor_here(sandbox, patch, time_s=120)
            for name in wanted:
                with broken(sandbox, name):
                    run = monitor_here(sandbox, patch, time_s=120)
                table[platform][name] = row_of(run, table[platform].get(name, {}).get("varies", ()))
                print(platform, name, run.verdict, flush=True)
                for result in run.results:
                    if not result.status.is_passed and result.status is not Status.SKIPPED:
                        print(f"    {result.status} {result.check_id}: {result.seen[:160]}", flush=True)
    text = yaml.safe_dump({p: dict(sorted(rows.items())) for p, rows in table.items()}, sort_keys=False, width=118)
    _PATH.write_text(text)


def _stands_on(name: str, platform: Era) -> bool:
    modules = scenarios.load(name)
    own = getattr(modules[0], "PLATFORM", None)
    return name == "healthy" or (own or "head") == platform


if __name__ == "__main__":
    _write(sys.argv[1:] or scenarios.names())
