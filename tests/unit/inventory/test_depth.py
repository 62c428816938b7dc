"""What only the diagnosis needs, read from moto's account: begun at once, side by side, each fact on its own."""

import time
from collections import Counter

import pytest

from registry_monitor.inventory.deep_facts import Statement, Variable
from registry_monitor.inventory.facts import Inventory, Known, Unknown, known
from registry_monitor.inventory.reader import InventoryReader
from registry_monitor.target import LoadBalancer, Target
from tests.unit.inventory.conftest import Account, Answer, json_error, target_of, xml_error
from tests.unit.inventory.deep_account import (
    EXECUTION_ROLE,
    HOSTS,
    IMAGES,
    ROLE_GONE,
    SECRET_GONE,
    TASK_ROLE,
    DeepAccount,
)
from tests.unit.inventory.in_depth import ROUNDS, InDepth

TIME_S = 20.0  # far more than moto needs


@pytest.fixture(scope="session")
def built_deep_account(built_account: Account) -> DeepAccount:
    deep = DeepAccount(built_account)
    deep.build()
    return deep


@pytest.fixture
def deep(account: Account, built_deep_account: DeepAccount) -> DeepAccount:
    """The account with everything that is read in depth; the monitor's clients are led to it."""
    return built_deep_account


def read(target: Target, *failing: str) -> Inventory:
    """The snapshot of a run that waited for everything in depth."""
    reader = InventoryReader(target)
    reader.start()
    reader.begin_depth(failing)
    reader.depth(TIME_S)
    return reader.snapshot()


def test_depth__survives_being_stored(deep: DeepAccount) -> None:
    """Everything is read, and read back from its document as it was."""
    inventory = read(deep.target, "auth")
    facts = [call.fact(inventory) for calls in ROUNDS for call in calls]
    assert [fact for fact in facts if not isinstance(fact, Known)] == []
    assert Inventory.model_validate_json(inventory.model_dump_json()) == inventory


@pytest.mark.parametrize("calls", ROUNDS, ids=len)
def test_facts__denied(deep: DeepAccount, answer_instead: Answer, calls: tuple[InDepth, ...]) -> None:
    """The call that was denied is named, with the permission to add, also where the fact takes several."""
    for call in calls:
        answer_instead(call.service, call.operation, 403, call.error("AccessDenied"))
    inventory = read(deep.target, "auth")
    for call in calls:
        told = call.fact(inventory)
        assert isinstance(told, Unknown)
        denied = f"{call} was denied to the monitor's role (AccessDenied): add {call} to its policy"
        assert told.reason == denied


@pytest.mark.parametrize("calls", ROUNDS, ids=len)
def test_facts__strange_answers(deep: DeepAccount, answer_instead: Answer, calls: tuple[InDepth, ...]) -> None:
    """An answer that does not say what it should is Unknown, never absence."""
    for call in calls:
        answer_instead(call.service, call.operation, 200, call.nothing)
    inventory = read(deep.target, "auth")
    for call in calls:
        told = call.fact(inventory)
        assert isinstance(told, Unknown)
        assert told.reason.startswith(f"{call} gave an answer that could not be read")


