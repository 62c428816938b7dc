"""The recorded runs: enough of them, of what is asked today, and disturbed before the monitor confirms anything."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.invocation import parse_event
from registry_monitor.model import Depth, Status
from registry_monitor.monitor import Surroundings, list_checks, suite_context
from registry_monitor.redaction import Redactor
from registry_monitor.target import load_target
from tests.alarms.faults import FAULTS, QUIET
from tests.alarms.recordings import HEALTHY, Recording, read_recordings, write_recordings
from tests.alarms.simulated_runs import Asked, Platform
from tests.alarms.weather import CALM, Weather

FULL = Asked("full-1", Depth.FULL, "schedule", 0.0)
LIGHT = Asked("light-1", Depth.LIGHT, "schedule", 0.0)


class _FirstFlowFails(Weather):
    """One blip, in a stage that writes, and so is asked once."""

    def is_blip(self, run: str, check: str, asking: int) -> bool:
        return (check, asking) == ("model_registration_flow.run", 1)


@pytest.fixture(scope="module")
def recordings() -> tuple[Recording, ...]:
    return read_recordings()


@pytest.fixture(scope="module")
def platform(recordings: tuple[Recording, ...]) -> Platform:
    return Platform(recordings)


def test_recordings__are_enough(recordings: tuple[Recording, ...]) -> None:
    """Twenty of the healthy platform and five of each other state, of either depth."""
    counted = Counter((each.state, each.depth) for each in recordings)
    wanted = {HEALTHY: 20, QUIET: 5, **dict.fromkeys(FAULTS, 5)}
    assert {key: count for key, count in counted.items() if count < wanted.get(key[0], 0)} == {}
    assert set(counted) >= {(state, depth) for state in wanted for depth in Depth}


def test_recordings__have_the_checks_of_today(recordings: tuple[Recording, ...]) -> None:
    """Where a suite has changed, they are to be made anew: python -m tests.alarms.record."""
    target = load_target("hokusai-development")
    surroundings = Surroundings(time_s=1.0, is_inside_vpc=True, fetch_keys=lambda force: {}, redactor=Redactor())
    context = suite_context("run", target, InventoryReader(target), surroundings)
    listed = [check.id for check in list_checks(parse_event({}), context)]
    recorded = next(each for each in recordings if (each.state, each.depth) == (HEALTHY, Depth.FULL))
    assert [check.id for check in recorded.checks] == listed


def test_recordings__are_read_as_they_were_written(recordings: tuple[Recording, ...], tmp_path: Path) -> None:
    """The file loses nothing."""
    file = tmp_path / "two.jsonl.xz"
    write_recordings(recordings[:2], file)
    assert read_recordings(file) == recordings[:2]


def test_undisturbed_run__is_what_was_recorded(platform: Platform, recordings: tuple[Recording, ...]) -> None:
    """In calm weather each check has the status that it had on the sandbox."""
    run = platform.run(FULL, "MLF-01", CALM, standing=None)
    recorded = next(each for each in recordings if (each.state, each.depth) == ("MLF-01", Depth.FULL))
    wanted = {check.id: check.outcome.status for check in recorded.checks}
    passes = (Status.PASS, Status.SLOW)  # how fast it was differs from recording to recording
    assert [
        (each.check_id, each.status, wanted[each.check_id])
        for each in run.results
        if each.status is not wanted[each.check_id] and not {each.status, wanted[each.check_id]} <= set(passes)
    ] == []


def test_blips__meet_each_asking_before_it_is_confirmed(platform: Platform) -> None:
    """Where each second asking fails, the monitor's own runner asks again, so that many checks are FLAKY."""
    run = platform.run(LIGHT, HEALTHY, replace(CALM, seed=5, blips=0.5), standing=None)
    statuses = Counter(result.status for result in run.results)
    assert statuses[Status.FLAKY] > 0
    assert all(len(result.attempts) > 1 for result in run.results if result.status is Status.FLAKY)


def test_blips_in_a_flow__have_it_made_again(platform: Platform) -> None:
    """Its writes are asked once: in a second flow they may go well."""
    run = platform.run(FULL, HEALTHY, _FirstFlowFails(seed=0, slow_minutes=0.0, throttled_runs=0.0), None)
    again = {each.check_id: each.status for each in run.results if "in another flow" in each.seen}
    assert again == {"model_registration_flow.run": Status.FLAKY}
    assert run.of_status(Status.FAIL, Status.BLOCKED) == ()


def test_slow_minute__makes_checks_slow_and_none_fail(platform: Platform) -> None:
    """What takes a hundred times as long is over its budget."""
    run = platform.run(LIGHT, HEALTHY, replace(CALM, slow_minutes=1.0, slower=1000.0), standing=None)
    statuses = Counter(result.status for result in run.results)
    assert statuses[Status.SLOW] > 0
    assert statuses[Status.FAIL] == 0


def test_throttled_run__is_blind_and_fails_nothing(platform: Platform) -> None:
    """AWS did not answer: that says nothing of the platform."""
    run = platform.run(LIGHT, HEALTHY, replace(CALM, throttled_runs=1.0), standing=None)
    assert run.verdict == "BLIND"
    assert run.of_status(Status.FAIL) == ()
