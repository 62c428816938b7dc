"""`diagnose`, `render` and `compare` on stored runs: the same findings, the same documents, byte for byte."""

import json
from pathlib import Path

import pytest

from registry_monitor.__main__ import main
from registry_monitor.comparison import Comparison
from registry_monitor.diagnosis import diagnose
from registry_monitor.finding import Confidence, Diagnosis, Finding, FindingState, Fix, Priority, Proof, Terraform
from registry_monitor.reports import RUN
from registry_monitor.reports.comparing import compare
from registry_monitor.reports.comparison_text import comparison_document
from registry_monitor.reports.documents import render
from registry_monitor.run import Run
from registry_monitor.terminal.stored import show
from tests.unit.reports import month
from tests.unit.reports.samples import ALL, failing
from tests.unit.reports.test_comparing import later

FINDING = Finding(
    kind="ecs-service-missing",
    resource="hokusai-mlflow-development",
    statement="The ECS service hokusai-mlflow-development was never created \x1b[31m.",
    state=FindingState.ACTIVE,
    confidence=Confidence.PROVEN,
    priority=Priority.CRITICAL,
    terraform=Terraform(address="aws_ecs_service.mlflow", found_in="target file"),
    proofs=(Proof(told="ECS reports it as MISSING", source="ecs:DescribeServices"),),
    ruled_out=("the database: it is available",),
    explains=("infrastructure_health.service.mlflow.exists",),
    fix=Fix(told="apply it", hcl='resource "aws_ecs_service" "mlflow" {}', verify="aws ecs describe-services"),
    runbook="docs/runbook.md#ecs-service-missing",
)


@pytest.fixture(params=ALL)
def run(request: pytest.FixtureRequest) -> Run:
    made: Run = ALL[request.param]()
    return made.diagnosed(diagnose(made))


@pytest.fixture
def run_json(tmp_path: Path) -> Path:
    return tmp_path / "run.json"


