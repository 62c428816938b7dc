"""Where a rule must choose one of several, AWS's order of them decides nothing: in any, the verdict is the same."""

from collections.abc import Callable

import pytest

from registry_monitor.diagnosis import diagnose
from registry_monitor.inventory.deep_facts import Network, Route, RouteTable, Subnet
from registry_monitor.inventory.facts import Action, Inventory
from registry_monitor.model import Result
from tests.diagnosis.permutation import difference
from tests.unit.diagnosis.platform import (
    BALANCERS,
    REGISTRY_RULES,
    ROLES,
    balancer,
    container,
    definition,
    failed,
    group_of,
    inventory,
    known,
    listener,
    registered,
    rule,
    run_of,
    security_group,
    service,
    stopped,
    variable,
)

EXPERIMENTS = "https://registry.hokus.ai/mlflow/ajax-api/2.0/mlflow/experiments/search"
DOWN = failed(
    "services.auth.reachable", "auth", "https://auth.hokus.ai/api/v1/keys", status=503, written_by="load balancer"
)


def became(facts: Inventory, *results: Result) -> str | None:
    """What of a world's diagnosis is another in another order."""
    run = run_of(facts, *results)
    diagnosed = run.diagnosed(diagnose(run))
    assert diagnosed.findings
    return difference(diagnosed)


def _two_groups_for_each_service() -> Inventory:
    services = [service(role, security_groups=("sg-tasks", "sg-more")) for role in ROLES]
    return inventory(
        services=services, security_groups=known(tuple(security_group(name) for name in ("alb", "tasks", "more")))
    )


def _two_tables_that_lead_nowhere() -> Inventory:
    local = Route(destination="10.0.0.0/16", target="local", state="active")
    tables = tuple(
        RouteTable(id=f"rtb-{each}", name=f"table-{each}", is_main=False, subnets=(f"subnet-{each}",), routes=(local,))
        for each in "ab"
    )
    network = Network(
        vpc="vpc-1",
        subnets=tuple(
            Subnet(id=f"subnet-{each}", zone="us-east-1a", block=f"10.0.{n}.0/24", free_addresses=9)
            for n, each in enumerate("ab")
        ),
        acls=(), route_tables=tables, endpoints=(), nat_gateways=(),
    )  # fmt: skip
    balancers = [balancer(name).model_copy(update={"subnets": ("subnet-a", "subnet-b")}) for name in BALANCERS.values()]
    return inventory(network=known(network), load_balancers=known(tuple(balancers)))


def _half_to_another_service() -> Inventory:
    both = Action(kind="forward", target_groups={group_of("mlflow"): 1, group_of("api"): 1})
    mixed = rule(50, "mlflow", "/mlflow/*").model_copy(update={"actions": (both,)})
    return inventory(
        services=[service("auth"), service("api", status="DRAINING"), service("mlflow")],
        listeners={BALANCERS["registry"]: known((listener(mixed, *REGISTRY_RULES[1:]),))},
    )


def _two_lists_of_hosts() -> Inventory:
    environment = {f"{each}_ALLOWED_HOSTS": variable("localhost") for each in ("MLFLOW_SERVER", "MLFLOW")}
    return inventory(task_definitions={"arn:task/mlflow:2": known(definition("mlflow", environment=environment))})


def _a_key_that_two_secrets_may_lack() -> Inventory:
    secrets = {
        f"{each}_TOKEN": f"arn:aws:secretsmanager:us-east-1:1:secret:{each}-a1B2c3:token::" for each in ("one", "two")
    }
    reason = "retrieved secret from Secrets Manager did not contain json key token"
    return inventory(
        services=[service("auth", running=0), service("api"), service("mlflow")],
        task_definitions={"arn:task/auth:2": known(definition("auth", secrets=secrets))},
        stopped_tasks=known((stopped("auth", reason),)),
    )


def _tasks_in_two_zones_that_are_not_enabled() -> Inventory:
    told = "Target is in an Availability Zone that is not enabled for the load balancer"
    targets = tuple(
        registered("auth", "unused", "Target.NotInUse", told).model_copy(update={"zone": f"us-east-1{zone}"})
        for zone in "cd"
    )
    return inventory(target_health={group_of("auth"): known(targets)})


def _two_containers_of_which_none_is_registered() -> Inventory:
    """Only one of them has the service's port."""
    beside = container("auth", name="beside", ports=(9901,), environment={"OTHER_URL": variable("http://api.local:2")})
    own = definition("auth", environment={"API_URL": variable("http://api.local:1")})
    return inventory(
        services=[service("auth", targets=()), service("api"), service("mlflow")],
        task_definitions={
            "arn:task/auth:2": known(own.model_copy(update={"containers": (*own.containers, beside)})),
        },
    )


@pytest.mark.parametrize(
    "world",
    [
        _two_groups_for_each_service,
        _two_tables_that_lead_nowhere,
        _half_to_another_service,
        _two_lists_of_hosts,
        _a_key_that_two_secrets_may_lack,
        _tasks_in_two_zones_that_are_not_enabled,
        _two_containers_of_which_none_is_registered,
    ],
)
def test_two_of_a_kind__in_either_order_give_one_verdict(world: Callable[[], Inventory]) -> None:
    """Each of these worlds has two of something, of which a rule names one, or both."""
    facts = world()
    empty = failed("mlflow_routing.direct.registry", "mlflow", EXPERIMENTS, status=503, written_by="load balancer")
    inside = failed("services_direct.api.by-host", "api", "http://api.local:8001/health", error="refused")
    refused = failed(
        "mlflow_routing.direct.tracking", "mlflow", EXPERIMENTS, status=403, written_by="application",
        body="Invalid Host header - possible DNS rebinding attack detected",
    )  # fmt: skip
    assert became(facts, DOWN, empty, inside, refused) is None


def test_two_services_changed_at_once__are_told_apart_by_no_name() -> None:
    """The target file's order decides which of them is suspected first."""
    changed = {f"arn:task/{role}:2": known(definition(role, environment={"X": variable("1")})) for role in ROLES}
    before = {f"arn:task/{role}:2": known(definition(role, revision=1)) for role in ROLES}
    facts = inventory(task_definitions=changed, previous_definitions=before)
    broken = failed("services.mlflow.reachable", "mlflow", EXPERIMENTS, status=500, written_by="application")
    assert [each.kind for each in diagnose(run_of(facts, broken)).findings] == ["container-variable-wrong"]
    assert became(facts, broken) is None
