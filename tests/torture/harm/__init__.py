"""Part ``harm``: what a run asks of the platform, counted there, in all scenarios; and whether it waits where told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.torture.harm.trials import Trial, all_trials
from tests.torture.one_run import handled
from tests.torture.outcome import Attempt, Outcome

SIDE_BY_SIDE = 1  # one sandbox, and one monitor in this process


def fault_runs() -> Sequence[str]:
    """``light: head: ECS-05``: what is run, on which platform, in which trouble."""
    return [trial.name for trial in all_trials()]


@contextmanager
def ready() -> Iterator[Attempt]:
    """A healthy sandbox of the platform that is asked for, another one where the last was not mended."""
    keeper = _Keeper()
    try:
        yield keeper.attempt
    finally:
        keeper.close()


def attempt_on(sandbox: Sandbox) -> Attempt:
    """Make fault runs of this part on a healthy sandbox that is there."""
    trials = _by_name()
    return lambda name: trials[name].attempt(sandbox)


class _Keeper:
    """Keeps one sandbox, watched while it was well: the first run makes what the monitor keeps for ever."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._trials = _by_name()

    def attempt(self, name: str) -> Outcome:
        """Make one fault run; a sandbox on which one could not be made is not used again."""
        trial = self._trials[name]
        try:
            return trial.attempt(self._of(trial.platform))
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Stop the sandbox, if one runs."""
        sandbox, self._sandbox = self._sandbox, None
        if sandbox:
            sandbox.__exit__(None, None, None)

    def _of(self, platform: Era) -> Sandbox:
        if self._sandbox and self._sandbox.platform.era != platform:
            self.close()
        if not self._sandbox:
            self._sandbox = Sandbox(platform, time_scale=0.1, pause_scale=0.02).__enter__()
            handled(self._sandbox, {"depth": "light"})
        return self._sandbox


def _by_name() -> dict[str, Trial]:
    return {trial.name: trial for trial in all_trials()}
