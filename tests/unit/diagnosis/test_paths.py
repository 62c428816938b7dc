"""The ways of failing requests: what is broken on them is marked where a reader looks for it."""

from registry_monitor.diagnosis import diagnose
from registry_monitor.finding import Finding, Hop
from registry_monitor.inventory.facts import Inventory
from registry_monitor.model import Status
from tests.unit.diagnosis.platform import (
    ROLES,
    definition,
    failed,
    group_of,
    inventory,
    known,
    log,
    name_of,
    registered,
    result,
    run_of,
    service,
)

KEYS = "https://auth.hokus.ai/api/v1/keys"
LIVE = "https://registry.hokus.ai/api/models"


def auth_on_8080() -> Inventory:
    """Auth's newest revision listens on a port where nobody looks for it."""
    health = {group_of(role): known((registered(role),)) for role in ROLES}
    refused = registered("auth", "unhealthy", "Target.FailedHealthChecks", "Health checks failed")
    return inventory(
        target_health=health | {group_of("auth"): known((refused,))},
        task_definitions={
            "arn:task/auth:2": known(definition("auth", command=("serve", "--port", "8080"))),
            "arn:task/api:2": known(definition("api")),
        },
        previous_definitions={"arn:task/auth:2": known(definition("auth", 1, command=("serve", "--port", "8000")))},
        log_tails=log("auth", "Uvicorn running on http://0.0.0.0:8080"),
    )


def seen() -> tuple[Finding, dict[str, tuple[Hop, ...]]]:
    """The one finding, and hops by URL."""
    run = run_of(
        auth_on_8080(),
        result("infrastructure_health.redis.ping", Status.PASS, seen="answered"),
        failed("endpoint_availability.endpoint.auth-keys", "auth", KEYS, status=502, written_by="load balancer"),
        failed(
            "endpoint_availability.endpoint.api-models",
            "api",
            LIVE,
            status=503,
            written_by="application",
            body='{"detail":"Authentication service unavailable"}',
        ),
    )
    diagnosis = diagnose(run)
    (only,) = diagnosis.findings
    return only, {path.url: path.hops for path in diagnosis.paths}


def broken(hops: tuple[Hop, ...]) -> list[str]:
    return [hop.place for hop in hops if hop.state == "broken"]


def test_group_without_a_healthy_target__is_not_said_to_work() -> None:
    """The load balancer cannot forward there: the hop is broken by the container behind it."""
    _, hops = seen()
    assert broken(hops[KEYS]) == ["target group", "container"]


def test_group_of_a_service_without_tasks__is_not_said_to_work() -> None:
    """Nobody is registered, since nobody runs: the first hop that is broken is the group."""
    health = {group_of(role): known((registered(role),)) for role in ROLES} | {group_of("auth"): known(())}
    services = [service(role, desired=0, running=0) if role == "auth" else service(role) for role in ROLES]
    found = inventory(services=services, target_health=health)
    refused = failed("endpoint_availability.endpoint.auth-keys", "auth", KEYS, status=503, written_by="load balancer")
    [path] = diagnose(run_of(found, refused)).paths
    assert broken(path.hops)[:2] == ["target group", "service"]


def test_service_that_answers_for_another__shows_which_one_it_asks() -> None:
    """The API answered an error of auth: all of its own hops work, and the way ends where it asks auth."""
    _, hops = seen()
    assert broken(hops[LIVE]) == ["api asks auth"]
    assert [hop.state for hop in hops[LIVE]][-3:] == ["works", "broken", "not reached"]
    assert (
        next(hop for hop in hops[LIVE] if hop.place == "api asks auth").told == f"{name_of('auth')}: 1 of 1 tasks run"
    )


def test_finding__tells_what_was_deployed_last_and_what_it_is_not() -> None:
    """The change of the command stands beside the cause, and the network is ruled out by how connections fail."""
    finding, _ = seen()
    assert finding.kind == "container-port-mismatch"
    (changed,) = finding.changed
    revision, _, what = changed.partition(" UTC: ")
    assert revision == "Revision auth:2, deployed 2026-07-30 08:00:00"
    assert what == "its command was “serve --port 8000”, and is “serve --port 8080”"
    network, redis, *passed = finding.ruled_out
    assert network.startswith("A closed security group or network ACL: connections are refused, not dropped")
    assert redis == "infrastructure_health.redis.ping answered (infrastructure_health.redis.ping)"
    places = [each.partition(":")[0] for each in passed]
    assert places == ["The load balancer", "The listener", "The rule"], "its requests passed these"
