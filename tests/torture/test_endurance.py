"""Of the part `endurance`: twenty light runs, on the sandbox that all tests share."""

from tests.sandbox.sandbox import Sandbox
from tests.torture import endurance


def test_warm_environment__grows_by_nothing_over_twenty_light_runs(sandbox: Sandbox) -> None:
    """Memory, threads, sockets and file descriptors of the last runs are those of the first ones."""
    (name,) = (run for run in endurance.fault_runs() if run.startswith("20 light runs"))
    outcome = endurance.attempts_on(sandbox)(name)
    assert outcome.is_good, outcome
