"""`discover`: from nothing but the cluster's name to a green run, and how much of the file a person has to touch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from registry_monitor.__main__ import main
from registry_monitor.inventory import aws, secrets
from registry_monitor.model import Verdict
from registry_monitor.target import Target, load_target
from tests.conftest import OneSandbox
from tests.sandbox.platforms import MONITOR_SECRET_PREFIX
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.sandbox.target_file import for_sandbox
from tests.sandbox.world import CREDENTIALS
from tests.system.conftest import requests_since, run_monitor

MOST_LINES_TO_TOUCH = 3
type Discover = Callable[..., tuple[int, str]]  # exit code, and all that was printed


@pytest.fixture
def discover(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Sandbox], Discover]:
    """Runs the command on a sandbox with a person's credentials: it asks what the monitor's own role may not."""

    def on(sandbox: Sandbox) -> Discover:
        for name, value in (sandbox.environment | {name.upper(): value for name, value in CREDENTIALS.items()}).items():
            monkeypatch.setenv(name, value)

        def run(*arguments: str) -> tuple[int, str]:
            aws.forget_clients()
            secrets._provider.cache_clear()
            code = main(["discover", "--cluster", sandbox.platform.account.cluster, *arguments])
            printed = capsys.readouterr()
            return code, printed.out + printed.err

        return run

    return on


@pytest.mark.parametrize("era", ["head", "2025-08", "orchard"])
def test_file__makes_a_full_run_green_with_few_lines_touched(
    era: Era, one_sandbox: OneSandbox, discover: Callable[[Sandbox], Discover], tmp_path: Path
) -> None:
    """Touched are the lines that name the target and its secret, where the stack of the monitor has other names.

    What the sandbox alone needs, since its hosts are on this machine and its authority is its own, is no part of that.
    """
    one_sandbox.stop()  # a new one: a whole account is read, in which other tests may have left something
    sandbox = one_sandbox.of(era)
    path = tmp_path / "found.yaml"
    code, printed = discover(sandbox)("--out", str(path), "--no-run")
    assert path.exists(), (code, printed)
    found = path.read_text()
    name, cluster = sandbox.platform.target, sandbox.platform.account.cluster
    own_key = next(iter(sandbox.world.secrets.monitor_keys.values()))
    sandbox.world.put_secret(f"{MONITOR_SECRET_PREFIX}{name}", admin=own_key)  # as the file's head asks for
    filled = found.replace(f"\nname: {cluster} ", f"\nname: {name} ")
    filled = filled.replace(f"secret: {MONITOR_SECRET_PREFIX}{cluster} ", f"secret: {MONITOR_SECRET_PREFIX}{name} ")
    touched = [line for line, before in zip(filled.splitlines(), found.splitlines(), strict=True) if line != before]
    assert len(touched) == {"head": 0, "2025-08": 2, "orchard": 2}[era] <= MOST_LINES_TO_TOUCH
    path.write_text(for_sandbox(filled, sandbox.connect_to(), sandbox.world.monitor_bundle))
    ended = run_monitor(sandbox, "--target", str(path))
    assert [result.sentence for result in ended.run.results if result.status.is_not_passed] == []
    assert (ended.exit_code, ended.run.verdict) == (0, Verdict.HEALTHY)
    assert len(ended.run.results) > 50
    assert not ended.run.leftovers


def test_head__is_found_as_people_wrote_it_down(
    sandbox: Sandbox, discover: Callable[[Sandbox], Discover], tmp_path: Path
) -> None:
    """What AWS tells is the same as in the packaged target; what it cannot tell is not there."""
    path = tmp_path / "found.yaml"
    discover(sandbox)("--out", str(path), "--no-run")
    found, packaged = load_target(str(path)), load_target("hokusai-development")
    for section in ("name", "region", "cluster", "database", "artifacts_bucket"):
        assert getattr(found, section) == getattr(packaged, section), section
    assert found.redis is not None
    assert packaged.redis is not None
    assert (found.redis.replication_group, found.redis.tls) == (packaged.redis.replication_group, packaged.redis.tls)
    assert found.redis.service == "auth"  # of those that speak of it: it judges the keys
    assert _asked(found) == _asked(packaged)
    assert {(each.name, each.hosts) for each in found.load_balancers} == {
        (each.name, each.hosts) for each in packaged.load_balancers
    }
    for key in ("service", "proxy", "api_url", "direct_url", "direct_api_path", "experiment"):
        assert getattr(found.mlflow, key) == getattr(packaged.mlflow, key), key
    assert {each.url for each in found.endpoints} <= {each.url for each in packaged.endpoints}
    assert (found.authentication, found.calls, found.unprobed) == (None, (), ())


def _asked(target: Target) -> set[tuple[str, str, int, str | None, str]]:
    """How each service is asked."""
    return {(each.role, each.name, each.container_port, each.public_host, each.health_path) for each in target.services}


def test_command__ends_with_the_first_light_run(
    sandbox: Sandbox, discover: Callable[[Sandbox], Discover], tmp_path: Path
) -> None:
    """One command: the file, what a run would lack, the ports, and a run that is green; then it overwrites nothing."""
    path = tmp_path / "found.yaml"
    arguments = ("--target", str(sandbox.target_path), "--out", str(path))
    code, printed = discover(sandbox)(*arguments)
    assert code == 0, printed
    assert f"{path}: written; target hokusai-development, 3 services" in printed
    assert "To fill in:" in printed
    assert " 0 wrong, " in printed
    assert printed.count('resource "aws_vpc_security_group_ingress_rule"') == 5
    assert f'security_group_id            = "{sandbox.world.security_groups["redis"]}"' in printed
    assert "HEALTHY: " in printed
    assert [key for key in sandbox.world.secrets.monitor_keys.values() if key in printed + path.read_text()] == []
    before, text = len(requests_since(sandbox, 0)), path.read_text()
    code, printed = discover(sandbox)(*arguments)
    assert (code, path.read_text()) == (2, text)
    assert "exists, and is not overwritten: name another with --out FILE" in printed
    assert len(requests_since(sandbox, before)) == 0


def test_wrong_cluster__is_refused_and_nothing_is_written(
    sandbox: Sandbox, discover: Callable[[Sandbox], Discover], tmp_path: Path
) -> None:
    path = tmp_path / "found.yaml"
    code, printed = discover(sandbox)("--cluster", "nowhere", "--out", str(path))
    assert (code, path.exists()) == (2, False)
    assert "there is no cluster nowhere in us-east-1" in printed
