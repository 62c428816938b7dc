"""``known-good.json``: the inventory with which later runs are compared."""

from registry_monitor.inventory.baseline import KNOWN_GOOD, Snapshot
from registry_monitor.inventory.facts import Known
from registry_monitor.model import Verdict
from registry_monitor.reports.escaping import json_text
from registry_monitor.run import Run

__all__ = ["KNOWN_GOOD", "known_good_document", "may_be_compared_with"]


def may_be_compared_with(run: Run) -> bool:
    """Whether later runs are compared with this one: it is HEALTHY, or there is none yet. For full runs."""
    has_none = isinstance(run.baseline, Known) and run.baseline.value is None
    return run.verdict is Verdict.HEALTHY or has_none


def known_good_document(run: Run) -> str:
    """The text of the document."""
    kept = Snapshot(run_id=run.run_id, started_at=run.started_at, verdict=run.verdict, inventory=run.inventory)
    return json_text(kept)
