"""Runs of the warm function on a sandbox that is a set latency away."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from tests.bench.keep_alive import KeepAlive
from tests.bench.network import SlowNetwork
from tests.sandbox.monitor_view import NO_SUCH_RECORD
from tests.sandbox.sandbox import Sandbox
from tests.template.stack import ROOT, literal_variables

EVENTS = {"light": "light.json", "full": "full.json"}


@dataclass(frozen=True)
class Distance:
    """A sandbox and the environment in which everything of it is ``round_trip_s`` away."""

    round_trip_s: float
    folder: Path
    environment: dict[str, str]
    target: dict[str, Any]

    @property
    def concurrency_per_host(self) -> int:
        """As the target has it."""
        permitted: int = self.target["limits"]["concurrency_per_host"]
        return permitted

    def runs(self, kind: str, number: int, *, serial: bool = False) -> list[dict[str, Any]]:
        """So many warm runs of a kind, in one process; in ``serial`` ones, one check runs at a time.

        Raises RuntimeError where one is not HEALTHY: its time would say nothing.
        """
        found = self.invoked(kind, number + 1, serial=serial)  # the first is a cold start
        unwell = {run["status"] for run in found} - {"HEALTHY"}
        if unwell:
            raise RuntimeError(f"a {kind} run was {', '.join(unwell)}; expected HEALTHY runs alone")
        return found[1:]

    def invoked(self, kind: str, number: int, *, serial: bool = False) -> list[dict[str, Any]]:
        """What so many invocations in a new process told, whatever they found."""
        target = self.target | {"limits": self.target["limits"] | ({"concurrency": 1} if serial else {})}
        path = self.folder / "target.yaml"
        path.write_text(yaml.safe_dump(target), encoding="utf-8")
        told = self.folder / "told.json"
        line = json.dumps(json.loads((ROOT / "events" / EVENTS[kind]).read_text(encoding="utf-8")))
        with (self.folder / "log").open("ab") as log:
            subprocess.run(
                [sys.executable, "-m", "tests.bench.function", str(told)],
                input=f"{line}\n".encode() * number,
                stdout=log,
                env=os.environ | literal_variables() | self.environment | {"MONITOR_TARGET": str(path)},
                check=True,
            )
        found: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
        return found


@contextmanager
def at_distance(sandbox: Sandbox, round_trip_s: float, folder: Path) -> Iterator[Distance]:
    """Put a network between the monitor and everything that it asks."""
    with KeepAlive(sandbox.world.control_plane.url) as aws, SlowNetwork(round_trip_s) as network:
        target = yaml.safe_load(sandbox.target_path.read_text(encoding="utf-8"))
        target["connect_to"] = {
            place: found if found.startswith(NO_SUCH_RECORD) else network.way_to(found)
            for place, found in target["connect_to"].items()
        }
        environment = sandbox.environment | {"AWS_ENDPOINT_URL": f"http://{network.way_to(aws.address)}"}
        yield Distance(round_trip_s, folder, environment, target)


def median_of(runs: list[dict[str, Any]], figure: str) -> float:
    """The median of one figure of several runs."""
    return float(median(run[figure] for run in runs))
