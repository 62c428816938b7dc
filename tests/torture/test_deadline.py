"""Of the part `deadline`: one case, on the sandbox that all tests share."""

from tests.sandbox.sandbox import Sandbox
from tests.torture import deadline


def test_hosts_that_never_end_their_answers__are_told_before_lambda_kills(sandbox: Sandbox) -> None:
    """The report is in S3, the metrics are out, and the next invocation is that of an environment without a past."""
    (name,) = (run for run in deadline.fault_runs() if "at endless body: light run, killed after 30 s" in run)
    outcome = deadline.attempts_on(sandbox, depths=["light"])(name)
    assert outcome.is_good, outcome
