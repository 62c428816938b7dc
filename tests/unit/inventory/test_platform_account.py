"""A platform in another account is read by the role that its target names, and by nothing else."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from registry_monitor.inventory import platform_account
from registry_monitor.inventory.aws import aws_client
from registry_monitor.inventory.aws_errors import RoleNotAssumedError
from registry_monitor.inventory.facts import Known, Unknown
from registry_monitor.inventory.platform_account import RENEWED_BEFORE_S, Role, RoleSession, clients_of, problem_of_role
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.inventory.secrets import read_keys
from registry_monitor.keyring import KeysError
from registry_monitor.target import Account as PlatformAccount
from registry_monitor.target import Target
from tests.unit.inventory.conftest import CLUSTER, REGION, Account, Answer, target_of, xml_error

ARN = "arn:aws:iam::222222222222:role/registry-monitor-reads"
EXTERNAL_ID = "fake-external-id"
TIME_S = 10.0


def elsewhere(arn: str = ARN) -> Target:
    """A target of another account."""
    account = PlatformAccount(role_arn=arn, external_id=EXTERNAL_ID)
    return target_of("auth", keys_in="keys-elsewhere").model_copy(update={"account": account})


@pytest.fixture
def function(account: Account, environment: pytest.MonkeyPatch) -> Account:
    """The account of the function, which knows its region."""
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    return account


@pytest.fixture
def assumed(function: Account) -> list[dict[str, Any]]:
    """What STS is asked for."""
    asked: list[dict[str, Any]] = []
    events = aws_client("sts", REGION).meta.events
    events.register("before-parameter-build.sts.AssumeRole", lambda params, **_: asked.append(dict(params)))
    return asked


def there(role_account: str, function: Account) -> Any:
    """A client maker of the tests' own in another account of moto's."""
    given = function.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{role_account}:role/tests", RoleSessionName="tests"
    )["Credentials"]
    names = {"AccessKeyId": "aws_access_key_id", "SecretAccessKey": "aws_secret_access_key"}
    secrets = {name: given[key] for key, name in names.items()} | {"aws_session_token": given["SessionToken"]}
    return lambda service: boto3.client(service, region_name=REGION, endpoint_url=function.url, **secrets)


def test_facts_and_keys__are_of_the_roles_account(function: Account, assumed: list[dict[str, Any]]) -> None:
    """The function's own account has a cluster and services of the same names; and one session serves all reads."""
    client = there("222222222222", function)
    client("ecs").create_cluster(clusterName=CLUSTER)
    client("secretsmanager").create_secret(Name="keys-elsewhere", SecretString='{"admin": "fake-key-elsewhere"}')
    reader = InventoryReader(elsewhere())
    services = reader.ecs_services(TIME_S)
    assert isinstance(services, Known) and services.value.missing == ("registry-auth",)
    balancers = reader.load_balancers(TIME_S)
    assert isinstance(balancers, Known) and balancers.value == ()
    assert read_keys(elsewhere()) == {"admin": "fake-key-elsewhere"}
    assert assumed == [
        {
            "RoleArn": ARN,
            "RoleSessionName": "registry-monitor-test",
            "ExternalId": EXTERNAL_ID,
            "DurationSeconds": 3600,
        }
    ]
    assert reader.calls[0].startswith("sts:AssumeRole × 0 or 1")


def test_target_of_the_own_account__assumes_nothing(function: Account, assumed: list[dict[str, Any]]) -> None:
    """As long as a target names none, there is no call more than before."""
    assert clients_of(target_of("auth")) is aws_client
    assert isinstance(InventoryReader(target_of("auth")).ecs_services(TIME_S), Known)
    assert not any(call.startswith("sts:") for call in InventoryReader(target_of("auth")).calls)
    assert assumed == []
    assert problem_of_role(target_of("auth")) is None


def test_session__is_asked_of_the_region_itself(environment: pytest.MonkeyPatch) -> None:
    """The global endpoint is another region's, and may be out of reach of a VPC endpoint."""
    assert aws_client("sts", REGION).meta.endpoint_url == f"https://sts.{REGION}.amazonaws.com"


def test_session__is_made_once_for_all_threads(function: Account, assumed: list[dict[str, Any]]) -> None:
    """All facts of a run begin at once; runs of a warm function share it, and clients of a service are one."""
    client_of = clients_of(elsewhere())
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: client_of("ecs", REGION), range(16)))
    assert len({id(client) for client in clients}) == 1
    assert clients_of(elsewhere())("ecs", REGION) is clients[0]
    assert clients[0] is not aws_client("ecs", REGION)
    assert len(assumed) == 1


