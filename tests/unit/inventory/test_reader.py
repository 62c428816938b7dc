"""The inventory is read side by side, in few calls; absence is proved, and everything else is Unknown with a reason."""

import re
import time
from collections import Counter
from functools import partial

import pytest

from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.facts import Inventory, Known, Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.target import Target
from tests.unit.inventory.conftest import ROLES, Account, Answer, json_error, target_of, xml_error

TIME_S = 10.0  # far more than moto needs


def started(target: Target) -> InventoryReader:
    reader = InventoryReader(target)
    reader.start()
    return reader


def finished(target: Target) -> Inventory:
    """The snapshot of a run that waited for every fact."""
    reader = started(target)
    services = reader.ecs_services(TIME_S)
    reader.target_groups(TIME_S)
    reader.load_balancers(TIME_S)
    if isinstance(services, Known):
        for service in services.value.found:
            for each in service.targets:
                reader.target_health(each.target_group_arn, TIME_S)
    return reader.snapshot()


def test_ecs_services__of_the_target(account: Account) -> None:
    """Each service is told as ECS has it."""
    services = known(started(target_of(*ROLES)).ecs_services(TIME_S))
    assert [service.name for service in services.found] == [f"registry-{role}" for role in ROLES]
    assert services.missing == ()
    auth = services.found[0]
    assert (auth.status, auth.desired, auth.targets[0].target_group_arn) == ("ACTIVE", 2, account.groups["auth"])
    assert auth.deployments[0].status == "PRIMARY"


def test_ecs_services__some_missing(account: Account) -> None:
    """A service that ECS reports as MISSING is proved absent, beside those found."""
    services = known(started(target_of("auth", "gone")).ecs_services(TIME_S))
    assert [service.name for service in services.found] == ["registry-auth"]
    assert (services.missing, services.cluster_exists) == (("registry-gone",), True)


def test_ecs_services__no_such_cluster(account: Account) -> None:
    """A cluster that does not exist is a fact: all its services are missing, and only balancers' groups are known."""
    inventory = finished(target_of(*ROLES, cluster="nowhere"))
    services = known(inventory.ecs_services)
    assert (services.found, services.cluster_exists) == ((), False)
    assert services.missing == tuple(f"registry-{role}" for role in ROLES)
    assert inventory.target_health == {}
    assert all(group.load_balancer_arns for group in known(inventory.target_groups))


def test_ecs_services__more_than_one_batch(account: Account, calls_made: Counter[str]) -> None:
    """Eleven services take two calls, since ECS takes ten names in one; and two more, since some are missing."""
    roles = ("auth", *(f"gone-{number}" for number in range(10)))
    services = known(started(target_of(*roles)).ecs_services(TIME_S))
    assert (len(services.found), len(services.missing)) == (1, 10)
    assert calls_made["ecs:DescribeServices"] == 2 * 2


def test_target_groups__of_the_services(account: Account) -> None:
    """The groups are found through the services, with their health checks."""
    groups = known(started(target_of(*ROLES)).target_groups(TIME_S))
    assert {group.arn for group in groups} == set(account.groups.values())
    assert {(group.port, group.health_check_path, group.matcher) for group in groups} == {(8000, "/health", "200")}


def test_target_groups__one_deleted(account: Account) -> None:
    """A deleted group fails the call of its whole batch: the others are still found, asked one by one."""
    doomed = account.add_service("orphan")
    account.client("elbv2").delete_target_group(TargetGroupArn=doomed)
    inventory = finished(target_of("auth", "orphan"))
    assert [group.arn for group in known(inventory.target_groups)] == [account.groups["auth"]]
    assert known(inventory.target_health[doomed]) == ()
    assert len(known(inventory.target_health[account.groups["auth"]])) == 1


def test_target_health__of_a_group(account: Account) -> None:
    """Targets are told with the health that ELB gives them."""
    arn = account.groups["api"]
    (target,) = known(started(target_of("api")).target_health(arn, TIME_S))
    (raw,) = account.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert (target.id, target.port, target.state) == ("10.1.0.7", 8000, raw["TargetHealth"]["State"])


