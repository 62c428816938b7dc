"""Part ``network``: faults between monitor and platform, made by a proxy of our own, one run for each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.sandbox.sandbox import Sandbox
from tests.torture.network.judging import attempted
from tests.torture.network.trials import Trial, all_trials
from tests.torture.one_run import handled
from tests.torture.outcome import Attempt, Outcome

SIDE_BY_SIDE = 1  # one sandbox, and one monitor in this process
_TIME_SCALE = 0.1  # as the diagnosis' own stations have it


def fault_runs() -> Sequence[str]:
    """``light: api: gzip bomb``: depth, host, fault."""
    return list(_trials())


@contextmanager
def ready() -> Iterator[Attempt]:
    """A healthy sandbox, on which a full run has imported all that one needs."""
    with Sandbox("head", time_scale=_TIME_SCALE, pause_scale=0.02) as sandbox:
        assert handled(sandbox, {"depth": "full"}).run
        yield attempt_on(sandbox)


def attempt_on(sandbox: Sandbox) -> Callable[[str], Outcome]:
    """Make fault runs of this part on a healthy sandbox; the first run makes what the monitor keeps for ever."""
    assert handled(sandbox, {"depth": "light"}).run
    trials = _trials()
    return lambda name: attempted(sandbox, trials[name])


def _trials() -> Mapping[str, Trial]:
    return {trial.name: trial for trial in all_trials()}
