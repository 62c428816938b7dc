"""Each scenario changes the world, and leaves it as it was; ``make scenarios`` looks at each of its variants."""

from collections.abc import Callable

import pytest

from tests.sandbox import scenario
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.unit.sandbox.world_state import state_of

ALL = [scenario.variants(name)[0] for name in scenario.names() if name != "healthy"]


@pytest.mark.parametrize("name", ALL)
def test_every_scenario__mends_what_it_broke(sandbox_of: Callable[[Era], Sandbox], name: str) -> None:
    """A broken world differs from the healthy one, and a mended one does not."""
    (loaded,) = scenario.load(name)
    sandbox = sandbox_of(scenario.platform_of([loaded], None))
    before = state_of(sandbox.world)
    loaded.break_(sandbox.world)
    try:
        while_broken = state_of(sandbox.world)
    finally:
        loaded.mend(sandbox.world)
        sandbox.settle()
    assert while_broken != before
    assert state_of(sandbox.world) == before