def test_target_health__of_a_group_that_no_service_names(account: Account) -> None:
    """Asking for a foreign group is Unknown at once, and leaves no trace in the snapshot."""
    reader = started(target_of("api"))
    fact = reader.target_health(account.groups["auth"], TIME_S)
    assert isinstance(fact, Unknown) and "is no target group of the target's services" in fact.reason
    assert set(reader.snapshot().target_health) == {account.groups["api"]}


def test_load_balancers__one_absent(account: Account) -> None:
    """Those that the account has are told, and those that it has not are left out: the listing proves it."""
    target = target_of("auth", load_balancers=("registry-alb", "gone-alb"))
    (balancer,) = known(started(target).load_balancers(TIME_S))
    assert (balancer.name, balancer.scheme) == ("registry-alb", "internal")
    assert balancer.dns_name.startswith("registry-alb")


def test_calls__made_are_those_planned(account: Account, calls_made: Counter[str]) -> None:
    """A run makes the calls that `plan` prints, where each service has one target group."""
    target = target_of(*ROLES)
    of_any_run = [call for call in calls_of(target) if " × 0 or more" not in call]
    planned = {name: int(count) for name, count in (call.split(" or ")[0].split(" × ") for call in of_any_run)}
    finished(target)
    assert calls_made == planned


def calls_of(target: Target) -> tuple[str, ...]:
    calls = InventoryReader(target).calls
    assert all(re.fullmatch(r"[a-z0-9]+:\w+ × \d+( or more \(.+\))?", call) for call in calls)
    return calls


def test_calls__without_load_balancers(account: Account, calls_made: Counter[str]) -> None:
    """A target that names no load balancers has them neither planned nor listed."""
    target = target_of("auth", load_balancers=())
    assert known(finished(target).load_balancers) == ()
    assert not any("LoadBalancers" in call for call in [*calls_of(target), *calls_made])


def test_start__is_what_asks(account: Account, calls_made: Counter[str]) -> None:
    """A reader that was not started, as in `plan`, asks nothing and knows nothing."""
    snapshot = InventoryReader(target_of("auth")).snapshot()
    assert isinstance(snapshot.ecs_services, Unknown)
    assert not calls_made


def test_ecs_services__denied(account: Account, answer_instead: Answer) -> None:
    """A denial is Unknown with the permission to add, also for what depends on it; the rest is still read."""
    answer_instead("ecs", "DescribeServices", 400, json_error("AccessDeniedException"))
    inventory = finished(target_of(*ROLES))
    reason = "ecs:DescribeServices was denied to the monitor's role (AccessDeniedException): add ecs:DescribeServices"
    for fact in (inventory.ecs_services, inventory.target_groups):
        assert isinstance(fact, Unknown) and fact.reason.startswith(reason)
    assert inventory.target_health == {}
    assert len(known(inventory.load_balancers)) == 1


def test_target_health__denied(account: Account, answer_instead: Answer) -> None:
    """Only the denied facts are Unknown."""
    answer_instead("elbv2", "DescribeTargetHealth", 403, xml_error("AccessDenied"))
    inventory = finished(target_of("auth"))
    fact = inventory.target_health[account.groups["auth"]]
    assert isinstance(fact, Unknown) and "elasticloadbalancing:DescribeTargetHealth was denied" in fact.reason
    assert len(known(inventory.target_groups)) == 1


def test_target_health__where_the_services_are_denied(account: Account, answer_instead: Answer) -> None:
    """What cannot be asked without the services is Unknown for the same reason."""
    answer_instead("ecs", "DescribeServices", 400, json_error("AccessDeniedException"))
    fact = started(target_of("auth")).target_health(account.groups["auth"], TIME_S)
    assert isinstance(fact, Unknown) and fact.reason.startswith("ecs:DescribeServices was denied")


