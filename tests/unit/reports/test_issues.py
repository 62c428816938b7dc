"""INFRASTRUCTURE_ISSUES.md: what the infrastructure team has to do, in which order, and why."""

import pytest

from registry_monitor.finding import Fix
from registry_monitor.model import Result, Status
from registry_monitor.reports.issues import http_status, issues_document
from registry_monitor.run import Run
from tests.unit.reports import diagnosed, samples
from tests.unit.reports.test_markdown import UNEXPLAINED, cells, section


def test_healthy__is_said_in_two_lines() -> None:
    """A heading and a sentence; nothing to read for who has nothing to do."""
    lines = [line for line in issues_document(samples.healthy()).splitlines() if line]
    assert lines == [
        "# Infrastructure issues of hokusai-development: none",
        (
            "Run 20260730T091503Z-1f2e3d4c at 2026-07-30 09:15:03 UTC saw nothing wrong: "
            "23 of 23 checks passed, coverage 100 %."
        ),
    ]


def test_blind__does_not_say_that_there_is_none() -> None:
    """What was not seen may be there: each denied call is told once."""
    text = issues_document(samples.blind())
    assert text.startswith("# Infrastructure issues of hokusai-development: none seen\n")
    unchecked = section(text, "What could not be checked")
    assert unchecked.count("ecs:DescribeServices was denied") == 1
    assert "- 1 check could not be judged, by a defect of the monitor" in unchecked


def test_in_short__tells_one_who_was_not_there() -> None:
    """What users lose, what is wrong now and later, how long it takes."""
    short = section(issues_document(diagnosed.missing_service()), "In short").splitlines()
    assert short[0] == (
        "- The platform does not do what its users need. "
        "Registering a model does not work: it stops at “Stage 2, experiment”."
    )
    assert short[1] == (
        "- Wrong with the infrastructure now: The ECS service hokusai-mlflow-development does not exist; "
        "The auth service does not answer, and why is not proved (suspected)."
    )
    assert short[2].startswith("- What it means for users: Nobody can register or fetch a model; ")
    assert short[3].startswith("- Hidden behind that, or not felt yet: No rule of hokusai-registry-development:443")
    assert short[4] == "- Time to mend, by estimate: minutes (2 of them), hours (1 of them)."


def test_plan__orders_the_fixes_and_says_what_hides_behind_what() -> None:
    """The latent rule is in the list, after the service that hides it; an address that is only a type is shown so."""
    plan = section(issues_document(diagnosed.missing_service()), "What to do, in this order")
    assert [cells(plan, str(number))[3:] for number in (1, 2, 3)] == [
        ['`module.services["mlflow"].aws_ecs_service.this`', "critical", "active", "minutes", "–"],
        ["–", "critical", "suspected", "hours", "–"],
        ["`aws_lb_listener_rule`", "critical", "latent", "minutes", "1"],
    ]


def test_issue__has_endpoints_with_status_expected_and_seen() -> None:
    """Requests stand before facts of AWS; where no request was made, there is no status."""
    issue = section(
        issues_document(diagnosed.missing_service()), "2. The auth service does not answer, and why is not proved"
    )
    assert issue.index("| GET https://auth.example") < issue.index("| ECS service hokusai-auth")
    assert cells(issue, "GET")[1:] == ["502", "200", "answered 502 (written by the load balancer)"]
    assert cells(issue, "ECS service")[1] == "–"
    assert cells(issue, "Service")[1:] == ["auth"]


def test_issue__has_terraform_commands_that_a_shell_takes() -> None:
    """The address is quoted; then come the fix's own verification and the monitor's suites that felt it."""
    issue = section(
        issues_document(diagnosed.missing_service()), "1. The ECS service hokusai-mlflow-development does not exist"
    )
    assert (
        "```sh\n"
        "terraform plan -target='module.services[\"mlflow\"].aws_ecs_service.this'\n"
        "aws ecs wait services-stable --cluster hokusai-development --services hokusai-mlflow-development\n"
        "python -m registry_monitor run --suites infrastructure_health,model_registration_flow\n"
        "```"
    ) in issue
    assert "(from the map of Terraform addresses)" in issue
    assert "**Caution**: ECS refuses a service" in issue


def test_issue__without_an_address_has_no_plan_of_it() -> None:
    """A type alone is no target of a plan; the change stands as HCL, and the reader is told how addresses get known."""
    text = issues_document(diagnosed.latent_alone())
    assert "registry_monitor terraform-map > map.json" in section(text, "What to do, in this order")
    issue = section(
        text,
        "1. No rule of hokusai-registry-development:443 leads /mlflow/\\* to MLflow",
    )
    assert "(its type; its address is not known here)" in issue
    assert "terraform plan" not in issue
    assert '```hcl\nresource "aws_lb_listener_rule" "mlflow_proxy" {' in issue
    assert "No check fails because of it yet." in issue


def test_in_short__tells_each_group_of_users_once() -> None:
    """Two causes that hurt the same engineers: the clause of the weightier one, and no contradiction to it."""
    impacts = (("Engineers: nothing works", "Operators: 1 page"), ("Engineers cannot fetch", "Users of x: some"))
    causes = [
        diagnosed.finding("auth-broken", f"auth {place}", f"Cause {place}", impact=impact)
        for place, impact in enumerate(impacts)
    ]
    short = section(issues_document(diagnosed.diagnosed(samples.failing(), *causes)), "In short")
    assert "- What it means for users: Engineers: nothing works; Operators: 1 page; Users of x: some." in short


