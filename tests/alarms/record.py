"""Record runs of the real sandbox for the simulation of the alarms: healthy ones, and some of each fault.

python -m tests.alarms.record                        # all states, about a quarter of an hour
python -m tests.alarms.record --only MLF-01 TLS-01   # these anew; the others stay as they are
"""

import argparse
import sys
from collections.abc import Sequence

import pytest

from registry_monitor.model import Check, Depth
from tests.alarms.faults import FAULTS, QUIET
from tests.alarms.recordings import FILE, HEALTHY, Recording, read_recordings, write_recordings
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, monitor_here

_RUNS = 5
_HEALTHY_RUNS = 20
_TIME_S = {Depth.LIGHT: 30.0, Depth.FULL: 105.0}  # as the handler gives them
_TIME_SCALE = 0.1  # the load balancers' 60 s of silence become 6 s
_PAUSE_SCALE = 0.02


def main(arguments: Sequence[str] | None = None) -> int:
    """Record, and write the file after each state; 0 when all are there."""
    parser = argparse.ArgumentParser(prog="python -m tests.alarms.record", description="Records runs for make alarms.")
    parser.add_argument("--only", nargs="+", metavar="STATE", help="record these states anew, and keep the others")
    only = parser.parse_args(arguments).only
    states = only or [HEALTHY, QUIET, *FAULTS]
    kept = [each for each in read_recordings() if each.state not in states] if only and FILE.exists() else []
    with Sandbox(time_scale=_TIME_SCALE, pause_scale=_PAUSE_SCALE) as sandbox:
        _record(sandbox, HEALTHY, Depth.FULL)  # the first run makes what the monitor keeps for ever
        for state in states:
            kept += _record_state(sandbox, state)
            write_recordings(sorted(kept, key=lambda each: (each.state, each.depth)))
            print(f"{state}: recorded", flush=True)
    return 0


def _record_state(sandbox: Sandbox, state: str) -> list[Recording]:
    if state == HEALTHY:
        return [_record(sandbox, state, depth) for depth in Depth for _ in range(_HEALTHY_RUNS)]
    with broken(sandbox, state):
        return [_record(sandbox, state, depth) for depth in Depth for _ in range(_RUNS)]


def _record(sandbox: Sandbox, state: str, depth: Depth) -> Recording:
    listed: list[Check] = []
    with pytest.MonkeyPatch.context() as patch:
        run = monitor_here(sandbox, patch, {"depth": depth}, time_s=_TIME_S[depth], on_plan=listed.extend)
    return Recording.of(state, listed, run)


if __name__ == "__main__":
    sys.exit(main())
