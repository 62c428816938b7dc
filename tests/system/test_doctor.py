"""`doctor` before the first run: what is missing is named with what to do, and nothing is changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from registry_monitor.__main__ import main
from registry_monitor.clients import http
from registry_monitor.inventory import aws, secrets
from tests.permissions.matrix import AFTER_A_RUN
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.world import CREDENTIALS
from tests.system.conftest import broken, requests_since
from tests.system.world_edits import closed_to_monitor
from tests.template.network_page import table

type Examined = tuple[int, dict[str, str], str]  # exit code; of each line that is WRONG its words; all that was printed


@pytest.fixture
def examine(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Examined]:
    """Runs the command with the sandbox's environment, and these variables besides."""

    def run(*arguments: str, **variables: str) -> Examined:
        for name, value in {**sandbox.environment, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 1.0)  # on loopback a port that does not answer never does
        aws.forget_clients()
        secrets._provider.cache_clear()
        code = main(["doctor", *arguments])
        printed = capsys.readouterr().out
        lines = [line.removeprefix("WRONG   ") for line in printed.splitlines() if line.startswith("WRONG ")]
        return code, dict(line.split(": ", 1) for line in lines), printed

    return run


def test_healthy_platform__is_exit_0_and_all_calls_of_runs_were_tried(
    sandbox: Sandbox, examine: Callable[..., Examined]
) -> None:
    """It asks what runs ask, and the bucket; it writes nothing, asks the platform nothing, and shows no key.

    What is used when a run is over, such as mute rules, it does not try.
    """
    before = len(requests_since(sandbox, 0))
    with sandbox.world.control_plane.refusals.asked() as asked:
        code, wrong, printed = examine()
    assert (code, wrong) == (0, {})
    page = table("AWS APIs")
    read = {call for call, row in page.items() if "yes" in (row["Light"], row["Full"], row["Failing"])} - AFTER_A_RUN
    assert asked - {"ecs:DescribeTasks"} == read - {"s3:PutObject", "ecs:DescribeTasks"} | {"s3:ListBucket"}
    assert len(requests_since(sandbox, before)) == 0
    assert [key for key in sandbox.world.secrets.monitor_keys.values() if key in printed] == []
    for call in read - {"s3:PutObject"}:
        assert f"ok      {call}: is allowed, and answered" in printed


@pytest.mark.parametrize(
    ("refused", "how", "told"),
    [
        (("rds", "DescribeDBInstances"), "denied", "add rds:DescribeDBInstances to its policy"),
        (("acm", "DescribeCertificate"), "throttled", "was throttled by AWS"),
        (("wafv2", "GetWebACLForResource"), "dropped", "no route or VPC endpoint to it"),
        (("secretsmanager", "GetSecretValue"), "denied", "add secretsmanager:GetSecretValue to its policy"),
    ],
)
def test_refused_api__is_named_with_what_is_missing(
    sandbox: Sandbox, examine: Callable[..., Examined], refused: tuple[str, str], how: str, told: str
) -> None:
    """That API alone, and what rests on it; all others are told as they are."""
    sandbox.world.refuse(*refused, how)  # type: ignore[arg-type]
    try:
        code, wrong, printed = examine()
    finally:
        sandbox.world.allow(*refused)
    call = ":".join(refused)
    assert code == 3
    assert {each for each in wrong if ":" in each and each[0].islower()} <= {call}
    assert told in wrong[call]
    assert "ok      ecs:DescribeServices: is allowed, and answered" in printed


def test_keys__that_are_missing_are_named(sandbox: Sandbox, examine: Callable[..., Examined], tmp_path: Path) -> None:
    """By name alone; the secret itself where there is none."""
    path = tmp_path / "more.yaml"
    path.write_text(sandbox.target_path.read_text().replace("unpaid]", "unpaid, another]"))
    code, wrong, _ = examine("--target", str(path))
    assert (code, list(wrong)) == (3, ["Key another"])
    assert "take it out of keys.names in the target file" in wrong["Key another"]
    with broken(sandbox, "MON-03"):
        code, wrong, _ = examine()
    assert code == 3
    assert "there is none of this name in us-east-1" in wrong["Secret registry-monitor/hokusai-development"]


def test_role_of_another_account__is_a_line_of_its_own(
    sandbox: Sandbox, examine: Callable[..., Examined], tmp_path: Path
) -> None:
    """Where the monitor's stack does not name it: with what both sides must have."""
    path, arn = tmp_path / "elsewhere.yaml", "arn:aws:iam::222222222222:role/registry-monitor-reads"
    account = f"account: {{role_arn: '{arn}', external_id: fake-external-id}}\n"
    path.write_text(account + sandbox.target_path.read_text())
    code, wrong, _ = examine("--target", str(path))
    assert code == 3
    assert "its trust policy must name the monitor's role and the external id 'fake-" in wrong[f"Role {arn}"]
    assert {"Cluster hokusai-development in us-east-1", "Secret registry-monitor/hokusai-development"} <= set(wrong)


def test_closed_ports__are_named_with_what_opens_them(sandbox: Sandbox, examine: Callable[..., Examined]) -> None:
    """Redis does not let the monitor in; the others are as they were."""
    with closed_to_monitor("redis", 6379)(sandbox):
        code, wrong, _ = examine()
    [(place, told)] = wrong.items()
    assert (code, place.endswith(":6379")) == (3, True)
    assert "open it to the monitor's security group (docs/platform-access.tf)" in told


def test_untrusted_certificate__is_told_of_each_public_host(examine: Callable[..., Examined]) -> None:
    """The sandbox's authority is none that the world knows."""
    code, wrong, _ = examine(REQUESTS_CA_BUNDLE=requests.certs.where())
    assert (code, set(wrong)) == (3, {"auth.hokus.ai:443", "registry.hokus.ai:443"})
    assert all("set REQUESTS_CA_BUNDLE" in told for told in wrong.values())


def test_wrong_place__is_told_first(sandbox: Sandbox, examine: Callable[..., Examined], tmp_path: Path) -> None:
    """Another region has no such cluster; without the bucket nothing is kept."""
    path = tmp_path / "elsewhere.yaml"
    path.write_text(sandbox.target_path.read_text().replace("region: us-east-1", "region: eu-west-3"))
    of_a_person = {name.upper(): value for name, value in CREDENTIALS.items()}  # the role may not ask elsewhere
    code, wrong, printed = examine("--target", str(path), MONITOR_REPORTS_BUCKET="", **of_a_person)
    assert code == 3
    assert "does not exist in the account of these credentials" in wrong["Cluster hokusai-development in eu-west-3"]
    assert "MONITOR_REPORTS_BUCKET is not set" in printed


def test_aws_out_of_reach__is_no_traceback(examine: Callable[..., Examined]) -> None:
    """Each call says where it could not be reached, and the hosts are looked at all the same."""
    code, wrong, printed = examine(AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert code == 3
    assert "could not be reached at http://127.0.0.1:1" in wrong["ecs:DescribeServices"]
    assert "ok      registry.hokus.ai:443: resolves, accepts connections" in printed


def test_no_credentials__is_all_that_is_told_of_aws(examine: Callable[..., Examined]) -> None:
    """A profile that does not exist; the remedy names the variables."""
    code, wrong, _ = examine(AWS_PROFILE="nope")
    assert (code, set(wrong)) == (3, {"AWS credentials"})
    assert "set AWS_PROFILE or the AWS_* variables" in wrong["AWS credentials"]
