"""What runs take and ask on the sandbox: fifteen light ones, a quarter of an hour's, and full ones of both kinds."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.sandbox.sandbox import Sandbox
from tests.template.stack import ROOT, literal_variables

EVENTS = {"light": "light.json", "full": "full_without_e2e.json", "hourly": "full.json"}
RUNS = {"light": 15, "full": 3, "hourly": 3}

type Measured = dict[str, dict[str, Any]]  # by kind of run: wall_s, cpu_s, counts


def measure(sandbox: Sandbox, folder: Path, runs: Mapping[str, int]) -> Measured:
    """Each kind of run of a healthy platform, when the function is warm: medians of so many ``runs``.

    Raises RuntimeError where a run is not HEALTHY: what it costs says nothing of a month.
    """
    return {kind: _median(kind, _invoke(sandbox, folder / kind, EVENTS[kind], number)) for kind, number in runs.items()}


def _invoke(sandbox: Sandbox, told: Path, event: str, number: int) -> list[dict[str, Any]]:
    line = json.dumps(json.loads((ROOT / "events" / event).read_text(encoding="utf-8")))
    with told.with_suffix(".log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "tests.cost.function", str(told)],
            input=f"{line}\n".encode() * (number + 1),  # the first is a cold start
            stdout=log,
            env=os.environ | literal_variables() | sandbox.environment,
            check=True,
        )
    warm: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))[1:]
    return warm


def _median(kind: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    unwell = {run["status"] for run in runs} - {"HEALTHY"}
    if unwell:
        raise RuntimeError(f"a {kind} run was {', '.join(unwell)}; expected HEALTHY runs alone: nothing was measured")
    counted = {name for run in runs for name in run["counts"]}
    return {
        "wall_s": round(statistics.median(run["wall_s"] for run in runs), 2),
        "cpu_s": round(statistics.median(run["cpu_s"] for run in runs), 2),
        "counts": {
            name: round(statistics.median(run["counts"].get(name, 0) for run in runs)) for name in sorted(counted)
        },
    }
