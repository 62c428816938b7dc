"""Faults as edits of the sandbox's world, each undone when its block ends: what the catalogues of the suites are of."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from tests.sandbox.aws.network import ingress
from tests.sandbox.aws.tasks import find_task
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.world import World
from tests.system.conftest import broken

# The load balancers of HEAD.
AUTH_BALANCER, REGISTRY_BALANCER = "hokusai-auth-development", "hokusai-registry-development"
ROLES = ("auth", "api", "mlflow")

type Edit = Callable[[Sandbox], AbstractContextManager[object]]


def scenario(name: str) -> Edit:
    """A scenario of tests/scenarios."""
    return lambda sandbox: broken(sandbox, name)


def edited(do: Callable[[World], object], undo: Callable[[World], object]) -> Edit:
    """An edit of the world in AWS, settled, with the platform's cache cold."""

    @contextmanager
    def edit(sandbox: Sandbox) -> Iterator[None]:
        with sandbox.redis_client() as cache:
            cache.flushall()
        try:
            do(sandbox.world)
            sandbox.settle()
            yield
        finally:
            undo(sandbox.world)
            sandbox.settle()

    return edit


def unsettled(do: Callable[[Sandbox], object], undo: Callable[[Sandbox], object]) -> Edit:
    """Something that happens to a process, or to what AWS tells, and that nothing follows from."""

    @contextmanager
    def edit(sandbox: Sandbox) -> Iterator[None]:
        try:
            do(sandbox)
            yield
        finally:
            undo(sandbox)

    return edit


def together(*edits: Edit) -> Edit:
    """Several at once."""

    @contextmanager
    def edit(sandbox: Sandbox) -> Iterator[None]:
        with ExitStack() as stack:
            for each in edits:
                stack.enter_context(each(sandbox))
            yield

    return edit


def scaled_to_zero(*roles: str) -> Edit:
    """The services ask for no task."""

    def ask_for(world: World, count: int) -> None:
        for role in roles:
            world.ecs.update_service(cluster=CLUSTER, service=world.platform.service(role).name, desiredCount=count)

    return edited(lambda world: ask_for(world, 0), lambda world: ask_for(world, 1))


def services_deleted(*roles: str) -> Edit:
    """The services were deleted."""

    def do(world: World) -> None:
        for role in roles:
            world.ecs.delete_service(cluster=CLUSTER, service=world.platform.service(role).name, force=True)

    def undo(world: World) -> None:
        for role in roles:
            world.create_service(role)

    return edited(do, undo)


def image(role: str, tag: str) -> Edit:
    """A revision is deployed whose image is not in the registry."""
    kept: list[str] = []

    def deploy(world: World, name: str) -> None:
        world.deploy(role, lambda container: container.update(image=name))

    def do(world: World) -> None:
        kept.append(world.task_definition(role)["containerDefinitions"][0]["image"])
        deploy(world, f"{kept[0].rpartition(':')[0]}:{tag}")

    return edited(do, lambda world: deploy(world, kept.pop()))


def health_path(role: str, path: str) -> Edit:
    """The load balancer checks another path of a service."""

    def check(world: World, asked: str) -> None:
        world.elbv2.modify_target_group(TargetGroupArn=world.target_groups[role], HealthCheckPath=asked)

    return edited(
        lambda world: check(world, path), lambda world: check(world, world.platform.service(role).health_path)
    )


def record(host: str, load_balancer: str, healthy: str) -> Edit:
    """A public name leads to another load balancer."""
    return edited(lambda world: world.set_record(host, load_balancer), lambda world: world.set_record(host, healthy))


