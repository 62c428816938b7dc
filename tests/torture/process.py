"""Process: killed at any point, two at once, frozen, and out of memory, files or room in /tmp.

Real processes that call the handler, on one sandbox, one after another: what they leave in MLflow is counted. After
each death the next run comes; what the dead one left is by then as old as it must be to be swept (an hour).
"""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tests.sandbox.sandbox import Sandbox
from tests.torture import process_limits
from tests.torture.kill_points import MLFLOW, MOMENTS, Moment, point
from tests.torture.outcome import Attempt, Outcome
from tests.torture.process_limits import Make
from tests.torture.station import DAY, FULL, PUBLISHED, REGISTRATION, Event, Station, short

SIDE_BY_SIDE = 1
_TIME_SCALE, _PAUSE_SCALE = 0.1, 0.02

_DOCUMENTS = (
    *("run.json", "MODEL_REGISTRATION_TEST_REPORT.md", "INFRASTRUCTURE_ISSUES.md", "README.md"),
    *("test_execution_summary.json", "infrastructure_health_report.json", "index.html"),
)
_STATE = ("state/history.json", "state/standing.json", "development/status.json", "public/status.json")
_OBJECTS = (*_STATE, "public/status.html", "known-good.json")
_ANYWHERE = 40
_TRIES = 3
_NEARLY_ALL = 0.9  # of the time that a full run takes: whether one has ended by then is chance
_WRITES_OF_REGISTRATION = 15
_WRITES_OF_DAY = 27


def _kills() -> Iterator[tuple[str, Make]]:
    """200 deaths: 40 anywhere in a full run, 160 around its writes and its publishing."""
    for number in range(_ANYWHERE):
        share = (number + 0.5) / _ANYWHERE
        yield f"killed after {share:.1%} of a full run", partial(_killed_at_time, share=share)

    def killed(event: Event, moment: Moment, what: str) -> Make:
        return partial(_killed_at_point, event=event, dies_at=point(moment, what))

    for moment in MOMENTS:
        for name in _DOCUMENTS:
            for number, folder in ((1, "runs/…"), (2, "latest")):
                told = f"full run, publishing, killed {moment}: {folder}/{name}"
                yield told, killed(PUBLISHED, moment, f"/{name} {number}")
        for name in _OBJECTS:
            yield f"full run, publishing, killed {moment}: {name}", killed(PUBLISHED, moment, name)
        for number in range(1, _WRITES_OF_REGISTRATION + 1):
            told = f"registration alone, killed {moment}: write {number} to MLflow"
            yield told, killed(REGISTRATION, moment, f"{MLFLOW} {number}")
    yield "full run, killed sent: state/full-run.json", killed(FULL, "sent", "state/full-run.json")
    for moment in MOMENTS[1:]:
        for number in range(1, _WRITES_OF_DAY + 1):
            told = f"end-to-end day alone, killed {moment}: write {number} to MLflow"
            yield told, killed(DAY, moment, f"{MLFLOW} {number}")


def fault_runs() -> Sequence[str]:
    """The deaths, then what else a process may meet."""
    return list(_MAKES)


@contextmanager
def ready() -> Iterator[Attempt]:
    """One sandbox, and one bucket in which the state of all these runs grows."""
    with Sandbox("head", time_scale=_TIME_SCALE, pause_scale=_PAUSE_SCALE) as sandbox, attempts_on(sandbox) as attempt:
        yield attempt


@contextmanager
def attempts_on(sandbox: Sandbox, first: Event = PUBLISHED) -> Iterator[Attempt]:
    """Make fault runs on this sandbox, which is healthy and stays so. ``first``: see Station."""
    with Station(sandbox, first) as station:
        yield lambda name: _MAKES[name](station)


def _killed_at_time(station: Station, share: float) -> Outcome:
    for _ in range(_TRIES):
        began_s = time.monotonic()
        victim = station.start(FULL)
        has_ended = victim.wait(share * station.full_run_s())
        if not has_ended or share > _NEARLY_ALL:
            break
        station.note_full_run(time.monotonic() - began_s)  # the machine has been slower when that was measured
    victim.signal(signal.SIGKILL)
    station.ended(victim)
    is_too_late = has_ended and share <= _NEARLY_ALL
    return station.judged([victim], ["it had ended before it was to be killed"] if is_too_late else [])


def _killed_at_point(station: Station, event: Event, dies_at: str) -> Outcome:
    victim = station.start(event, dies_at=dies_at)
    if answers := station.ended(victim):
        raise RuntimeError(f"no such request was made, so that nothing was killed: {short(answers[0])}")
    return station.judged([victim], [])


_MAKES: dict[str, Make] = {**dict(_kills()), **process_limits.makes()}
