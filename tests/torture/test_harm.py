"""What a run may ask of the platform: a handful of the fault runs, by name; and that the counting can find harm."""

from dataclasses import replace

import pytest

from registry_monitor.target import load_target
from tests.sandbox.alb.front_end import LoggedRequest
from tests.sandbox.sandbox import Sandbox
from tests.torture import harm
from tests.torture.harm.counting import Counted, harms
from tests.torture.one_run import handled

CHOSEN = ["full: head: healthy", "light: head: ECS-05", "light: api: 503, wait 2 minutes"]
_ONE = LoggedRequest("lb", "registry.hokus.ai", "GET", "/health", "registry-monitor/1", "r", 200, 50.0, 1.0, 1, 0, 10)


def test_fault_runs__are_distinct_and_among_them_those_that_are_made_here() -> None:
    """A name that stands twice would be made once, and counted twice."""
    names = harm.fault_runs()
    assert len(names) == len(set(names))
    assert set(CHOSEN) <= set(names)


@pytest.mark.parametrize("name", CHOSEN)
def test_run_in_trouble__harms_nobody(sandbox: Sandbox, name: str) -> None:
    """The limits of the target hold, counted at the load balancers; and it waits where it is told to."""
    outcome = harm.attempt_on(sandbox)(name)
    assert outcome.is_good, outcome


def test_counting__finds_what_goes_beyond_the_limits(sandbox: Sandbox) -> None:
    """Too many requests, too many at once, too many bytes, what is never to be probed: each is told."""
    run, target = handled(sandbox, {"depth": "light"}).run, load_target(str(sandbox.target_path))
    assert run is not None
    at_once = tuple(replace(_ONE, client_port=number) for number in range(13))
    many = tuple(replace(_ONE, began=float(number)) for number in range(401))
    big = (replace(_ONE, sent_bytes=65 * 1024 * 1024),)
    billed = (replace(_ONE, path="/api/v1/models/21/predict"),)
    found = [" ".join(harms(run, Counted(each, (0, 0)), target)) for each in (at_once, many, big, billed)]
    assert "13 at once to registry.hokus.ai, limits.concurrency_per_host is 4" in found[0]
    assert "13 at once, limits.concurrency is 12" in found[0]
    assert "401 requests to registry.hokus.ai, limits.requests_per_host is 400" in found[1]
    assert "limits.megabytes_per_host is 64" in found[2]
    assert "/api/v1/models/21/predict is never to be probed" in found[3]
