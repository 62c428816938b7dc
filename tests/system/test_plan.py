"""`plan` tells what a run asks: held against what the load balancers really saw."""

import re

import pytest

from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import command, monitor_here, requests_since

PUBLIC = ("auth.hokus.ai", "registry.hokus.ai")


def normal(method: str, path: str) -> str:
    """A request without its ids: artifacts below … and no query."""
    path = path.partition("?")[0]
    return f"{method} {re.sub(r'(mlflow-artifacts/artifacts)/.*', r'\1/…', path)}"


@pytest.mark.parametrize("depth", ["light", "full"])
def test_plan__names_each_request_that_a_run_makes_and_no_other(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, depth: str
) -> None:
    """Nothing unannounced is asked of the platform."""
    monitor_here(sandbox, monkeypatch)  # the first run ever also creates its two permanent objects
    before = len(requests_since(sandbox, 0))
    planned = command(sandbox, "plan", "--depth", depth)
    assert planned.returncode == 0, planned.stderr
    assert len(sandbox.request_log) == before
    monitor_here(sandbox, monkeypatch, {"depth": depth})
    made = {normal(each.method, each.path) for each in requests_since(sandbox, before)}
    lines = [line for line in planned.stdout.splitlines() if "(by the first run ever)" not in line]
    announced = {
        normal(method, path)
        for method, host, path in re.findall(r": (\w+) https://([^/]+)(/\S*)", "\n".join(lines))
        if host in PUBLIC
    }
    assert made == announced
