"""A handful of the fault runs of the network, each by its name, as the campaign makes them."""

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.torture import network

CHOSEN = [
    "light: api: redirect 307 to another host",
    "light: mlflow: reset in the body",
    "light: auth: certificate of another host",
]


def test_fault_runs__are_distinct_and_among_them_those_that_are_made_here() -> None:
    """A name that stands twice would be made once, and counted twice."""
    names = network.fault_runs()
    assert len(names) == len(set(names))
    assert set(CHOSEN) <= set(names)


@pytest.mark.parametrize("name", CHOSEN)
def test_fault_of_the_network__is_survived_and_told_as_it_is(sandbox: Sandbox, name: str) -> None:
    """The verdict is right or UNKNOWN, in time, with bounded memory, and no key goes to another host."""
    outcome = network.attempt_on(sandbox)(name)
    assert outcome.is_good, outcome