def test_calls__are_few(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """Begun twice, everything is asked once; what services share is asked once for all of them."""
    reader = InventoryReader(deep.target)
    reader.begin_depth()
    reader.begin_depth()
    reader.depth(TIME_S)
    once = {"ec2:DescribeSubnets", "ecs:ListTasks", "acm:DescribeCertificate", "iam:GetRolePolicy"}
    assert {call: calls_made[call] for call in once} == dict.fromkeys(once, 1)
    assert calls_made["ec2:DescribeSecurityGroups"] == 2  # the second: what the rules of the first name
    assert calls_made["secretsmanager:DescribeSecret"] == 3
    assert calls_made["logs:FilterLogEvents"] == 0
    assert sum(calls_made.values()) <= 50


def test_calls__names_those_in_depth() -> None:
    """`plan` names each call that reading in depth may add to those of a full run."""
    planned = InventoryReader(target_of("auth")).calls
    in_depth = {call.split(" × ")[0] for call in planned if call.endswith("(read in depth)")}
    assert in_depth == {call.call for calls in ROUNDS for call in calls if call.service != "ecs"}


def test_depth__not_begun(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """What was never begun is absent, and nothing is asked or waited for."""
    reader = InventoryReader(deep.target)
    reader.depth(TIME_S)
    snapshot = reader.snapshot()
    assert (snapshot.stopped_tasks, snapshot.security_groups, snapshot.network) == (None, None, None)
    assert (snapshot.roles, snapshot.secrets, snapshot.log_tails) == ({}, {}, {})
    assert not calls_made


@pytest.mark.usefixtures("silent_endpoint")
def test_depth__not_in_time() -> None:
    """The wait ends in time, and what is not there is Unknown with the reason."""
    reader = InventoryReader(target_of("auth"))
    reader.begin_depth(["auth"])
    began = time.monotonic()
    reader.depth(0.1)
    assert time.monotonic() - began < 1
    snapshot = reader.snapshot()
    assert isinstance(snapshot.network, Unknown)
    assert snapshot.network.reason == "ec2:DescribeSubnets was not read before its time was over"
    assert isinstance(snapshot.log_tails["registry-auth"], Unknown)


def test_depth__where_the_services_are_denied(deep: DeepAccount, answer_instead: Answer) -> None:
    """What hangs on the services is absent or Unknown for their reason; the rest is read."""
    answer_instead("ecs", "DescribeServices", 400, json_error("AccessDeniedException"))
    inventory = read(deep.target, "auth")
    assert (inventory.previous_definitions, inventory.images, inventory.roles) == ({}, {}, {})
    tail = inventory.log_tails["deep-auth"]
    assert isinstance(tail, Unknown) and tail.reason.startswith("ecs:DescribeServices was denied")
    assert {group.name for group in known(inventory.security_groups or tail)} >= {"deep-alb", "deep-stores"}
    assert isinstance(inventory.network, Known)


def test_definitions__the_previous_ones(deep: DeepAccount) -> None:
    """Of each service the revision before, by the one that followed it; what it held is told by its fingerprint."""
    inventory = read(deep.target)
    assert set(inventory.previous_definitions) == set(deep.definitions.values())
    newest = known(inventory.task_definitions[deep.definitions["auth"]])
    previous = known(inventory.previous_definitions[deep.definitions["auth"]])
    assert (newest.revision, previous.revision) == (2, 1)
    tags: list[Variable] = [each.containers[0].environment["TAG"] for each in (newest, previous)]
    assert [tag.value for tag in tags] == ["2", "1"]
    assert tags[0].fingerprint != tags[1].fingerprint


def test_definitions__the_first_revision(account: Account) -> None:
    """Before the first revision there was none: nothing is asked, and nothing told."""
    assert read(target_of("auth")).previous_definitions == {}


def test_stopped_tasks__of_the_services(deep: DeepAccount) -> None:
    """A task that has ended is told with its service and the reason."""
    inventory = read(deep.target)
    assert inventory.stopped_tasks is not None
    [task] = known(inventory.stopped_tasks)
    assert (task.service, task.reason) == ("deep-auth", "Task failed container health checks")
    assert task.task_definition == deep.definitions["auth"]
    assert [container.name for container in task.containers] == ["auth"]


def test_security_groups__and_those_that_they_let_in(deep: DeepAccount) -> None:
    """Those of tasks, load balancers and stores, and the group that only a rule names."""
    inventory = read(deep.target)
    assert inventory.security_groups is not None
    groups = {group.name: group for group in known(inventory.security_groups)}
    assert set(groups) == {"deep-alb", "deep-tasks", "deep-stores", "deep-office"}
    [rule] = groups["deep-tasks"].ingress
    assert (rule.protocol, rule.from_port, rule.to_port) == ("tcp", 8000, 8000)
    assert (rule.groups, rule.blocks) == ((deep.groups["alb"],), ())
    assert groups["deep-tasks"].egress[0].blocks == ("0.0.0.0/0",)


def test_network__of_the_load_balancers(deep: DeepAccount) -> None:
    """The VPC is told with its subnets, ACLs and routes."""
    inventory = read(deep.target)
    assert inventory.network is not None
    network = known(inventory.network)
    assert network.vpc == deep.account.vpc
    assert {subnet.id for subnet in network.subnets} == set(deep.account.subnets)
    [acl] = network.acls
    assert [(entry.number, entry.is_egress, entry.allows) for entry in acl.entries] == [
        (100, False, True),
        (32767, False, False),
        (100, True, True),
        (32767, True, False),
    ]
    [table] = network.route_tables
    assert (table.is_main, table.routes[0].target) == (True, "local")


def test_depth__without_load_balancers(deep: DeepAccount) -> None:
    """Where AWS does not have the load balancer, the tasks' subnets tell the VPC, and there is no web ACL."""
    gone = LoadBalancer(name="gone", hosts=(HOSTS[0],))
    inventory = read(deep.target.model_copy(update={"load_balancers": (gone,)}))
    assert inventory.network is not None
    assert known(inventory.network).vpc == deep.account.vpc
    assert known(inventory.firewalls["gone"]) is None


def test_host_records__of_each_host(deep: DeepAccount) -> None:
    """The alias of the host and the wildcard above it are told, with their targets as plain names."""
    inventory = read(deep.target)
    assert set(inventory.host_records) == set(HOSTS)
    told = known(inventory.host_records[HOSTS[0]])
    assert (told.zones, told.private_zones) == (("deep.test",), ())
    records = {record.name: record for record in told.records}
    assert set(records) == {HOSTS[0], "*.deep.test"}
    [balancer] = [each for each in known(inventory.load_balancers) if each.name == "deep-0"]
    assert records[HOSTS[0]].values == (balancer.dns_name.lower(),)
    assert (records["*.deep.test"].kind, records["*.deep.test"].values) == ("CNAME", ("parked.test",))


def test_certificates__of_the_listeners(deep: DeepAccount) -> None:
    """A listener's certificate is told with its names."""
    certificate = known(read(deep.target).certificates[deep.certificate])
    assert certificate is not None
    assert certificate.names == ("*.deep.test", "deep.test")
    assert certificate.status in ("PENDING_VALIDATION", "ISSUED")


def test_images__some_missing(deep: DeepAccount) -> None:
    """A tag or a repository that does not exist is absent; where ECR has the image, it says so."""
    images = read(deep.target).images
    assert {image.removeprefix(IMAGES): known(fact) for image, fact in images.items()} == {
        "/deep-auth:2": True,
        "/deep-api:2": False,
        "/deep-mlflow:2": False,
    }


def test_secrets__by_the_names_that_definitions_give(deep: DeepAccount) -> None:
    """By ARN, without the JSON key; one to be deleted says when that was asked for, and a parameter is not asked."""
    secrets = read(deep.target).secrets
    assert set(secrets) == {deep.secret, SECRET_GONE, "deep-keys"}
    stores, keys = known(secrets[deep.secret]), known(secrets["deep-keys"])
    assert stores is not None and keys is not None
    assert (stores.name, stores.deleted_at) == ("deep-stores", None)
    assert keys.deleted_at is not None
    assert known(secrets[SECRET_GONE]) is None


def test_roles__with_their_statements(deep: DeepAccount) -> None:
    """Inline and attached policies are told; what an exception or a condition says is marked."""
    roles = read(deep.target).roles
    task, execution = known(roles[TASK_ROLE]), known(roles[EXECUTION_ROLE])
    assert task is not None and execution is not None
    writes = Statement(effect="Allow", actions=("s3:PutObject",), resources=("arn:aws:s3:::deep-artifacts/*",))
    assert (task.managed, task.statements) == ((), (writes,))
    reads = Statement(effect="Allow", actions=("!iam:*",), resources=("*",), is_conditional=True)
    assert (execution.name, execution.managed, execution.statements) == ("deep-execution", ("deep-reading",), (reads,))
    assert known(roles[ROLE_GONE]) is None


def test_roles__with_a_policy_of_aws(deep: DeepAccount, answer_instead: Answer, calls_made: Counter[str]) -> None:
    """What a policy of AWS allows is documented: its name is told, and its text is not asked for."""
    name = "AmazonECSTaskExecutionRolePolicy"
    member = f"<PolicyName>{name}</PolicyName><PolicyArn>arn:aws:iam::aws:policy/service-role/{name}</PolicyArn>"
    attached = f"<AttachedPolicies><member>{member}</member></AttachedPolicies><IsTruncated>false</IsTruncated>"
    result = f"<ListAttachedRolePoliciesResult>{attached}</ListAttachedRolePoliciesResult>"
    body = f"<ListAttachedRolePoliciesResponse>{result}</ListAttachedRolePoliciesResponse>"
    answer_instead("iam", "ListAttachedRolePolicies", 200, body)
    role = known(read(deep.target).roles[EXECUTION_ROLE])
    assert role is not None
    assert (role.managed, role.statements) == ((name,), ())
    assert calls_made["iam:GetPolicy"] == 0


def test_firewalls__of_each_load_balancer(deep: DeepAccount, answer_instead: Answer) -> None:
    """A web ACL is told by its name, and that there is none is a fact."""
    assert {name: known(fact) for name, fact in read(deep.target).firewalls.items()} == {"deep-0": None, "deep-1": None}
    answer_instead("wafv2", "GetWebACLForResource", 200, '{"WebACL": {"Name": "strict", "Id": "1", "ARN": "arn:acl"}}')
    assert known(read(deep.target).firewalls["deep-0"]) == "strict"


def test_log_tails__the_newest_lines(deep: DeepAccount) -> None:
    """The newest 50 lines of its streams are kept, oldest first."""
    tail = known(read(deep.target, "auth").log_tails["deep-auth"])
    assert tail.group == "/ecs/deep-auth"
    assert list(tail.lines) == [f"line {number}" for number in range(10, 60)]


def test_log_tails__of_services_that_fail_later(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """A later call adds tails, by role or by name; a log group that does not exist is a fact."""
    reader = InventoryReader(deep.target)
    reader.begin_depth(["auth"])
    reader.begin_depth(["deep-api", "nobody"])
    reader.depth(TIME_S)
    tails = reader.snapshot().log_tails
    assert {name: known(fact).group_exists for name, fact in tails.items()} == {"deep-api": False, "deep-auth": True}
    assert calls_made["logs:FilterLogEvents"] == 2


def test_certificates__one_deleted(deep: DeepAccount, answer_instead: Answer) -> None:
    """A certificate that ACM does not have is absent."""
    answer_instead("acm", "DescribeCertificate", 400, json_error("ResourceNotFoundException"))
    assert known(read(deep.target).certificates[deep.certificate]) is None


def test_cache__with_the_groups_of_its_first_member(deep: DeepAccount, answer_instead: Answer) -> None:
    """A cache has the security groups of its clusters; while a cluster is replaced, none is known."""
    reader = InventoryReader(deep.target)
    replaced = known(reader.cache("deep-cache", TIME_S))
    assert replaced is not None and replaced.security_groups == ()
    group = "<member><SecurityGroupId>sg-1</SecurityGroupId><Status>active</Status></member>"
    cluster = f"<CacheCluster><SecurityGroups>{group}</SecurityGroups></CacheCluster>"
    result = f"<DescribeCacheClustersResult><CacheClusters>{cluster}</CacheClusters></DescribeCacheClustersResult>"
    body = f"<DescribeCacheClustersResponse>{result}</DescribeCacheClustersResponse>"
    answer_instead("elasticache", "DescribeCacheClusters", 200, body)
    told = known(InventoryReader(deep.target).cache("deep-cache", TIME_S))
    assert told is not None and told.security_groups == ("sg-1",)


def test_cache__whose_clusters_are_denied(deep: DeepAccount, answer_instead: Answer) -> None:
    """The call that was denied is named."""
    answer_instead("elasticache", "DescribeCacheClusters", 403, xml_error("AccessDenied"))
    told = InventoryReader(deep.target).cache("deep-cache", TIME_S)
    assert isinstance(told, Unknown)
    assert told.reason.startswith("elasticache:DescribeCacheClusters was denied to the monitor's role")
