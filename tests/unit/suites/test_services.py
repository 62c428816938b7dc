"""What a service runs (tables of tasks), and who stands behind its public host (a small server)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registry_monitor.inventory.facts import Deployment, EcsServices, Task
from registry_monitor.model import Check, Outcome, Status
from registry_monitor.suites import services
from registry_monitor.suites.context import SuiteContext
from registry_monitor.suites.ecs_services import is_deploying
from registry_monitor.target import Call, DirectProbe, Expectation
from tests.unit.clients.conftest import Server, reply
from tests.unit.clients.probes.servers import closed_port
from tests.unit.suites.known_facts import (
    API,
    DEFINITION,
    KnownFacts,
    attempt,
    container,
    context_of,
    deployment,
    ecs_service,
    packaged,
    run_checks,
    services_found,
    task,
)

NOW = datetime(2026, 7, 30, tzinfo=UTC)
OLD, OTHER = "arn/api:6", {"api": "repository/api:0"}
UNDER_WAY = (deployment("IN_PROGRESS"), deployment("COMPLETED", status="ACTIVE"))
STEADY = (deployment("COMPLETED"),)
GUARD = {"api": "repository/api:1", "aws-guardduty-agent": "aws/agent:2"}


@pytest.mark.parametrize(
    ("tasks", "deployments", "status", "seen"),
    [
        ((task(),), STEADY, Status.PASS, "is api:7 (repository/api:1) in 1 tasks"),
        ((task(), task("10.0.1.13")), STEADY, Status.PASS, "is api:7 (repository/api:1) in 2 tasks"),
        ((), STEADY, Status.FAIL, "is nothing: no task runs"),
        ((task(last_status="PENDING"),), STEADY, Status.FAIL, "is nothing: no task runs"),
        ((task(task_definition=OLD),), STEADY, Status.FAIL, "is api:6, without a deployment"),
        ((task(), task(task_definition=OLD)), STEADY, Status.FAIL, "is api:6, api:7, without a deployment"),
        (
            (task(), task(task_definition=OLD, images=OTHER)),
            UNDER_WAY,
            Status.PASS,
            "is api:7 (repository/api:1) in 1 of 2 tasks, with a deployment under way",
        ),
        (
            (task(task_definition=OLD, images=OTHER),),
            UNDER_WAY,
            Status.PASS,
            "is api:7 (repository/api:1) in 0 of 1 tasks, with a deployment under way",
        ),
        ((task(images=OTHER),), STEADY, Status.FAIL, "is another image: repository/api:0"),
        ((task(images=OTHER), task(task_definition=OLD)), UNDER_WAY, Status.FAIL, "is another image: repository/api:0"),
        ((task(images=GUARD),), STEADY, Status.PASS, "is api:7 (repository/api:1) in 1 tasks"),
        ((task(images={}),), STEADY, Status.FAIL, "is another image: no container api"),
        ((task(), task("10.0.1.13", last_status="DEPROVISIONING", images=OTHER)), STEADY, Status.PASS, "is api:7"),
    ],
    ids=["right", "two right", "none", "starting", "old revision", "two revisions", "two revisions while deploying",
         "all old while deploying", "another image", "another image while deploying", "a container of AWS's own",
         "a container is missing", "one that ends"],
)  # fmt: skip
def test_deployed__is_the_services_revision_with_its_images(
    tasks: tuple[Task, ...], deployments: tuple[Deployment, ...], status: Status, seen: str
) -> None:
    """Two revisions belong to a deployment under way, and to nothing else; an image that was changed is never right."""
    is_under_way = is_deploying(ecs_service(deployments=deployments), NOW)
    outcome = services.judge_deployed(tasks, DEFINITION, is_deploying=is_under_way)
    assert (outcome.status, outcome.seen[: len(seen)]) == (status, seen)


def _check_of(context: SuiteContext, name: str) -> Check:
    return next(check for check in services.checks(context) if check.id == f"services.{name}")


def deployed(**facts: Any) -> tuple[Status, str]:
    context = context_of(packaged(services=(API,), calls=()), facts=KnownFacts(**facts))
    result = run_checks([_check_of(context, "api.deployed")])["services.api.deployed"]
    return result.status, result.seen


def test_deployed__of_a_service_that_does_not_exist_is_nothing_and_of_unread_facts_unknown() -> None:
    """Absence that ECS proves is a failure; a fact that could not be read is not."""
    absent = EcsServices(found=(), missing=(API.name,))
    assert deployed(ecs_services=absent) == (Status.FAIL, "runs nothing: the service does not exist")
    status, seen = deployed(ecs_services=services_found(ecs_service()))
    assert (status, seen) == (Status.UNKNOWN, "could not be asked: tasks could not be read")
    facts: dict[str, Any] = {"tasks": (task(),), "task_definition": DEFINITION}
    assert deployed(ecs_services=services_found(ecs_service()), **facts)[0] is Status.PASS
    facts["task_definition"] = DEFINITION.model_copy(update={"containers": (container("repository/api:2"),)})
    assert deployed(ecs_services=services_found(ecs_service()), **facts)[0] is Status.FAIL


ALB_PAGE = b"<html><body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>"
JSON_TYPE = {"Content_Type": "application/json", "Server": "uvicorn"}
PROBE = DirectProbe(path="/who", expect=Expectation.model_validate({"json": {"title": "API"}}))


def asked(server_url: str, name: str) -> Outcome:
    """One check of the suite, whose public host is led to the server."""
    host = server_url.removeprefix("http://")
    service = API.model_copy(update={"public_host": host, "probe": PROBE})
    context = context_of(packaged(services=(service,), calls=CALLS))
    check = _check_of(context, name)
    return check.run(attempt())


CALLS = (
    Call(id="to-auth", caller="api", callee="auth", url="http://localhost/x", bad_key=True,
         expect=Expectation.model_validate({"status": 401, "json": {"detail": "invalid"}})),
)  # fmt: skip


@pytest.fixture
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public hosts are asked with TLS; a small server here has none."""
    asks = services.Question

    def without_tls(url: str, *others: Any, **named: Any) -> Any:
        return asks(url.replace("https:", "http:"), *others, **named)

    monkeypatch.setattr(services, "Question", without_tls)


