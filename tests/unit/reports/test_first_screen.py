"""The first screen of a diagnosed run: what on-call reads at night, and nothing more."""

from datetime import UTC, datetime, timedelta

from registry_monitor.incident import Excuse, ExcuseKind, Mute, Standing
from registry_monitor.model import Status
from registry_monitor.reports.markdown import markdown_report
from registry_monitor.run import Run
from registry_monitor.state.incidents import IncidentsDocument, advance
from tests.unit.reports import diagnosed, samples
from tests.unit.reports.test_markdown import UNEXPLAINED, section

MONITOR = "What is wrong with the monitor itself"


def screen(run: Run) -> str:
    """What stands before the particulars of the run."""
    return markdown_report(run).partition("## This run")[0]


def test_first_screen__of_two_causes_fits_on_one() -> None:
    """Two causes, one latent fault and one of the monitor's own: 40 lines, none of them endless."""
    lines = screen(diagnosed.missing_service()).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 320


def test_cause__says_what_proof_users_change_fix_and_verification() -> None:
    """All that on-call needs of a cause, in its order."""
    wrong = section(markdown_report(diagnosed.missing_service()), "What is wrong").splitlines()
    assert wrong[:10] == [
        "1. **The ECS service hokusai-mlflow-development does not exist** (critical, proven, explains 2 checks)",
        (
            '   - What: hokusai-mlflow-development, in Terraform `module.services["mlflow"].aws_ecs_service.this` '
            "(from the map of Terraform addresses)"
        ),
        "   - Proof: hokusai-mlflow-development is MISSING in hokusai-development (ecs:DescribeServices), and 1 more",
        "   - Since: not known, since this run alone was looked at",
        "   - Users: Nobody can register or fetch a model; The web page of MLflow answers 503",
        "   - Changed last: hokusai-mlflow-development was last seen in run 20260730T090003Z-0a1b2c3d",
        "   - Fix (minutes): Apply it: the code has the service, and the cluster has not.",
        "   - Caution: ECS refuses a service whose target group no listener uses: apply the rule first.",
        (
            "   - Verify: `aws ecs wait services-stable --cluster hokusai-development --services "
            "hokusai-mlflow-development`"
        ),
        "   - Runbook: docs/causes.md#ecs-service-missing",
    ]
    assert wrong[10].startswith("2. **The auth service does not answer, and why is not proved** (critical, suspected,")
    assert wrong[12] == "   - Sign: its one target is unhealthy: Target.FailedHealthChecks (DescribeTargetHealth)"


def test_cause__of_an_open_door_says_so() -> None:
    """What lets strangers in is told as such, also where its cause is known."""
    opened = samples.result("open", Status.FAIL, subject="A random key", is_security_failure=True)
    cause = diagnosed.finding("auth-fails-open", "auth", "Auth lets in any key", explains=(opened.check_id,))
    run = diagnosed.diagnosed(samples.run_of([opened]), cause)
    assert section(markdown_report(run), "What is wrong").startswith(
        "1. **Security failure.** **Auth lets in any key**"
    )


def test_cause__says_at_which_other_its_requests_fail_next() -> None:
    """Who mends the first alone was told that it does not help."""
    wrong = section(markdown_report(diagnosed.two_on_one_way()), "What is wrong")
    assert wrong.count("   - Then: mended alone, its requests fail again, at 2\n") == 1
    assert wrong.index("Then: mended alone") < wrong.index("2. **Auth listens on port 8080**")


def test_latent__says_behind_which_fix_it_hides() -> None:
    """Who mends the service and still sees 404 was told so; where nothing masks it, it is not felt yet."""
    rule = "- **No rule of hokusai-registry-development:443 leads /mlflow/\\* to MLflow**"
    latent = section(markdown_report(diagnosed.missing_service()), "What will fail next")
    assert latent.startswith(f"{rule} (after fix 1). Fix: Add the rule with priority 60")
    alone = markdown_report(diagnosed.latent_alone())
    assert alone.startswith("# HEALTHY")
    assert section(alone, "What will fail next").startswith(f"{rule} (not felt yet).")


def test_monitors_own_faults__stand_apart() -> None:
    """The platform is not accused of a revoked key of the monitor."""
    report = markdown_report(diagnosed.revoked_key())
    assert section(report, "What is wrong") == "Nothing wrong with the platform was seen."
    assert section(report, MONITOR) == (
        "- **The platform refuses the monitor's key admin as revoked** (explains 1 check). "
        "Fix: Issue a new key, and put it into the secret; the next run uses it."
    )


