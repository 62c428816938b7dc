"""What the fault runs in `make test` share."""

from collections.abc import Callable

import pytest

from tests.diagnosis.history import forget_history
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era


@pytest.fixture
def sandbox(sandbox_of: Callable[[Era], Sandbox]) -> Sandbox:
    """The sandbox that all tests share, as if nothing had been before."""
    found = sandbox_of("head")
    forget_history(found)
    return found
