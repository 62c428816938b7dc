"""The terminal user: exit codes, documents that agree with them, and errors that say what to do."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import requests

from registry_monitor.reports.documents import render
from registry_monitor.run import Run
from tests.sandbox.sandbox import Sandbox
from tests.system.conftest import broken, command, run_monitor

INFRASTRUCTURE = ("--suites", "infrastructure_health")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("run", "--suites", "infra"), "event.suites: unknown suite 'infra'; expected \"all\" or some of: "),
        (("run", "--target", "nowhere.yaml"), "target nowhere.yaml: 1 problem"),
        (("run", "--depth", "deep"), "event.depth: got 'deep'; input should be 'light' or 'full'"),
        (("validate", "nowhere.yaml"), "expected the path of a readable YAML file or one of the packaged targets"),
        (("run", "--key", "fake-key"), "unrecognized arguments: --key"),
    ],
)
def test_usage_error__is_exit_2_before_anything_runs(
    sandbox: Sandbox, arguments: tuple[str, ...], problem: str
) -> None:
    """The message names the thing and the fix; nothing was asked."""
    before = len(sandbox.request_log)
    ended = command(sandbox, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert problem in ended.stderr
    assert len(sandbox.request_log) == before


def test_no_target__is_exit_2_and_names_the_packaged_ones(sandbox: Sandbox) -> None:
    """Without --target and MONITOR_TARGET there is nothing to watch."""
    ended = command(sandbox, "run", MONITOR_TARGET="")
    assert ended.returncode == 2
    assert "hokusai-development" in ended.stderr


def test_validate__prints_every_problem_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    """Line, key, value seen, expected; exit 2."""
    path = tmp_path / "target.yaml"
    path.write_text(sandbox.target_path.read_text().replace("container_port: 8001", "container_port: 0\n    port: 1"))
    ended = command(sandbox, "validate", str(path))
    assert ended.returncode == 2
    assert "services.1.container_port: got 0; input should be greater than or equal to 1" in ended.stderr
    assert "services.1.port: is not a key of a target" in ended.stderr
    assert command(sandbox, "validate", str(sandbox.target_path)).returncode == 0


@pytest.mark.parametrize(("scenario", "exit_code"), [("healthy", 0), ("MLF-01", 1)])
def test_documents__agree_with_the_exit_code(sandbox: Sandbox, tmp_path: Path, scenario: str, exit_code: int) -> None:
    """--json, --junit and --out tell one story."""
    with broken(sandbox, scenario):
        ended = run_monitor(
            sandbox, *INFRASTRUCTURE, "--junit", str(tmp_path / "j.xml"), "--out", str(tmp_path / "out")
        )
    suites = ET.parse(tmp_path / "j.xml").getroot()
    wrong = sum(int(suites.get(kind, "0")) for kind in ("failures", "errors"))
    assert (ended.exit_code, wrong > 0) == (exit_code, exit_code > 0)
    assert int(suites.get("tests", "0")) == len(ended.run.results)
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert written == render(ended.run)
    assert Run.model_validate_json(written["run.json"]) == ended.run


def test_unreachable_aws__is_blind_exit_3_and_says_which_api(sandbox: Sandbox) -> None:
    """Probes go on without AWS; what AWS would have said is UNKNOWN, never FAIL."""
    ended = run_monitor(
        sandbox,
        *INFRASTRUCTURE,
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        REGISTRY_API_KEY=sandbox.world.secrets.monitor_key,
        MONITOR_REPORTS_BUCKET="",
    )
    assert (ended.exit_code, ended.run.score.not_passed) == (3, 0)
    assert ended.result("infrastructure_health.mlflow.database").status == "PASS"
    unknown = ended.result("infrastructure_health.service.api.exists")
    assert "ecs:DescribeServices could not be reached" in unknown.seen


def test_key_of_the_environment__is_used_instead_of_the_secret_and_never_shown(sandbox: Sandbox) -> None:
    """A wrong key fails what needs a key, and stands nowhere in clear."""
    ended = run_monitor(sandbox, *INFRASTRUCTURE, REGISTRY_API_KEY="fake-wrong-key-0123456789")
    assert ended.exit_code == 1
    assert ended.result("infrastructure_health.endpoint.api-key-accepted").evidence["status"] == 401
    assert "fake-wrong-key-0123456789" not in ended.run.model_dump_json() + ended.stderr


def test_outside_the_vpc__says_so_and_skips_what_cannot_be_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    """Internal names do not resolve outside; skipped, not unknown."""
    path = tmp_path / "outside.yaml"
    lines = sandbox.target_path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if ".local:" not in line or "url:" in line))
    ended = run_monitor(sandbox, *INFRASTRUCTURE, "--target", str(path))
    assert (ended.exit_code, ended.run.vantage) == (0, "outside the VPC")
    assert "This is outside the VPC: what can be asked only from inside is skipped." in ended.stderr
    internal = [result for result in ended.run.results if result.check_id.endswith("-internal")]
    assert [result.status for result in internal] == ["SKIPPED"] * 3


def test_wrong_aws_profile__is_exit_3_and_no_accusation_of_the_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    """A defect of the monitor's own surroundings never reads as a failing platform, and loses no document."""
    ended = run_monitor(
        sandbox,
        "--depth",
        "light",
        "--junit",
        str(tmp_path / "j.xml"),
        AWS_PROFILE="nope",
        REGISTRY_API_KEY=sandbox.world.secrets.monitor_key,
    )
    assert (ended.exit_code, ended.run.score.not_passed) == (3, 0)
    assert "ProfileNotFound" in ended.stderr
    assert ET.parse(tmp_path / "j.xml").getroot().get("errors") != "0"