def test_second_cause_on_the_same_way__is_told_with_the_first() -> None:
    """Who mends the rule alone sees requests fail again; who mends auth is told of nothing behind it."""
    text = issues_document(diagnosed.two_on_one_way())
    assert "- Mending 1 alone does not help: its requests then fail again, at 2." in section(text, "In short")
    assert text.count("**Then**: mended alone, its requests fail again, at 2.") == 1
    assert "Mending 2 alone" not in text


def test_issue__verified_by_the_monitor_has_one_run_of_it() -> None:
    """The run of all suites that felt it shows what the fix's own, narrower run would."""
    run = "python -m registry_monitor run --suites "
    fix = Fix(told="Mend it.", verify=f"{run}authentication")
    felt = ("infrastructure_health.a", "authentication.b")
    cause = diagnosed.finding("auth-broken", "auth", "Auth is broken", explains=felt, fix=fix)
    text = issues_document(diagnosed.diagnosed(samples.failing(), cause))
    assert f"```sh\n{run}infrastructure_health,authentication\n```" in text


@pytest.mark.parametrize(
    ("impact", "told"),
    [("Security: a door stands open, 1 request let in", "a door stands open"), ("", "nobody can register or fetch")],
)
def test_priority__says_which_of_its_reasons_it_is(impact: str, told: str) -> None:
    """Nobody has to ask himself at night whether a door stands open."""
    cause = diagnosed.finding("auth-fails-open", "auth", "Auth lets in any key", impact=(impact,))
    issue = section(issues_document(diagnosed.diagnosed(samples.failing(), cause)), "1. Auth lets in any key")
    assert cells(issue, "Priority")[1].startswith(f"critical: {told}")


def test_command_in_a_fix__can_be_copied() -> None:
    """It is code where it stands whole, and is never cut in two: a cut ends before its sentence."""
    command = "aws ecs update-service --cluster hokusai-development --service hokusai-auth --task-definition auth:1"
    mended = "Let the container listen on port 8000, where both of its target groups look for it."
    told = f"{mended} Until then, deploy auth:1 again (`{command}`)."
    cause = diagnosed.finding("container-port-mismatch", "auth", "Auth listens elsewhere", fix=Fix(told=told))
    text = issues_document(diagnosed.diagnosed(samples.failing(), cause))
    assert f"deploy auth:1 again (`{command}`)." in text
    assert cells(section(text, "What to do, in this order"), "1")[2] == f"{mended} …"


def test_monitors_own__is_no_issue_of_the_platform() -> None:
    """No plan and no number; told at the end, without the priorities of users."""
    text = issues_document(diagnosed.revoked_key())
    assert "What to do" not in text
    own = section(text, "The monitor itself")
    assert "### The platform refuses the monitor's key admin as revoked" in own
    assert cells(own, "Priority")[1:] == ["high"]


def test_unexplained__is_told_with_its_status_and_what_is_missing() -> None:
    """The team sees also what nobody can explain yet."""
    text = issues_document(diagnosed.partly_explained())
    assert cells(section(text, UNEXPLAINED), "GET https://auth.example/health")[2] == "502"
    assert "- logs:FilterLogEvents was denied" in section(text, "What could not be checked")


def test_long_lists_of_endpoints__are_cut_and_say_so() -> None:
    """One cause behind thirty endpoints does not bury its fix."""
    results = [
        samples.result(f"endpoint.e{number}", Status.FAIL, subject=f"GET https://registry.example/{number}")
        for number in range(30)
    ]
    text = issues_document(explained_by_database(results))
    assert "And at 22 more, in the test report of the same run." in text
    assert text.count("| GET https://registry.example/") == 8


def test_one_endpoint__is_told_once() -> None:
    """Four keys that failed at one URL are one endpoint, told by its URL where the subject is only a name."""
    evidence = {"url": "https://registry.example/api", "status": 503}
    results = [
        samples.result(
            f"key.{number}", Status.FAIL, subject="api at registry.example", evidence=evidence, service="api"
        )
        for number in range(4)
    ]
    text = issues_document(explained_by_database(results))
    assert text.count("| https://registry.example/api | 503 |") == 1


def explained_by_database(results: list[Result]) -> Run:
    """A run of these results, all explained by the stopped database."""
    explains = tuple(result.check_id for result in results)
    return diagnosed.diagnosed(
        samples.run_of(results), diagnosed.DATABASE_STOPPED.model_copy(update={"explains": explains})
    )


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (samples.result("a", evidence={"status": 502}), "502"),
        (samples.result("a", evidence={"error": "connect timeout"}), "no answer: connect timeout"),
        (samples.result("a", seen="answered 404 (written by MLflow): Not Found"), "404"),
        (samples.result("a", seen="has 0 of 503 targets"), "–"),
    ],
)
def test_http_status__from_the_evidence_or_the_words(result: Result, status: str) -> None:
    """A stage of a flow has no status in its evidence, but says what was answered; a fact of AWS has none."""
    assert http_status(result) == status
