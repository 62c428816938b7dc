"""Measure how fast, how large and how dear the monitor is; ``make bench``. It writes out/bench.json and waterfalls.

python -m tests.bench                 # all of it, some ten minutes on two cores
python -m tests.bench --only runs     # or: scale, cold, artifact, legacy
python -m tests.bench --number 3      # runs of each kind, of which medians are taken; default 5
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from artifact.size import package_sizes_bytes, size_bytes
from registry_monitor.target import Target
from tests.artifact.emulator import ARTIFACT
from tests.bench import cold, scale
from tests.bench.critical_path import host_bound_s, longest_chain, over_bound
from tests.bench.legacy import legacy_pass
from tests.bench.runs import EVENTS, Distance, at_distance, median_of
from tests.bench.waterfall import waterfall
from tests.cost.__main__ import MEASURED, costs
from tests.cost.bill import ONE_PROCESSOR_MB
from tests.sandbox.sandbox import Sandbox
from tests.template.stack import ROOT, resource

ROUND_TRIPS_S = (0.02, 0.1)
INSTALLED = ROOT / ".venv" / "lib" / "python3.13" / "site-packages"
MEMORY_SIZES_MB = (512, 1024, ONE_PROCESSOR_MB)
_STARTS = 4  # times as many as of other things: a quota is for 100 ms at a time, and a short start jumps by as much
_FUNCTIONS = {"light": "LightFunction", "full": "MonitorFunction"}

type Figures = dict[str, Any]


def runs(number: int, out: Path) -> Figures:
    """Time, processor, memory, calls and bytes of warm runs, beside what they cannot be faster than."""
    found: Figures = {}
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        for round_trip_s in ROUND_TRIPS_S:
            with at_distance(sandbox, round_trip_s, Path(folder)) as distance:
                for kind in EVENTS:
                    found[f"{kind}, {1000 * round_trip_s:.0f} ms a hop"] = _of_runs(distance, kind, number, out)
    return found


def _of_runs(distance: Distance, kind: str, number: int, out: Path) -> Figures:
    usual, serial = distance.runs(kind, number), distance.runs(kind, number, serial=True)
    chain = longest_chain(serial)
    host_s = host_bound_s(usual[0], distance.round_trip_s, distance.concurrency_per_host)
    wall_s, cpu_s = median_of(usual, "wall_s"), median_of(usual, "cpu_s")
    title = f"{kind} run, {1000 * distance.round_trip_s:.0f} ms a hop"
    out.joinpath(f"waterfall-{kind}-{1000 * distance.round_trip_s:.0f}ms.svg").write_text(
        waterfall(usual[-1], chain.checks, title), encoding="utf-8"
    )
    counts = usual[-1]["counts"]
    memory_mb = resource(_FUNCTIONS[kind])["MemorySize"]
    billed_s = wall_s - cpu_s + cpu_s * max(1.0, ONE_PROCESSOR_MB / memory_mb)
    return {
        "wall_s": wall_s,
        "monitoring_s": median_of(usual, "monitoring_s"),
        "cpu_s": cpu_s,
        "critical_path_s": chain.seconds,
        "critical_path": list(chain.checks),
        "host_bound_s": host_s,
        "over_critical_path": over_bound(wall_s, chain, host_s),
        "serial_over_this": median_of(serial, "wall_s") / wall_s,
        "peak_mib": usual[-1]["peak_mib"],
        "gb_s": billed_s * memory_mb / 1024,
        "requests": sum(usual[-1]["requests"].values()),
        "aws_calls": sum(number for name, number in counts.items() if ":" in name),
        "network_bytes": counts["network_bytes"],
    }


def legacy(_: int, __: Path) -> Figures:
    """A pass of the scripts that the monitor replaces, on a healthy platform and while MLflow hangs."""
    found: Figures = {}
    with (
        Sandbox() as sandbox,
        tempfile.TemporaryDirectory() as folder,
        at_distance(sandbox, ROUND_TRIPS_S[0], Path(folder)) as distance,
    ):
        key = sandbox.world.secrets.monitor_keys["admin"]
        for state in ("healthy", "MLflow hangs"):
            if state != "healthy":
                sandbox.mlflow.suspend()
            target = Target.model_validate(distance.target)
            told = legacy_pass(target, key, sandbox.environment["REQUESTS_CA_BUNDLE"])
            sandbox.mlflow.resume()
            found[f"{state}, {1000 * ROUND_TRIPS_S[0]:.0f} ms a hop"] = asdict(told)
    return found


def cold_starts(number: int, _: Path) -> Figures:
    """Cold starts at each memory size; nothing where no share of a processor can be set."""
    if not cold.can_limit():
        return {"not measured": "no CPU quota of cgroup v1 can be set on this machine"}
    found: Figures = {}
    for memory_mb in MEMORY_SIZES_MB:
        with tempfile.TemporaryDirectory() as folder:
            empty_s = cold.empty_cold_start_s(memory_mb, Path(folder), _STARTS * number)
        start_s = cold.cold_start_s(memory_mb, _STARTS * number)
        heavy_s = cold.heavy_import_s(memory_mb, ARTIFACT, number)
        precompiled_s = cold.precompiled_import_s(memory_mb, INSTALLED, number)
        found[f"{memory_mb} MB"] = {
            "cold_start_s": start_s,
            "empty_function_s": empty_s,
            "over_empty": start_s / empty_s,
            "heavy_import_s": heavy_s,
            "precompiled_s": precompiled_s,
            "heavy_over_precompiled": heavy_s / precompiled_s,
        }
    return found


def artifact(_: int, __: Path) -> Figures:
    """The bytes of the built artifact, by package."""
    return {
        "artifact_bytes": size_bytes(ARTIFACT),
        "packages_bytes": dict(package_sizes_bytes(ARTIFACT).most_common()),
    }


def scaled(number: int, _: Path) -> Figures:
    """The same with more services, and how their cost grows: below 1, no faster than their number."""
    found: Figures = {}
    for services in scale.SERVICES:
        found |= scale.measured(services, ROUND_TRIPS_S[0], number)
    first, last = min(scale.SERVICES), max(scale.SERVICES)
    for kind in EVENTS:
        few, many = (found[f"{services} services, {kind}"] for services in (first, last))
        found[f"growth to {last}, {kind}"] = {name: many[name] / few[name] * first / last for name in few}
    return found


def month(runs: Figures) -> Figures:
    """The month's bill with the times of the nearer distance; what the hourly run takes, is as ``make cost`` has it."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    for kind in EVENTS:
        told = runs[f"{kind}, {1000 * ROUND_TRIPS_S[0]:.0f} ms a hop"]
        measured[kind] |= {name: told[name] for name in ("wall_s", "cpu_s")}
    cost = costs(measured)
    return {"usd_month": cost["total_usd"], "canary_usd": cost["beside"]["canary_usd"], "parts": cost["parts"]}


