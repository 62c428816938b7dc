"""The other half of the table in scenario_table.yaml: a module of its own, since a worker takes whole modules."""

from collections.abc import Callable

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.system.scenario_rows import assert_row, rows


@rows(first_half=False)
def test_scenario__fails_exactly_the_checks_that_it_should(
    sandbox_of: Callable[[Era], Sandbox], monkeypatch: pytest.MonkeyPatch, platform: Era, scenario: str
) -> None:
    """No false green on a broken platform, no false red on a healthy one; verdict and causes agree."""
    assert_row(sandbox_of(platform), monkeypatch, platform, scenario)