@pytest.mark.usefixtures("plain_http")
@pytest.mark.parametrize(
    ("status", "body", "headers", "reachable", "identity"),
    [
        (200, b'{"title": "API"}', JSON_TYPE, Status.PASS, Status.PASS),
        (200, b'{"title": "Auth"}', JSON_TYPE, Status.PASS, Status.FAIL),
        (404, b'{"detail": "Not Found"}', JSON_TYPE, Status.PASS, Status.FAIL),
        (401, b'{"detail": "API key required"}', JSON_TYPE, Status.PASS, Status.FAIL),
        (500, b'{"title": "API"}', JSON_TYPE, Status.FAIL, Status.FAIL),
        (503, ALB_PAGE, {"Server": "awselb/2.0", "Content_Type": "text/html"}, Status.FAIL, Status.FAIL),
        (404, b"Not Found", {"Server": "awselb/2.0", "Content_Type": "text/plain"}, Status.FAIL, Status.FAIL),
        (404, b"Not Found", {"Content_Type": "text/plain"}, Status.FAIL, Status.FAIL),
        (301, b"", {"Server": "awselb/2.0", "Location": "https://elsewhere.test/"}, Status.FAIL, Status.FAIL),
    ],
    ids=["itself", "another service", "a 404 of the application", "a 401", "a crash", "no target", "no rule",
         "no rule, and no header", "redirect"],
)  # fmt: skip
def test_public_host__must_be_answered_by_the_service_itself(
    server: Server, status: int, body: bytes, headers: dict[str, str], reachable: Status, identity: Status
) -> None:
    """Any application may be reached; only the right one is itself; the load balancer is nobody."""
    server.answer = lambda handler: reply(handler, status, body, **headers)
    assert asked(server.url, "api.reachable").status is reachable
    assert asked(server.url, "api.identity").status is identity


@pytest.mark.usefixtures("plain_http")
def test_public_host__that_refuses_is_not_reachable() -> None:
    """The stage at which it ended is told."""
    outcome = asked(f"http://127.0.0.1:{closed_port()}", "api.reachable")
    assert (outcome.status, outcome.seen) == (Status.FAIL, "refused the connection")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "is_open"),
    [
        (401, b'{"detail": "invalid"}', Status.PASS, False),
        (401, b'{"detail": "unavailable"}', Status.FAIL, False),
        (503, b'{"detail": "unavailable"}', Status.FAIL, False),
        (200, b'{"experiments": []}', Status.FAIL, True),
    ],
    ids=["refused", "an outage in a 401", "an outage", "let in"],
)
def test_bad_key__that_is_let_in_is_a_security_failure(
    server: Server, status: int, body: bytes, outcome: Status, is_open: bool
) -> None:
    """Anything but the callee's own refusal means that it was not asked; to be let in is worse, and final."""
    server.answer = lambda handler: reply(handler, status, body, **JSON_TYPE)
    calls = tuple(call.model_copy(update={"url": f"{server.url}/x"}) for call in CALLS)
    context = context_of(packaged(calls=calls))
    judged = _check_of(context, "call.to-auth").run(attempt())
    assert (judged.status, judged.is_security_failure, judged.is_final) == (outcome, is_open, is_open)
    (_, headers), *_ = server.requests
    assert headers["Authorization"].startswith("Bearer registry-monitor-bad-")


def test_bad_key__cannot_be_made_where_the_target_says_nothing_of_keys() -> None:
    """It is unknown, and nothing is sent."""
    context = context_of(packaged(calls=CALLS, authentication=None))
    result = run_checks([_check_of(context, "call.to-auth")])["services.call.to-auth"]
    assert result.status is Status.UNKNOWN
    assert "no section 'authentication'" in result.seen


@pytest.mark.parametrize(
    ("runs", "wanted", "is_same"),
    [
        ("r/api:v1", "r/api:v1", True),
        ("r/api:v1@sha256:c071", "r/api:v1", True),
        ("r/api:v2@sha256:c071", "r/api:v1", False),
        ("r/api:v1@sha256:c071", "r/api:v1@sha256:d182", False),
        ("r/api:v1", "r/api:v1@sha256:d182", False),
    ],
)
def test_image__may_carry_the_digest_to_which_its_tag_was_resolved(runs: str, wanted: str, is_same: bool) -> None:
    """ECS pins a tag to a digest when it deploys; the tag is then still the one that was wanted."""
    assert services.is_image(runs, wanted) is is_same