def test_tls_verification__stays_on_whatever_the_environment_of_mlflow_says(sandbox: Sandbox) -> None:
    """Many users of MLflow have it switched off in their shell; the monitor's key goes to no unknown server."""
    ended = run_monitor(
        sandbox,
        "--suites",
        "model_registration_flow",
        REQUESTS_CA_BUNDLE=requests.certs.where(),
        MLFLOW_TRACKING_INSECURE_TLS="true",
    )
    stage = ended.result("model_registration_flow.experiment")
    assert (ended.exit_code, stage.status) == (1, "FAIL")
    assert stage.seen.startswith("failed the TLS handshake")
    assert "certificate verify failed" in stage.seen


def test_reports_that_cannot_be_written__are_exit_3_on_a_healthy_platform(sandbox: Sandbox, tmp_path: Path) -> None:
    """Nobody would read them: not a success."""
    ended = run_monitor(
        sandbox, "--depth", "light", "--junit", str(tmp_path / "j.xml"), MONITOR_REPORTS_BUCKET="no-such-bucket"
    )
    assert (ended.exit_code, ended.run.verdict) == (3, "HEALTHY")
    assert "no-such-bucket" in ended.stderr
    assert ET.parse(tmp_path / "j.xml").getroot().get("errors") != "0"


def test_stored_run__is_diagnosed_and_rendered_again_byte_for_byte(deployed: Sandbox, tmp_path: Path) -> None:
    """What the monitor wrote of a failing platform can be had again from its run.json, long after, without asking.

    The history of earlier runs is no part of a run; here there is none.
    """
    with broken(deployed, "MLF-01"):
        run_monitor(deployed, *INFRASTRUCTURE, "--out", str(tmp_path / "out"))
    before = len(deployed.request_log)
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    diagnosed = command(deployed, "diagnose", str(tmp_path / "out" / "run.json"), "--json")
    assert (diagnosed.returncode, diagnosed.stdout) == (1, written["run.json"])
    rendered = command(deployed, "render", str(tmp_path / "out" / "run.json"), "--out", str(tmp_path / "again"))
    assert rendered.returncode == 0
    assert {path.name: path.read_text() for path in (tmp_path / "again").iterdir()} == written
    assert len(deployed.request_log) == before
