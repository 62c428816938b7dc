"""The function as Lambda keeps it warm, in a process of its own: each event of standard input is one invocation.

What each took goes to the file that is the argument, as JSON: with the results of its checks and what each waited for.
Standard output is the function's.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from registry_monitor import handler
from registry_monitor.check_list import others
from registry_monitor.invocation import Invocation
from registry_monitor.model import Check
from registry_monitor.monitor import Surroundings
from registry_monitor.run import Run
from registry_monitor.target import Target
from tests.cost.function import count, invoke


class Observed:
    """Stands where the handler calls ``monitor``, and keeps what the last run was asked and found."""

    def __init__(self) -> None:
        self._make_run = handler.monitor
        handler.monitor = self

    def __call__(self, invocation: Invocation, target: Target, surroundings: Surroundings) -> Run:
        self.plan: Sequence[Check] = ()
        began_s = time.monotonic()
        self.run = self._make_run(invocation, target, replace(surroundings, on_plan=self._keep))
        self.monitoring_s = time.monotonic() - began_s
        return self.run

    def _keep(self, plan: tuple[Check, ...]) -> None:
        self.plan = plan

    def document(self) -> dict[str, Any]:
        """What the critical path and the waterfall are made of; times in milliseconds."""
        last = others(self.plan)
        waits_for = {check.id: last.get(check.id, check.after) for check in self.plan}
        return {
            "run_id": self.run.run_id,
            "monitoring_s": self.monitoring_s,
            "requests": self.run.cost.requests,
            "checks": [
                {
                    "id": result.check_id,
                    "suite": result.suite,
                    "waits_for": list(waits_for.get(result.check_id, ())),
                    "started_ms": result.started_ms,
                    "duration_ms": result.duration_ms,
                }
                for result in self.run.results
            ],
        }


def peak_mib() -> float:
    """The most memory that this process has held (its resident set, proc(5): VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def main() -> None:
    counts: Counter[str] = Counter()
    count(counts)
    observed = Observed()
    told = []
    for line in sys.stdin:
        taken = invoke(json.loads(line), counts)
        told.append(taken | observed.document() | {"peak_mib": peak_mib()})
    Path(sys.argv[1]).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
