"""Harmless things that lie about in any account: each an edit of the healthy world, and how it is undone.

Each is a place where a hasty diagnosis finds a cause: an old event, an empty group, a rule of another host.
"""

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.aws.data_stores import put_image
from tests.sandbox.platforms import CLUSTER, LoadBalancer, Service
from tests.sandbox.world import World

type Undo = Callable[[], object]
type Edit = Callable[[World, random.Random], Undo]

_FEWEST, _MOST = 3, 6  # edits of one world
_OLD_TROUBLE = (
    "was unable to place a task. Reason: CannotPullContainerError: failed to resolve ref: not found.",
    "is unable to consistently start tasks successfully.",
    "(task 0f3a) (port 8000) is unhealthy in (target-group old) due to (reason Request timed out).",
    "operations are being throttled. Will try again later.",
)


def edits_of(seed: int) -> tuple[Edit, ...]:
    """Which of them one world has, in the order in which they are made."""
    dice = random.Random(seed)
    chosen = set(dice.sample(EDITS, dice.randint(_FEWEST, _MOST)))
    return tuple(edit for edit in EDITS if edit in chosen)


@contextmanager
def noisy(world: World, seed: int) -> Iterator[None]:
    """Put the edits of a seed into the world, and take them away again. The caller settles."""
    dice = random.Random(seed)
    with ExitStack() as undone:
        for edit in edits_of(seed):
            undone.callback(edit(world, dice))
        yield


def _finished_deployment(world: World, dice: random.Random) -> Undo:
    world.deploy(_service(world, dice).role, lambda container: None)
    return lambda: None


def _retired_task(world: World, dice: random.Random) -> Undo:
    world.stop_tasks(_service(world, dice).role)
    return lambda: None


def _old_events(world: World, dice: random.Random) -> Undo:
    record = world.control_plane.backend("ecs").services[f"{CLUSTER}:{_service(world, dice).name}"]
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=dice.randint(4, 30))
    old = [
        {"id": str(uuid.uuid4()), "createdAt": at, "message": f"(service {record.name}) {text}"}
        for text in dice.sample(_OLD_TROUBLE, 2)
    ]
    record.events = [*record.events, *old]

    def forget() -> None:
        record.events = [event for event in record.events if event not in old]

    return forget


def _spare_target_group(world: World, dice: random.Random) -> Undo:
    name = f"hokusai-{_service(world, dice).role}-blue-{dice.randint(1, 99)}"
    created = world.elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=8080, VpcId=world.vpc, TargetType="ip", HealthCheckPath="/healthz"
    )
    arn = created["TargetGroups"][0]["TargetGroupArn"]
    return lambda: world.elbv2.delete_target_group(TargetGroupArn=arn)


def _spare_security_group(world: World, dice: random.Random) -> Undo:
    name = f"hokusai-old-tasks-{dice.randint(1, 99)}"
    group = world.ec2.create_security_group(GroupName=name, Description="Of nobody", VpcId=world.vpc)["GroupId"]
    return lambda: world.ec2.delete_security_group(GroupId=group)


def _rule_of_another_host(world: World, dice: random.Random) -> Undo:
    status = dice.choice(("404", "503"))
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "ContentType": "text/plain"}}
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["shop.hokus.ai"]}}
    paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}}
    created = world.elbv2.create_rule(
        ListenerArn=world.listener(_load_balancer(world, dice).name)["ListenerArn"],
        Priority=dice.choice((7, 700)),
        Conditions=[host, paths],
        Actions=[action],
    )
    arn = created["Rules"][0]["RuleArn"]
    return lambda: world.elbv2.delete_rule(RuleArn=arn)


def _spare_secret(world: World, dice: random.Random) -> Undo:
    secret = f"hokusai/old/{dice.randint(1, 99)}"
    world.secretsmanager.create_secret(Name=secret, SecretString=json.dumps({"password": "fake"}))
    return lambda: world.secretsmanager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def _spare_image(world: World, dice: random.Random) -> Undo:
    repository, tag = _service(world, dice).container, f"2025-01-{dice.randint(1, 28):02}"
    put_image(world, repository, tag)
    return lambda: world.ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageTag": tag}])


def _tags(world: World, dice: random.Random) -> Undo:
    group = world.target_groups[_service(world, dice).role]
    world.elbv2.add_tags(ResourceArns=[group], Tags=[{"Key": "status", "Value": "deprecated"}])
    return lambda: world.elbv2.remove_tags(ResourceArns=[group], TagKeys=["status"])


def _spare_bucket(world: World, dice: random.Random) -> Undo:
    bucket = f"hokusai-mlflow-artifacts-old-{dice.randint(1, 99)}"
    world.s3.create_bucket(Bucket=bucket)
    return lambda: world.s3.delete_bucket(Bucket=bucket)


def _certificate_of_nobody(world: World, dice: random.Random) -> Undo:
    arn = world.import_certificate((f"old-{dice.randint(1, 99)}.hokus.ai",))

    def delete() -> None:
        world.acm.delete_certificate(CertificateArn=arn)
        del world.certificates[arn]

    return delete


def _record_of_another_host(world: World, dice: random.Random) -> Undo:
    host = f"shop-{dice.randint(1, 99)}.hokus.ai"
    world.set_record(host, _load_balancer(world, dice).name)
    return lambda: world.delete_record(host)


def _stopped_database(world: World, dice: random.Random) -> Undo:
    name = f"hokusai-old-{dice.randint(1, 99)}"
    world.rds.create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20
    )
    world.rds.stop_db_instance(DBInstanceIdentifier=name)
    return lambda: world.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def _busy_service(world: World, dice: random.Random) -> Undo:
    service = _service(world, dice).name
    world.set_metric("CPUUtilization", service, float(dice.randint(40, 70)))
    return lambda: world.set_metric("CPUUtilization", service, 35.0)


def _revision_that_nobody_deployed(world: World, dice: random.Random) -> Undo:
    """Registered last, so that none of the others deploys it."""
    family = _service(world, dice).name
    container = {"name": "broken", "image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/none:never", "memory": 128}
    registered = world.ecs.register_task_definition(family=family, containerDefinitions=[container])
    revision = registered["taskDefinition"]["revision"]

    def forget() -> None:
        ecs = world.control_plane.backend("ecs")
        others = {number: each for number, each in ecs.task_definitions[family].items() if number != revision}
        ecs.task_definitions = ecs.task_definitions | {family: others}

    return forget


EDITS: tuple[Edit, ...] = (
    _finished_deployment,
    _retired_task,
    _old_events,
    _spare_target_group,
    _spare_security_group,
    _rule_of_another_host,
    _spare_secret,
    _spare_image,
    _tags,
    _spare_bucket,
    _certificate_of_nobody,
    _record_of_another_host,
    _stopped_database,
    _busy_service,
    _revision_that_nobody_deployed,
)


def _service(world: World, dice: random.Random) -> Service:
    return dice.choice(world.platform.services)


def _load_balancer(world: World, dice: random.Random) -> LoadBalancer:
    return dice.choice(world.platform.load_balancers)