def test_unexplained__says_which_evidence_is_missing() -> None:
    """What no finding explains is told with what could not be read; otherwise where to look."""
    missing = section(markdown_report(diagnosed.partly_explained()), UNEXPLAINED)
    assert "- **GET https://auth.example/health** answered 502" in missing
    assert "mlflow" not in missing
    assert "Evidence that is missing:\n\n- logs:FilterLogEvents was denied to the monitor's role" in missing
    run = diagnosed.partly_explained().model_copy(update={"inventory": diagnosed.missing_service().inventory})
    told = section(markdown_report(run), UNEXPLAINED)
    assert "Of AWS, all that was asked was answered." in told


def test_many_causes__three_are_whole_and_the_rest_have_a_line() -> None:
    """Nine causes with endless texts still leave a screen that can be read."""
    wrong = section(markdown_report(diagnosed.many_causes()), "What is wrong").splitlines()
    assert sum(line.startswith("   - Fix") for line in wrong) == 3
    assert [line[0] for line in wrong if not line.startswith(" ")] == list("123456789")
    assert max(map(len, wrong)) <= 320


def test_findings_in_full__have_all_that_is_known() -> None:
    """Each proof with its source, what was ruled out and not checked, Terraform in a block; the long lists folded."""
    full = section(markdown_report(diagnosed.missing_service()), "Findings in full")
    assert full.index("### The ECS service") < full.index("### The auth service") < full.index("### No rule")
    assert full.index("### No rule") < full.index("### The monitor's role may not call")
    assert "- hokusai-mlflow has no registered targets (elasticloadbalancing:DescribeTargetHealth)" in full
    assert "**Ruled out**\n\n- a renamed service: ecs:ListServices names only auth and api\n- another region" in full
    assert "**Could not be checked**\n\n- CloudTrail is not read, so who removed it is not known" in full
    assert '```hcl\nresource "aws_lb_listener_rule" "mlflow_proxy" {' in full
    assert "<details><summary>Explains 2 checks</summary>\n\n- infrastructure_health.service.mlflow.exists" in full
    assert "<details><summary>Follows from it</summary>\n\n- The target group hokusai-mlflow is empty" in full


def test_findings_in_full__are_missing_where_there_are_none() -> None:
    """A healthy report has no empty section."""
    assert "Findings in full" not in markdown_report(diagnosed.latent_alone().model_copy(update={"findings": ()}))


def test_incident__tells_since_when() -> None:
    """Of a cause that earlier runs saw, how long it lasts; where no state is kept, nothing is claimed."""
    run = diagnosed.stopped_database()
    assert "   - Since: not known, since this run alone was looked at\n" in screen(run)
    [incident] = advance(IncidentsDocument(), run).incidents
    earlier = incident.model_copy(update={"first_seen": run.started_at - timedelta(minutes=130), "runs_seen": 131})
    told = screen(run.model_copy(update={"standing": Standing(incidents=(earlier,))}))
    since = "Since: 2026-07-30 07:05:03 UTC (for 2 h 10 min), seen by 131 runs, incident"
    assert f"   - {since} {incident.id}\n" in told


def test_mute_excuse_and_missing_state__stand_on_the_first_screen() -> None:
    """Who reads it knows why nobody was woken, until when, and what is not known."""
    until = datetime(2026, 7, 30, 12, 0, tzinfo=UTC)
    standing = Standing(
        mutes=(Mute(rule="registry-monitor-mute-1", until=until, reason="an *upgrade*"),),
        excuses=(Excuse(kind=ExcuseKind.DEPLOYING, reason="api is being deployed", until=until, checks=("a", "b")),),
        unread=("s3:GetObject was denied",),
    )
    told = screen(samples.failing().model_copy(update={"standing": standing}))
    assert r"**MUTED until 2026-07-30 12:00:00 UTC**: an \*upgrade\* (registry-monitor-mute-1)." in told
    assert "**DEPLOYING until 2026-07-30 12:00:00 UTC**: api is being deployed. 2 checks that did not pass wake" in told
    assert "Of earlier runs it is not known what they saw: s3:GetObject was denied" in told


def test_excused_failures__wake_nobody() -> None:
    """The first line agrees with what stands below it; one failure that is not excused wakes as ever."""
    run = samples.failing()
    failing = tuple(result.check_id for result in run.of_status(Status.FAIL))
    excuse = Excuse(kind=ExcuseKind.EXPECTED, reason="r", until=run.started_at, checks=failing)
    assert "**Wake nobody: what fails is excused" in screen(
        run.model_copy(update={"standing": Standing(excuses=(excuse,))})
    )
    part = excuse.model_copy(update={"checks": failing[1:]})
    assert "**Wake whoever runs the platform" in screen(run.model_copy(update={"standing": Standing(excuses=(part,))}))
