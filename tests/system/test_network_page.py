"""docs/network.md held against what runs really ask: of AWS at the wire, of hosts where connections are led."""

import ipaddress
from collections.abc import Callable

import pytest

from registry_monitor.__main__ import main
from registry_monitor.clients import connect_to, names
from registry_monitor.inventory import aws
from registry_monitor.suites import ecs_services
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken
from tests.template.network_page import table

CALLS = table("AWS APIs")
HOSTS = table("Hosts")
OF_AWS = {".elb.": "load-balancer", ".rds.": "database", ".cache.": "redis"}  # names that AWS gives
SUITES_OF_AWS = ["infrastructure_health", "services", "services_direct"]  # the others ask AWS for the keys alone

type Asked = tuple[set[str], set[str]]  # calls of AWS, hosts


@pytest.fixture
def run_and_listen(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Asked]:
    """Makes a run as on schedule, of a depth; what it asked."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ecs_services, "_SETTLES_S", 0)  # the sandbox's tasks are registered at once
    hosts: set[str] = set()
    lead = connect_to.destination

    def lead_and_note(host: str, port: int) -> tuple[str, int]:
        if host != "127.0.0.1":  # that is AWS
            hosts.add(f"{_kind(host)}:{port}")
        return lead(host, port)

    for module in (connect_to, names):
        monkeypatch.setattr(module, "destination", lead_and_note)

    def run(depth: str) -> Asked:
        aws.forget_clients()
        with sandbox.world.control_plane.refusals.asked() as calls:
            main(["run", "--depth", depth, "--reason", "schedule", "--json"])
        assert sandbox.world.control_plane.refusals.unmapped == set()
        return calls, hosts

    return run


def _kind(host: str) -> str:
    """A host as the page names it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return next((kind for part, kind in OF_AWS.items() if part in host), host)
    return "task"


def _marked(page: dict[str, dict[str, str]], kind: str, *marks: str) -> set[str]:
    return {name for name, row in page.items() if row[kind] in marks}


@pytest.mark.parametrize("kind", ["Light", "Full"])
def test_healthy_run__asks_what_the_page_says(run_and_listen: Callable[[str], Asked], kind: str) -> None:
    """Each call marked `yes` is made, none that is not on the page; the hosts are exactly those of the page."""
    calls, hosts = run_and_listen(kind.lower())
    assert _marked(CALLS, kind, "yes") - calls == set()
    assert calls - _marked(CALLS, kind, "yes", "if") == set()
    assert hosts == _marked(HOSTS, kind, "yes")


def test_failing_light_run__asks_what_the_page_says(sandbox: Sandbox, run_and_listen: Callable[[str], Asked]) -> None:
    """It reads AWS in depth, and calls no host more than a healthy one."""
    with broken(sandbox, "MLF-01"):
        calls, hosts = run_and_listen("light")
    assert _marked(CALLS, "Failing", "yes") - calls == set()
    assert calls - _marked(CALLS, "Failing", "yes", "if") == set()
    assert hosts == _marked(HOSTS, "Light", "yes")
