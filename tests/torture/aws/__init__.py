"""Part ``aws``: each operation that the monitor calls, failing in each way; and all of them at random."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.diagnosis.history import forget_calls, forget_history
from tests.sandbox.sandbox import Sandbox
from tests.torture.aws.judging import TIME_S, judged
from tests.torture.aws.layer import spoiling
from tests.torture.aws.trials import Trial, all_trials
from tests.torture.one_run import Handled, handled
from tests.torture.outcome import Attempt, Outcome

SIDE_BY_SIDE = 1  # one sandbox, and one monitor in this process


def fault_runs() -> Sequence[str]:
    """``light: ecs:DescribeServices: throttled``: what is run, which operation fails, how."""
    return list(_trials())


@contextmanager
def ready() -> Iterator[Attempt]:
    """A healthy sandbox, and how each kind of run is while AWS answers."""
    with Sandbox("head", time_scale=0.1, pause_scale=0.02) as sandbox:
        yield attempt_on(sandbox)


def attempt_on(sandbox: Sandbox) -> Attempt:
    """Make fault runs of this part on a healthy sandbox that is there."""
    trials, calm = _trials(), _Calm(sandbox)
    return lambda name: _attempted(sandbox, trials[name], calm)


class _Calm:
    """Each kind of run while AWS answers: made once, when it is first compared with."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._made: dict[str, tuple[Handled, Mapping[str, int]]] = {}

    def of(self, trial: Trial) -> tuple[Handled, Mapping[str, int]]:
        """The run, and its calls of AWS; the one before it makes what is kept for ever."""
        if trial.kind not in self._made:
            handled(self._sandbox, trial.event)
            with spoiling(self._sandbox, lambda call: None) as layer:
                made = handled(self._sandbox, trial.event, keeps=trial.is_scheduled)
            self._made[trial.kind] = made, layer.calls
        return self._made[trial.kind]


def _attempted(sandbox: Sandbox, trial: Trial, calm: _Calm) -> Outcome:
    forget_calls(sandbox)
    if trial.scenario:
        sandbox.break_(trial.scenario)
    try:
        compared, calls = calm.of(trial)
        if trial.is_scheduled:  # what the calm run has left in the bucket is what this one finds
            handled(sandbox, trial.event)
            compared = handled(sandbox, trial.event, keeps=True)
        with spoiling(sandbox, trial.choose()) as layer:
            made = handled(sandbox, trial.event, TIME_S, keeps=trial.is_scheduled)
        return judged(made, compared, layer, calls)
    finally:
        if trial.scenario:
            sandbox.mend(trial.scenario)
            forget_history(sandbox)


def _trials() -> Mapping[str, Trial]:
    return {trial.name: trial for trial in all_trials()}