PARTS: dict[str, Callable[[int, Path], Figures]] = {
    "artifact": artifact,
    "cold": cold_starts,
    "runs": runs,
    "scale": scaled,
    "legacy": legacy,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write and show; 0 always: nothing noisy is judged here."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the monitor.")
    parser.add_argument("--only", choices=PARTS, help="one part alone; the others' earlier figures are kept")
    parser.add_argument("--number", type=int, default=5, help="runs of each kind; default 5")
    options = parser.parse_args(arguments)
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    path = out / "bench.json"
    found: Figures = json.loads(path.read_text(encoding="utf-8")) if options.only and path.exists() else {}
    for name in [options.only] if options.only else PARTS:
        found[name] = PARTS[name](options.number, out)
        if name == "runs":
            found["month"] = month(found[name])
        path.write_text(f"{json.dumps(found, indent=2)}\n", encoding="utf-8")
    _show(found)
    return 0


def _show(found: Figures) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    for name in ("runs", "scale", "legacy", "cold"):
        rows = {row: figures for row, figures in found.get(name, {}).items() if isinstance(figures, dict)}
        if not rows:
            console.print(f"{name}: {found.get(name, 'not measured')}")
            continue
        columns = dict.fromkeys(
            column for figures in rows.values() for column, value in figures.items() if isinstance(value, int | float)
        )
        table = Table(name, *columns)
        for row, figures in rows.items():
            table.add_row(row, *(_short(figures[column]) if column in figures else "" for column in columns))
        console.print(table)
    if "month" in found:
        console.print("month: {usd_month} US dollars; one canary {canary_usd:.2f}".format(**found["month"]))
    if "artifact" in found:
        console.print(f"artifact: {found['artifact']['artifact_bytes']:,} bytes")


def _short(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.2f}"


if __name__ == "__main__":
    sys.exit(main())
