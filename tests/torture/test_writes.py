"""A few of the fault runs of ``writes``, on the tests' own sandbox."""

from collections.abc import Callable, Iterator

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.torture.outcome import Attempt
from tests.torture.writes import fault_runs, trying

CHOSEN = (
    "1000 writes: paths",
    "1000 writes: what is there of others, forged tags too",
    "lie: another's run is said to be made",
    "lie: all models are said to be its own",
    "lie: members are numbers",
)


@pytest.fixture(scope="module")
def attempt(sandbox_of: Callable[[Era], Sandbox]) -> Iterator[Attempt]:
    with trying(sandbox_of("head")) as attempt:
        yield attempt


@pytest.mark.parametrize("run", CHOSEN)
def test_what_is_others__is_never_touched(attempt: Attempt, run: str) -> None:
    """Counted in MLflow's database and store, and in front of it: not one write reaches what is not the monitor's."""
    outcome = attempt(run)
    assert outcome.is_good, outcome


def test_fault_runs__are_distinct() -> None:
    """Each counts once."""
    assert len(set(fault_runs())) == len(fault_runs()) >= 40