def test_load_balancers__throttled(account: Account, answer_instead: Answer) -> None:
    """A throttle is asked once more, and no longer."""
    asked = answer_instead("elbv2", "DescribeLoadBalancers", 400, xml_error("Throttling", "Rate exceeded"))
    fact = started(target_of("auth")).load_balancers(TIME_S)
    assert isinstance(fact, Unknown) and "was throttled by AWS (Throttling)" in fact.reason
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{}", "could not be read (KeyError: 'services')"),
        ("<html>Bad gateway</html>", "could not be read"),
        ('{"services": 3}', "could not be read"),
        ('{"services": [{"serviceName": "registry-auth"}]}', "could not be read (KeyError: 'serviceArn')"),
        ('{"services": [], "failures": [{"arn": "a/b", "reason": "BUSY"}]}', "failure of a/b: BUSY"),
    ],
    ids=["empty", "not JSON", "not a list", "a field is missing", "a failure other than MISSING"],
)
def test_ecs_services__strange_answer(account: Account, answer_instead: Answer, body: str, reason: str) -> None:
    """An answer that does not say what it should is Unknown, never absence."""
    answer_instead("ecs", "DescribeServices", 200, body)
    fact = started(target_of("auth")).ecs_services(TIME_S)
    assert isinstance(fact, Unknown) and reason in fact.reason


def test_target_groups__strange_answer(account: Account, answer_instead: Answer) -> None:
    """XML that is cut off is Unknown."""
    answer_instead("elbv2", "DescribeTargetGroups", 200, "<DescribeTargetGroupsResponse><Descr")
    fact = started(target_of("auth")).target_groups(TIME_S)
    assert isinstance(fact, Unknown) and "ResponseParserError" in fact.reason


@pytest.mark.usefixtures("silent_endpoint")
def test_reading__not_in_time_for_its_check() -> None:
    """A check that cannot wait longer gets Unknown in time, and so does the snapshot."""
    reader = started(target_of("auth"))
    began = time.monotonic()
    fact = reader.ecs_services(0.05)
    assert isinstance(fact, Unknown) and fact.reason == "ecs:DescribeServices was not read within 0.1 s"
    balancers = reader.snapshot().load_balancers
    assert isinstance(balancers, Unknown)
    assert balancers.reason == "elasticloadbalancing:DescribeLoadBalancers was not read before its time was over"
    assert time.monotonic() - began < 1


def test_reading__endpoint_never_answers(silent_endpoint: str) -> None:
    """A silent endpoint is Unknown when the client's own time-outs are over, twice."""
    reader = InventoryReader(target_of("auth"), partial(aws_client, read_timeout_s=0.05))
    reader.start()
    fact = reader.target_groups(TIME_S)
    assert isinstance(fact, Unknown)
    assert f"ecs:DescribeServices was not answered in time by {silent_endpoint}" in fact.reason


def test_reading__endpoint_refuses(closed_endpoint: str) -> None:
    """An endpoint without a route to it is named, with the network as the thing to mend."""
    fact = started(target_of("auth")).load_balancers(TIME_S)
    assert isinstance(fact, Unknown)
    assert f"could not be reached at {closed_endpoint}" in fact.reason
    assert "no route or VPC endpoint" in fact.reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("AWS_ENDPOINT_URL", "nowhere", "Invalid endpoint: nowhere; correct AWS_ENDPOINT_URL"),
        ("AWS_PROFILE", "nobody", "for want of AWS credentials (The config profile (nobody) could not be found)"),
    ],
)
def test_reading__wrong_settings(environment: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    """Settings with which no client can be made give Unknown facts that name the setting."""
    environment.setenv(name, value)
    fact = started(target_of("auth")).ecs_services(TIME_S)
    assert isinstance(fact, Unknown) and reason in fact.reason


def test_reading__without_credentials(account: Account, environment: pytest.MonkeyPatch) -> None:
    """Without credentials nothing is sent, and the reason says how to give them."""
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    fact = started(target_of("auth")).ecs_services(TIME_S)
    assert isinstance(fact, Unknown)
    assert fact.reason.startswith("ecs:DescribeServices was not made, for want of AWS credentials (Unable to locate")


def test_snapshot__survives_being_stored(account: Account, answer_instead: Answer) -> None:
    """Known and Unknown facts of a stored inventory are read back as they were."""
    answer_instead("elbv2", "DescribeLoadBalancers", 403, xml_error("AccessDenied"))
    inventory = finished(target_of(*ROLES))
    assert isinstance(inventory.load_balancers, Unknown) and isinstance(inventory.ecs_services, Known)
    assert Inventory.model_validate_json(inventory.model_dump_json()) == inventory