def test_diagnose__json_is_what_the_monitor_wrote(
    run: Run, run_json: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A run that was diagnosed with these rules comes out as it is, also one whose findings were lost."""
    written = render(run)[RUN].encode()
    for kept in (run, run.diagnosed(Diagnosis(findings=(), paths=()))):
        run_json.write_bytes(render(kept)[RUN].encode())
        code = main(["diagnose", str(run_json), "--json"])
        assert capfdbinary.readouterr().out == written
        assert code == {"HEALTHY": 0, "FAILING": 1, "BLIND": 3}[run.verdict]


def test_diagnose__judges_anew(run_json: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Findings of earlier rules are not handed on."""
    old = failing().model_copy(update={"findings": (FINDING.model_copy(update={"kind": "of-an-earlier-rule"}),)})
    run_json.write_text(render(old)[RUN])
    main(["diagnose", str(run_json), "--json"])
    assert b"of-an-earlier-rule" not in capfdbinary.readouterr().out


def test_finding__is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Statement, address and where it is from, proofs, fix and how to check it; no escape reaches the terminal."""
    show(failing().model_copy(update={"findings": (FINDING,)}))
    told = capsys.readouterr().out
    for part in (
        "ACTIVE The ECS service hokusai-mlflow-development was never created",
        "ecs-service-missing hokusai-mlflow-development, proven, priority critical",
        "Terraform: aws_ecs_service.mlflow (from: target file)",
        "Proof: ECS reports it as MISSING (ecs:DescribeServices)",
        "Ruled out: the database: it is available",
        "Explains: infrastructure_health.service.mlflow.exists",
        'Fix: apply it\n      resource "aws_ecs_service" "mlflow" {}',
        "Verify: aws ecs describe-services",
        "Runbook: docs/runbook.md#ecs-service-missing",
        "NOT DIAGNOSED ",
    ):
        assert part in told
    assert "\x1b" not in told


def test_diagnose__names_what_nothing_explains(run_json: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each failing chain is told, diagnosed or not."""
    run = failing()
    run_json.write_text(render(run)[RUN])
    assert main(["diagnose", str(run_json)]) == 1
    told = capsys.readouterr().out
    assert told.startswith(f"{run.target.name}, run {run.run_id}: FAILING, ")
    unexplained = run.diagnosed(diagnose(run)).unexplained
    assert [line for line in told.splitlines() if line.startswith("NOT DIAGNOSED")] == [
        f"NOT DIAGNOSED {symptom.statement}" for symptom in unexplained
    ]


def test_render__writes_what_the_monitor_wrote(run: Run, run_json: Path, tmp_path: Path) -> None:
    """All documents of a run can be had again from its run.json alone."""
    run_json.write_text(render(run)[RUN])
    assert main(["render", str(run_json), "--out", str(tmp_path / "again")]) == 0
    assert {path.name: path.read_text() for path in (tmp_path / "again").iterdir()} == render(run)


def test_render__without_a_folder_makes_one_by_the_runs_id(run_json: Path) -> None:
    """What lies beside the run.json, such as a README.md, is left alone."""
    run_json.write_text(render(failing())[RUN])
    (run_json.parent / "README.md").write_text("mine")
    assert main(["render", str(run_json)]) == 0
    written = {path.name: path.read_text() for path in (run_json.parent / failing().run_id).iterdir()}
    assert written == render(failing())
    assert (run_json.parent / "README.md").read_text() == "mine"


def test_render__with_a_previous_run_tells_what_changed(run_json: Path, tmp_path: Path) -> None:
    """The comparison is kept in the new run.json, so that it is there when that is rendered again."""
    now = later(failing())
    run_json.write_text(render(now)[RUN])
    (tmp_path / "before.json").write_text(render(failing())[RUN])
    arguments = ["render", str(run_json), "--previous", str(tmp_path / "before.json"), "--out", str(tmp_path / "again")]
    assert main(arguments) == 0
    kept = now.model_copy(update={"comparison": compare(failing(), now)})
    assert {path.name: path.read_text() for path in (tmp_path / "again").iterdir()} == render(kept)


def test_render__with_the_history_tells_of_thirty_days(run_json: Path, tmp_path: Path) -> None:
    """As the function does; the file is the target's state/history.json."""
    run_json.write_text(render(failing())[RUN])
    (tmp_path / "history.json").write_text(month.history().model_dump_json())
    arguments = ["render", str(run_json), "--history", str(tmp_path / "history.json"), "--out", str(tmp_path / "again")]
    assert main(arguments) == 0
    written = {path.name: path.read_text() for path in (tmp_path / "again").iterdir()}
    assert written == render(failing(), month.history())


def test_compare__prints_the_document_or_json(
    run_json: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Both forms say the same; the exit code is no verdict."""
    comparison = compare(failing(), later(failing()))
    run_json.write_text(render(failing())[RUN])
    (tmp_path / "now.json").write_text(render(later(failing()))[RUN])
    assert main(["compare", str(run_json), str(tmp_path / "now.json")]) == 0
    assert capfdbinary.readouterr().out.decode() == comparison_document(comparison)
    assert main(["compare", str(run_json), str(tmp_path / "now.json"), "--json"]) == 0
    assert Comparison.model_validate_json(capfdbinary.readouterr().out) == comparison


def test_compare__that_cannot_be_made_is_exit_2_and_says_why(
    run_json: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run says nothing about itself."""
    run_json.write_text(render(failing())[RUN])
    assert main(["compare", str(run_json), str(run_json)]) == 2
    assert "they are the same run; expected two" in capsys.readouterr().err


def test_render__that_cannot_be_written_is_exit_3(
    run_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with a run whose reports cannot be written."""
    run_json.write_text(render(failing())[RUN])
    (tmp_path / "taken").write_text("a file")
    assert main(["render", str(run_json), "--out", str(tmp_path / "taken")]) == 3
    assert "the reports could not be written to" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("diagnose",), ("render", "--out", "out")])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read: No such file or directory; expected the run.json of a run"),
        (
            "no JSON",
            "is not the run.json of a run, of this version of the monitor: 1 problem(s)\n  the file: Invalid JSON",
        ),
        ("{}", "problem(s)\n  run_id: Field required\n"),
        (json.dumps({"run_id": 5, "secret": "fake-secret"}), "  run_id: Input should be a valid string\n"),
    ],
)
def test_what_is_no_run__is_exit_2(
    command: tuple[str, ...], text: str | None, problem: str, run_json: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is named, with what is wrong in it, and its content is not quoted."""
    if text is not None:
        run_json.write_text(text)
    name, *options = command
    assert main([name, str(run_json), *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(str(run_json))
    assert problem in told.err
    assert "fake-secret" not in told.err
