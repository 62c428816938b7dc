"""What the flows that register models have in common."""

import sys
import time

import pytest

from registry_monitor.model import Attempt, CannotTellError
from registry_monitor.suites.registry_flow import import_heavy_libraries


def test_import__is_not_begun_when_the_run_is_nearly_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import cannot be abandoned: begun at the end, it takes the processor from the report."""
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    attempt = Attempt(run_id="run", check_id="train", number=1, deadline=time.monotonic() + 1)
    with pytest.raises(CannotTellError, match="the run's time was over before mlflow could be imported"):
        import_heavy_libraries(attempt)
    assert "sklearn" not in sys.modules
