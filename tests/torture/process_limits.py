"""What else a process may meet: another at once, a freeze, and too little memory, room in /tmp or files."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.torture.outcome import Outcome
from tests.torture.process_judge import untrue
from tests.torture.station import DAY, FULL, LIGHT, PUBLISHED, REGISTRATION, Event, Station, short
from tests.torture.victims import Victim

_MB = 1024 * 1024
_CGROUPS = Path("/sys/fs/cgroup/memory")
_PAIRS = {
    "two light runs": (LIGHT, LIGHT),
    "a light and a full run": (LIGHT, FULL),
    "two full runs": (PUBLISHED, PUBLISHED),
    "two registrations": (REGISTRATION, REGISTRATION),
    "an end-to-end day and a full run": (DAY, PUBLISHED),
    "two end-to-end days": (DAY, DAY),
}
_EVENTS = {"light": LIGHT, "full": PUBLISHED}

type Make = Callable[[Station], Outcome]


def makes() -> dict[str, Make]:
    """The fault runs, by their names."""
    found: dict[str, Make] = {f"{name} at once": partial(_at_once, events=events) for name, events in _PAIRS.items()}
    for depth, event in _EVENTS.items():
        for frozen_s in (2, 8):
            name = f"frozen for {frozen_s} s between two {depth} runs"
            found[name] = partial(_frozen_between, event=event, frozen_s=frozen_s)
            name = f"frozen for {frozen_s} s within a {depth} run"
            found[name] = partial(_frozen_within, event=event, frozen_s=frozen_s)
        for free_kb in (0, 16):
            name = f"{free_kb} kB left in /tmp, {depth} run"
            found[name] = partial(_tmp_full, event=event, free_kb=free_kb)
        for files in (0, 3, 6, 12):
            name = f"{files} file descriptors left, {depth} run"
            found[name] = partial(_limited, event=event, limits={"RLIMIT_NOFILE": files}, expected=1)
        for mb in (1, 8, 32):
            name = f"{mb} MB of addresses left, {depth} run"
            found[name] = partial(_limited, event=event, limits={"RLIMIT_AS": mb * _MB}, expected=0)
        for mb in (2, 8, 16, 24):
            name = f"killed for more than {mb} MB of memory (cgroup), {depth} run"
            found[name] = partial(_out_of_memory, event=event, most_mb=mb)
    return found


def _at_once(station: Station, events: Sequence[Event]) -> Outcome:
    victims = [station.start(event) for event in events]
    return _judged(station, victims, expected=len(events))


def _frozen_between(station: Station, event: Event, frozen_s: float) -> Outcome:
    """As Lambda does it: the process stands still between its invocations, and the world goes on."""
    victim = station.start(event, event)
    stopped = victim.await_stop()
    time.sleep(frozen_s)
    victim.signal(signal.SIGCONT)
    return _judged(station, [victim], expected=2, problems=[] if stopped else ["it ended before it was frozen"])


def _frozen_within(station: Station, event: Event, frozen_s: float) -> Outcome:
    """As a host does it that has no processor to give: in the middle of its requests."""
    victim = station.start(event)
    time.sleep(0.6)
    victim.signal(signal.SIGSTOP)
    time.sleep(frozen_s)
    victim.signal(signal.SIGCONT)
    return _judged(station, [victim], expected=1)


def _limited(station: Station, event: Event, limits: dict[str, int], expected: int) -> Outcome:
    """It may fail of itself; then Lambda's own metric of errors tells it.

    Without memory it may also be killed when its time is over, which tells the same: Python waits for ever for a thread
    that could not begin.
    """
    return _judged(station, [station.start(event, limits=limits)], expected, may_fail=True)


def _tmp_full(station: Station, event: Event, free_kb: int) -> Outcome:
    with _small_folder(free_kb) as folder:
        victim = station.start(event, environment={"TMPDIR": str(folder)})
        return _judged(station, [victim], expected=1, may_fail=True)


def _out_of_memory(station: Station, event: Event, most_mb: int) -> Outcome:
    with _memory_group(most_mb) as group:
        victim = station.start(event, cgroup=str(group / "cgroup.procs"))
        return _judged(station, [victim], expected=0)


def _judged(
    station: Station, victims: Sequence[Victim], expected: int, *, may_fail: bool = False, problems: Sequence[str] = ()
) -> Outcome:
    """``expected``: how many answers come at least; ``may_fail``: whether one may be that the function raised."""
    found, wrong = list(problems), []
    answers = [answer for victim in victims for answer in station.ended(victim)]
    if len(answers) < expected:
        found.append(f"{len(answers)} answers, expected {expected}: {victims[0].output[-600:]}")
    for answer in answers:
        if "raised" in answer and not may_fail:
            found.append(f"failed: {short(answer)}")
        wrong += untrue(answer, station.bucket.run(answer.get("run_id", "")))
    return station.judged(victims, found, wrong)


@contextmanager
def _small_folder(free_kb: int) -> Iterator[Path]:
    """A folder on a disk of its own, that has so much room left. Needs root."""
    with TemporaryDirectory(prefix="registry-monitor-small-") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", name], check=True)
        try:
            (Path(name) / "filling").write_bytes(b"x" * (64 - free_kb) * 1024)
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)


@contextmanager
def _memory_group(most_mb: int) -> Iterator[Path]:
    """A control group (version 1) with so much memory, beyond what a fork shares with its parent. Needs root."""
    group = _CGROUPS / f"registry-monitor-torture-{most_mb}"
    group.mkdir()
    try:
        (group / "memory.limit_in_bytes").write_text(str(most_mb * _MB), encoding="ascii")
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Once the last process of the group is gone, which the kernel may notice a moment later."""
    for _ in range(50):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.1)
        else:
            return
    group.rmdir()
