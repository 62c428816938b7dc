"""Many runs in a row against healthy platforms: not one may fail, and what each costs is counted.

python -m tests.system.healthy_runs                 # 25 full and 25 light runs, on each platform
python -m tests.system.healthy_runs --runs 3 --platform head
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import pytest

from registry_monitor.model import Depth, Status
from tests.sandbox.platforms import PLATFORMS
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import monitor_here, requests_since

_UNWANTED = (Status.FAIL, Status.BLOCKED, Status.UNKNOWN)


@dataclass(frozen=True)
class Healthy:
    """One run: its checks by status, those that are not wanted with their messages, and what it cost."""

    depth: Depth
    statuses: Counter[Status]
    unwanted: list[str]
    duration_s: float
    requests: Counter[str]  # by host, counted at the load balancers


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs, print a table; 0 when every check of every run passed or was skipped."""
    parser = argparse.ArgumentParser(prog="python -m tests.system.healthy_runs", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=25, help="full runs on each platform, and as many light ones")
    parser.add_argument("--platform", choices=sorted(PLATFORMS), help="only this platform")
    options = parser.parse_args(arguments)
    unwanted = 0
    for platform in [options.platform] if options.platform else sorted(PLATFORMS):
        with Sandbox(platform) as sandbox, pytest.MonkeyPatch.context() as patch:
            depths = (Depth.LIGHT, Depth.FULL) * options.runs
            runs = [_run(sandbox, patch, depth) for depth in depths]
        for depth in (Depth.LIGHT, Depth.FULL):
            _show(platform, [run for run in runs if run.depth is depth])
        unwanted += sum(len(run.unwanted) for run in runs)
    print("Not one check failed." if not unwanted else f"{unwanted} results are not what a healthy platform deserves.")
    return 1 if unwanted else 0


def _run(sandbox: Sandbox, patch: pytest.MonkeyPatch, depth: Depth) -> Healthy:
    before = len(sandbox.request_log)
    run = monitor_here(sandbox, patch, {"depth": depth.value}, time_s=120.0)
    requests = Counter(request.host for request in requests_since(sandbox, before))
    unwanted = [f"{result.check_id}: {result.message}" for result in run.of_status(*_UNWANTED)]
    for line in unwanted:
        print(f"  {depth.value} run: {line}", flush=True)
    statuses = Counter(result.status for result in run.results)
    return Healthy(depth, statuses, unwanted, run.duration_ms / 1000, requests)


def _show(platform: str, runs: Sequence[Healthy]) -> None:
    """Print what the runs of one depth have in common, and where they differ."""
    durations_s = sorted(run.duration_s for run in runs)
    clean = sum(1 for run in runs if not run.unwanted)
    counts = Counter(tuple(sorted(run.statuses.items())) for run in runs)
    statuses = "; ".join(
        ", ".join(f"{number} {status.value}" for status, number in kind) + f" ({times} runs)"
        for kind, times in counts.most_common()
    )
    print(f"{platform}, {runs[0].depth.value}: {clean} of {len(runs)} runs clean; {statuses}")
    print(f"  {durations_s[0]:.1f} to {durations_s[-1]:.1f} s, median {statistics.median(durations_s):.1f} s")
    for host in sorted(set(chain.from_iterable(run.requests for run in runs))):
        numbers = [run.requests[host] for run in runs]
        print(
            f"  {host}: {min(numbers)} to {max(numbers)} requests, median {statistics.median(numbers):.0f}", flush=True
        )


if __name__ == "__main__":
    sys.exit(main())
