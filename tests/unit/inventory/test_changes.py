"""What differs between two inventories, told object by object; what could not be read, or moves by itself, does not."""

from typing import Any

import pytest

from registry_monitor.inventory.changes import changes
from registry_monitor.inventory.facts import EcsServices, Inventory, Unknown
from tests.unit.diagnosis.platform import (
    AUTH_RULES,
    BALANCERS,
    REGISTRY_RULES,
    ROLES,
    SECURITY_GROUPS,
    definition,
    deployment,
    event,
    group,
    group_of,
    inventory,
    known,
    listener,
    name_of,
    opening,
    registered,
    rule,
    security_group,
    service,
    variable,
)

PLACE = f"{BALANCERS['registry']}:443"


def told(**now: Any) -> list[str]:
    return [each.sentence for each in changes(inventory(), inventory(**now))]


def rules(*kept: Any) -> dict[str, Any]:
    return {"listeners": {BALANCERS["auth"]: known((listener(*AUTH_RULES),)),
                          BALANCERS["registry"]: known((listener(*kept),))}}  # fmt: skip


def test_same_configuration__has_no_changes() -> None:
    """What moves by itself is none: counts, deployments, events and the health of targets."""
    moved = service("api", running=0, pending=1, deployments=(deployment("api", running=0),), events=(event("x"),))
    health = {group_of("api"): known((registered("api", "unhealthy", "Target.Timeout"),))}
    assert told(services=(service("auth"), moved, service("mlflow")), target_health=health) == []


def test_rule__that_is_gone_is_new_or_leads_elsewhere() -> None:
    """A rule is known by its listener and priority."""
    gone = tuple(each for each in REGISTRY_RULES if each.priority != 105)
    assert told(**rules(*gone)) == [f"rule 105 of {PLACE}: is gone"]
    assert told(**rules(rule(40, "mlflow", "/x"), *REGISTRY_RULES)) == [f"rule 40 of {PLACE}: is new"]
    other = tuple(rule(105, "mlflow", "/api/mlflow/*") if each.priority == 105 else each for each in REGISTRY_RULES)
    (change,) = told(**rules(*other))
    assert change == f"rule 105 of {PLACE}: action: was forward to api (weight 1), is forward to mlflow (weight 1)"


def test_security_group__tells_what_it_lost_and_gained_by_name() -> None:
    """Other groups are told by name, though only their ids are compared."""
    groups = (SECURITY_GROUPS[0], security_group("tasks", opening(8000, "sg-alb"), opening(22, "sg-alb")))
    (change,) = told(security_groups=known(groups))
    assert change == (
        "security group tasks: lets in: no more tcp/5000-5000 from alb, tasks; tcp/8000-8000 from alb, tasks; "
        "tcp/8001-8001 from alb, tasks, now tcp/22-22 from alb; tcp/8000-8000 from alb"
    )


def test_definition__tells_each_variable_and_never_a_value_that_may_be_secret() -> None:
    """A new revision is compared with the one that ran then."""
    newest = definition("api", 3, environment={"REDIS_PORT": variable("6380"), "TOKEN": variable(None)}, image="api:8")
    now = inventory(
        services=(service("auth"), service("api", task_definition=newest.arn), service("mlflow")),
        task_definitions={**inventory().task_definitions, newest.arn: known(newest)},
    )
    found = [each.sentence for each in changes(inventory(), now)]
    of_api = f"task definition of {name_of('api')}"
    assert found == [
        f"{of_api}: image of container api: was 1.dkr.ecr.us-east-1.amazonaws.com/registry/api:7, is api:8",
        f"{of_api}: variable REDIS_PORT of container api: was absent, is 6380",
        f"{of_api}: variable TOKEN of container api: was absent, is a value with fingerprint None",
    ]


def test_service__that_is_gone() -> None:
    """ECS lists the others, so that it is proved to be gone."""
    left = EcsServices(found=(service("auth"), service("mlflow")), missing=(name_of("api"),))
    assert told(ecs_services=known(left)) == [f"service {name_of('api')}: is gone"]


def test_target_group__tells_its_health_check() -> None:
    """The check's parts are one text: they belong together."""
    groups = known(tuple(group(role, **({"health_check_path": "/up"} if role == "api" else {})) for role in ROLES))
    (change,) = told(target_groups=groups)
    assert change == (
        "target group api-group: health check: was /health on port traffic-port answers 200 within None s, "
        "is /up on port traffic-port answers 200 within None s"
    )


@pytest.mark.parametrize("unread", ["ecs_services", "load_balancers", "security_groups", "target_groups"])
def test_what_could_not_be_read__is_not_taken_for_gone(unread: str) -> None:
    """Neither now nor then."""
    denied: Inventory = inventory(**{unread: Unknown(reason="denied", source="test")})
    assert changes(inventory(), denied) == () == changes(denied, inventory())
