"""Makes the removal matrix: docs/permissions.md and out/iam.json. ``make permissions``."""

import json
import sys
from dataclasses import asdict

import pytest

from tests.conftest import PAUSE_SCALE, TIME_SCALE
from tests.permissions.matrix import Row, actions_of_code, everything_to_ask_for, row_without
from tests.permissions.page import PAGE, render
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, monitor_here
from tests.template.lambdas_own import LAMBDAS_OWN
from tests.template.stack import ROOT


def main() -> int:
    """Make all runs; return 0 where each row names what it lacks, and blames the platform for nothing."""
    rows: list[Row] = []
    with (
        Sandbox("head", time_scale=TIME_SCALE, pause_scale=PAUSE_SCALE) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        refusals = sandbox.world.control_plane.refusals
        for depth in ("light", "full"):
            monitor_here(sandbox, patch, {"depth": depth})
        with broken(sandbox, "MLF-01"):
            monitor_here(sandbox, patch, {"depth": "light"})
        with everything_to_ask_for(sandbox):
            for action in actions_of_code(sandbox):
                rows.append(row_without(action, sandbox, patch))
                print(f"{action}: {rows[-1].verdict}, names {', '.join(rows[-1].named) or 'nothing'}", flush=True)
        mapped, unmapped = refusals.mapped, refusals.unmapped
    document = {
        "coverage_pct": round(100 * len(mapped) / (len(mapped) + len(unmapped)), 1),
        "calls": dict(sorted(mapped.items())),
        "calls_without_permission_known": sorted(unmapped),
        "removal": [{key: value for key, value in asdict(row).items() if key != "checks"} for row in rows],
        "lambdas_own": LAMBDAS_OWN,
    }
    out = ROOT / "out/iam.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(render(rows), encoding="utf-8")
    silent = [row.action for row in rows if list(row.named) != [row.action] or row.fails]
    print(f"{len(rows)} permissions, {len(silent)} whose want is not told rightly; {out}, {PAGE}")
    return 1 if silent or unmapped else 0


if __name__ == "__main__":
    sys.exit(main())
