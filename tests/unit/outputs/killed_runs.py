"""Runs of one target, two at a time, of which one is killed: ``python -m tests.unit.outputs.killed_runs URL BUCKET N``.

Each is a process of its own and keeps the state in the S3 at URL. SIGKILL meets the second one of each pair at any
point of it. They are full runs: each says something. Standard output has the ids of the runs that ended, and how many
were killed before they did.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

import boto3

from registry_monitor.memory import Memory
from registry_monitor.model import Depth
from registry_monitor.outputs.state_store import S3StateStore
from registry_monitor.run import Run
from tests.unit.state.days import failing

TARGET, REGION = "hokusai-development", "us-east-1"


@dataclass(frozen=True)
class Process:
    """A run in a process of its own; what it says at its end can be read from ``told``."""

    pid: int
    told: int

    def lasted_s(self) -> float | None:
        """Wait until it is over; how long it took to its end, None where it did not come to it."""
        os.waitpid(self.pid, 0)
        with open(self.told) as pipe:
            told = pipe.read()
        return float(told) if told else None


def begin(run: Run, bucket: str, client: Any) -> Process:
    """Begin a run that keeps its state."""
    told, telling = os.pipe()
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        memory = Memory(S3StateStore(bucket, TARGET, REGION, client))
        memory.tell(memory.with_standing(run), None)
        if not memory.problems:
            os.write(telling, str(time.monotonic() - began).encode())
        os._exit(0)
    os.close(telling)
    return Process(pid, told)


def main() -> None:
    """Make the runs."""
    url, bucket, tries = sys.argv[1], sys.argv[2], int(sys.argv[3])
    client = boto3.client("s3", region_name=REGION, endpoint_url=url)  # it has no connection yet that forks would share
    chance = random.Random(20260730)
    first = failing(0, depth=Depth.FULL)
    lasts_s, killed = begin(first, bucket, client).lasted_s() or 0.0, 0
    ended = [first.run_id] if lasts_s else []
    for number in range(1, tries + 1):
        runs = failing(number, "endpoint", Depth.FULL), failing(number + 0.5, "database", Depth.FULL)
        processes = [begin(run, bucket, client) for run in runs]
        time.sleep(chance.uniform(0, 2 * lasts_s))
        os.kill(processes[1].pid, signal.SIGKILL)
        lasted_s = [process.lasted_s() for process in processes]
        ended += [run.run_id for run, each_s in zip(runs, lasted_s, strict=True) if each_s]
        killed += not lasted_s[1]
        lasts_s = lasted_s[0] or lasts_s  # as loaded as the machine is by now
    json.dump({"ended": ended, "killed": killed}, sys.stdout)


if __name__ == "__main__":
    main()
