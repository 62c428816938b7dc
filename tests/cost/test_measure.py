"""What was counted last is what runs ask now."""

import json
from pathlib import Path

import pytest

from tests.cost.__main__ import MEASURED
from tests.cost.measure import measure
from tests.sandbox.sandbox import Sandbox
from tests.system.deployed_function import forget_reports

PAID_FOR = ("s3:PutObject", "kept_objects", "s3:GetObject", "metrics_asked", "secretsmanager:DescribeSecret")


def test_counts__are_those_of_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    """One more object or metric in each run is told here: then `make cost KEEP=1` writes the table anew."""
    forget_reports(sandbox)  # else the light runs would tell that other tests' trouble is over
    kept = json.loads(MEASURED.read_text(encoding="utf-8"))
    now = measure(
        sandbox, tmp_path, {"light": 3, "full": 1}
    )  # one after a run that was slow tells that it is well again
    for kind in now:
        counted = {name: now[kind]["counts"].get(name, 0) for name in PAID_FOR}
        assert counted == {name: kept[kind]["counts"].get(name, 0) for name in PAID_FOR}, kind
        assert now[kind]["counts"]["kept_bytes" if kind != "light" else "log_bytes"] == pytest.approx(
            kept[kind]["counts"]["kept_bytes" if kind != "light" else "log_bytes"], rel=0.2
        )