def encryption_removed(bucket: str) -> Edit:
    """A bucket encrypts nothing by default."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return edited(
        lambda world: world.s3.delete_bucket_encryption(Bucket=bucket),
        lambda world: world.s3.put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
        ),
    )


def load_balancer_state(name: str, state: str) -> Edit:
    """What AWS calls the state of a load balancer; no call of its API sets it."""

    def set_to(world: World, value: str) -> None:
        balancers = world.control_plane.backend("elbv2").load_balancers.values()
        next(each for each in balancers if each.name == name).state = value

    return edited(lambda world: set_to(world, state), lambda world: set_to(world, "active"))


def certificate_for(load_balancer: str, hosts: tuple[str, ...], days: float) -> Edit:
    """The load balancer shows a certificate that is valid for so many more days."""

    def do(world: World) -> None:
        world.present_certificate(load_balancer, hosts)
        shown = world.listener(load_balancer)["Certificates"][0]["CertificateArn"]
        world.certificates[shown] = world.authority.issue(hosts, dt.timedelta(days=days))

    return edited(do, lambda world: world.present_certificate(load_balancer, hosts))


def forwarded(load_balancer: str, priority: int, role: str, healthy: str) -> Edit:
    """A rule forwards to the target group of another service."""

    def forward(world: World, to: str) -> None:
        rule = world.rules(load_balancer)[str(priority)]["RuleArn"]
        action = {"Type": "forward", "TargetGroupArn": world.target_groups[to]}
        world.elbv2.modify_rule(RuleArn=rule, Actions=[action])

    return edited(lambda world: forward(world, role), lambda world: forward(world, healthy))


def rule_deleted(load_balancer: str, priority: int) -> Edit:
    """A rule is gone."""
    return edited(
        lambda world: world.delete_rule(load_balancer, priority),
        lambda world: world.create_rule(load_balancer, priority),
    )


def listener_deleted(load_balancer: str) -> Edit:
    """The HTTPS listener is gone, and with it its rules."""
    kept: list[dict[str, Any]] = []

    def do(world: World) -> None:
        kept.append(world.listener(load_balancer))
        world.elbv2.delete_listener(ListenerArn=kept[0]["ListenerArn"])

    def undo(world: World) -> None:
        shown = ("LoadBalancerArn", "Protocol", "Port", "SslPolicy", "Certificates", "DefaultActions")
        listener = kept.pop()
        world.elbv2.create_listener(**{name: listener[name] for name in shown})
        described = next(each for each in world.platform.load_balancers if each.name == load_balancer)
        for rule in described.rules:
            world.create_rule(load_balancer, rule.priority)

    return edited(do, undo)


def variable(role: str, name: str, value: str, healthy: str | None = None) -> Edit:
    """A service is deployed with another value of a variable; ``healthy``: None where it has none."""

    def undo(world: World) -> None:
        world.unset_variable(role, name) if healthy is None else world.set_variable(role, name, healthy)

    return edited(lambda world: world.set_variable(role, name, value), undo)


def loopback_only(role: str) -> Edit:
    """A container listens on its own loopback alone."""

    def bind(world: World, host: str) -> None:
        def change(container: dict[str, list[str]]) -> None:
            container["command"][container["command"].index("--host") + 1] = host

        world.deploy(role, change)

    return edited(lambda world: bind(world, "127.0.0.1"), lambda world: bind(world, "0.0.0.0"))


def unregistered_instance(role: str) -> Edit:
    """A running task is no longer in Cloud Map."""
    kept: dict[str, str] = {}

    def do(world: World) -> None:
        registry = _registry(world, role)
        instance = world.servicediscovery.list_instances(ServiceId=registry)["Instances"][0]
        kept.update({"id": instance["Id"]} | instance["Attributes"])
        world.servicediscovery.deregister_instance(ServiceId=registry, InstanceId=instance["Id"])

    def undo(world: World) -> None:
        attributes = {name: value for name, value in kept.items() if name != "id"}
        world.servicediscovery.register_instance(
            ServiceId=_registry(world, role), InstanceId=kept["id"], Attributes=attributes
        )

    return edited(do, undo)


def stale_instance(role: str) -> Edit:
    """Cloud Map still names a task that is gone."""
    name = "a-task-that-is-gone"

    def do(world: World) -> None:
        attributes = {"AWS_INSTANCE_IPV4": world.addresses.task(role, 14)}
        world.servicediscovery.register_instance(
            ServiceId=_registry(world, role), InstanceId=name, Attributes=attributes
        )

    return edited(
        do,
        lambda world: world.servicediscovery.deregister_instance(ServiceId=_registry(world, role), InstanceId=name),
    )


def _registry(world: World, role: str) -> str:
    return world.registries[role].rpartition("/")[2]


def target_missing(role: str) -> Edit:
    """A running task is no longer a target of its load balancer."""
    kept: list[dict[str, object]] = []

    def do(world: World) -> None:
        group = world.target_groups[role]
        health = world.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        kept.extend({"Id": each["Target"]["Id"], "Port": each["Target"]["Port"]} for each in health)
        world.elbv2.deregister_targets(TargetGroupArn=group, Targets=kept)

    return edited(
        do, lambda world: world.elbv2.register_targets(TargetGroupArn=world.target_groups[role], Targets=kept)
    )


def metric(name: str, resource: str, value: float, healthy: float) -> Edit:
    """CloudWatch shows another value."""
    return edited(
        lambda world: world.set_metric(name, resource, value), lambda world: world.set_metric(name, resource, healthy)
    )


def closed_to_monitor(group: str, port: int) -> Edit:
    """The platform's security group does not let the monitor in, as long as nobody has opened it."""

    def permission(world: World) -> dict[str, object]:
        return {"GroupId": world.security_groups[group], "IpPermissions": [ingress(world, port, "monitor")]}

    return edited(
        lambda world: world.ec2.revoke_security_group_ingress(**permission(world)),
        lambda world: world.ec2.authorize_security_group_ingress(**permission(world)),
    )


def task_record(role: str, change: Callable[[World, object], Callable[[], None]]) -> Edit:
    """What ECS tells of a running task; ``change`` returns how to undo it."""
    undoing: list[Callable[[], None]] = []

    def do(sandbox: Sandbox) -> None:
        world = sandbox.world
        service = world.platform.service(role).name
        arn = world.ecs.list_tasks(cluster=CLUSTER, serviceName=service)["taskArns"][0]
        undoing.append(change(world, find_task(world, arn)))

    return unsettled(do, lambda _: undoing.pop()())