@pytest.mark.parametrize(("left_s", "times"), [(RENEWED_BEFORE_S + 60, 1), (RENEWED_BEFORE_S - 60, 2)])
def test_session__is_renewed_before_it_ends(
    function: Account, assumed: list[dict[str, Any]], left_s: float, times: int
) -> None:
    """A run that begins now never meets the end; its clients have the new credentials then."""
    session = RoleSession(Role(ARN, EXTERNAL_ID, "tests"))
    first = session.credentials()
    session._ends_at = datetime.now(UTC).timestamp() + left_s
    assert (session.credentials() == first, len(assumed)) == (times == 1, times)


def test_session_that_cannot_be_renewed__is_used_until_it_ends(function: Account, answer_instead: Answer) -> None:
    """STS may be away for a while; then nothing is asked with what has ended."""
    session = RoleSession(Role(ARN, EXTERNAL_ID, "tests"))
    first = session.credentials()
    answer_instead("sts", "AssumeRole", 503, xml_error("ServiceUnavailable"))
    soon = datetime.now(UTC) + timedelta(minutes=5)
    session._ends_at = soon.timestamp()
    assert session.credentials() == first
    session._ends_at = datetime.now(UTC).timestamp()
    with pytest.raises(RoleNotAssumedError, match=f"the platform's role {ARN} could not be assumed: sts:AssumeRole"):
        session.credentials()


def test_role_that_is_denied__makes_every_fact_unknown_with_what_is_missing(
    function: Account, answer_instead: Answer
) -> None:
    """It names the role, the external id and the trust policy; STS is asked once, and nothing by the own role."""
    asked = answer_instead("sts", "AssumeRole", 403, xml_error("AccessDenied", "is not authorized to perform"))
    made: Counter[str] = Counter()
    aws_client("ecs", REGION).meta.events.register("before-call", lambda model, **_: made.update([model.name]))
    reader = InventoryReader(elsewhere())
    reader.start()
    reader.begin_depth()
    reader.depth(TIME_S)
    facts = [reader.ecs_services(TIME_S), reader.target_groups(TIME_S), reader.load_balancers(TIME_S)]
    for fact in facts:
        assert isinstance(fact, Unknown)
        assert (
            f"was not made: the platform's role {ARN} could not be assumed (sts:AssumeRole: AccessDenied): its trust "
            f"policy must name the monitor's role and the external id '{EXTERNAL_ID}' of the target file" in fact.reason
        )
    with pytest.raises(KeysError, match=f"secret 'keys-elsewhere': secretsmanager:GetSecretValue .* role {ARN} could"):
        read_keys(elsewhere())
    assert problem_of_role(elsewhere()) is not None
    assert (len(asked), made) == (1, {})


def test_role_that_was_denied__is_tried_again_in_the_next_run(
    function: Account, answer_instead: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who mends the trust policy needs to do nothing else."""
    asked = answer_instead("sts", "AssumeRole", 403, xml_error("AccessDenied"))
    for _ in range(2):
        assert problem_of_role(elsewhere()) is not None
    monkeypatch.setattr(platform_account, "_FAILED_FOR_S", 0.0)
    assert problem_of_role(elsewhere()) is not None
    assert len(asked) == 2


def test_sts_out_of_reach__is_told_as_any_api_is(closed_endpoint: str) -> None:
    """The way to it is missing, not the trust."""
    problem = problem_of_role(elsewhere())
    assert problem is not None and "sts:AssumeRole could not be reached at http" in problem
    assert "trust policy" not in problem


def test_credentials__are_in_no_text(function: Account) -> None:
    """Of a session only the id may stand in an error or a log."""
    given = RoleSession(Role(ARN, EXTERNAL_ID, "tests")).credentials()
    assert given.secret_access_key not in repr(given) and given.session_token not in repr(given)


def test_two_targets__have_sessions_of_their_own_names(function: Account, assumed: list[dict[str, Any]]) -> None:
    """The role's trust policy asks for it, and CloudTrail of their account tells for which target it was read."""
    long = elsewhere().model_copy(update={"name": "a" * 47})
    for target in (elsewhere(), long, elsewhere()):
        clients_of(target)("ecs", REGION)
    assert [each["RoleSessionName"] for each in assumed] == ["registry-monitor-test", f"registry-monitor-{'a' * 47}"]
