"""What tasks run with, in depth: definitions, stopped tasks, images, secrets, roles and logs, as moto has them."""

from collections import Counter

from registry_monitor.inventory.deep_facts import Statement, Variable
from registry_monitor.inventory.facts import known
from registry_monitor.inventory.reader import InventoryReader
from tests.unit.inventory.conftest import Account, Answer, target_of
from tests.unit.inventory.depth.deep_account import (
    BUCKETS,
    EXECUTION_ROLE,
    IMAGES,
    ROLE_GONE,
    SECRET_GONE,
    TASK_ROLE,
    TIME_S,
    DeepAccount,
    read,
)


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


def test_bucket_policy__with_whom_it_is_about(deep: DeepAccount) -> None:
    """Each statement has its principals; a bucket without a policy, and one that is not there, have none."""
    policies = {name: known(read(deep.with_artifacts(name)).bucket_policies[name]) for name in BUCKETS}
    denied = Statement(
        effect="Deny",
        actions=("s3:GetObject",),
        resources=(f"arn:aws:s3:::{BUCKETS[0]}/*",),
        principals=(TASK_ROLE, EXECUTION_ROLE),
    )
    kept = denied.model_copy(update={"actions": ("s3:*",), "is_conditional": True, "principals": ("*",)})
    assert policies == {BUCKETS[0]: (denied, kept), BUCKETS[1]: (), "deep-nowhere": ()}


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


def test_log_tails__the_newest_lines(deep: DeepAccount) -> None:
    """The newest 50 lines of its streams are kept, oldest first."""
    tail = known(read(deep.target, "auth").log_tails["deep-auth"])
    assert tail.group == "/ecs/deep-auth"
    assert [line.text for line in tail.lines] == [f"line {number}" for number in range(10, 60)]


def test_log_tails__of_services_that_fail_later(deep: DeepAccount, calls_made: Counter[str]) -> None:
    """A later call adds tails, by role or by name; a log group that does not exist is a fact."""
    reader = InventoryReader(deep.target)
    reader.begin_depth(["auth"])
    reader.begin_depth(["deep-api", "nobody"])
    reader.depth(TIME_S)
    tails = reader.snapshot().log_tails
    assert {name: known(fact).group_exists for name, fact in tails.items()} == {"deep-api": False, "deep-auth": True}
    assert calls_made["logs:FilterLogEvents"] == 2
