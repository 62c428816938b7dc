"""Of the part `process`: two deaths, on the sandbox that all tests share."""

from tests.sandbox.sandbox import Sandbox
from tests.torture import process
from tests.torture.station import REGISTRATION

DEATHS = (
    "registration alone, killed sent: write 10 to MLflow",  # a model, of which nobody knows any more
    "registration alone, killed answered: write 15 to MLflow",  # in the midst of the clean-up
)


def test_killed_registration__leaves_valid_state_and_is_swept_by_the_next_run(sandbox: Sandbox) -> None:
    """Real processes and SIGKILL: what they leave is counted in MLflow's own database."""
    assert set(DEATHS) < set(process.fault_runs())
    with process.attempts_on(sandbox, first=REGISTRATION) as attempt:
        outcomes = [attempt(name) for name in DEATHS]
    assert all(outcome.is_good for outcome in outcomes), outcomes
    assert "models" in outcomes[0].told, "nothing was left: the death came too early or too late"
