"""A few of the fault runs of ``secrets``, on the tests' own sandbox."""

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.torture.secrets import attempt, fault_runs


@pytest.mark.parametrize("run", ["told in a body: in base64 behind one byte", "told in the status line, which is none"])
def test_key__leaves_nowhere(sandbox: Sandbox, run: str) -> None:
    """A hostile platform tells the key that it was sent; no object, notice, metric, log or answer holds it."""
    outcome = attempt(sandbox, run)
    assert outcome.is_good, outcome


def test_key__is_on_no_command_line(sandbox: Sandbox) -> None:
    """While it goes on, nobody on the machine can read the key from its processes; nor later."""
    outcome = attempt(sandbox, "command: check")
    assert outcome.is_good, outcome


def test_secret_of_the_platform__leaves_nowhere(sandbox: Sandbox) -> None:
    """What a container's variables hold is not told, neither by their values nor by a part of a URL."""
    outcome = attempt(sandbox, "planted: the platform's secret in variables of a container")
    assert outcome.is_good, outcome


def test_fault_runs__are_distinct() -> None:
    """Each counts once."""
    assert len(set(fault_runs())) == len(fault_runs()) >= 40
