"""Where the monitor's connections lead follows from public records, names of the VPC, and security groups."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import yaml

from tests.sandbox.addresses import Addresses
from tests.sandbox.aws.network import ingress
from tests.sandbox.black_hole import BlackHole
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.world import World
from tests.unit.sandbox.visitor import REGISTRY, get

API = "api.hokusai-development.local:8001"
AUTH_BALANCER, REGISTRY_BALANCER = "hokusai-auth-development", "hokusai-registry-development"
REGISTRY_HOST = "registry.hokus.ai"
STORES = {"database": ("rds", 5432, "database_host"), "redis": ("redis", 6379, "redis_host")}


@contextmanager
def edited(sandbox: Sandbox, edit: Callable[[World], object], undo: Callable[[World], object]) -> Iterator[None]:
    """Edit the world and settle; undo it whatever happens."""
    edit(sandbox.world)
    try:
        sandbox.settle()
        yield
    finally:
        undo(sandbox.world)
        sandbox.settle()


@contextmanager
def without_edge(sandbox: Sandbox, group: str, port: int) -> Iterator[None]:
    """Let a group admit the monitor no longer."""

    def arguments(world: World) -> dict[str, object]:
        return {"GroupId": world.security_groups[group], "IpPermissions": [ingress(world, port, "monitor")]}

    with edited(
        sandbox,
        lambda world: world.ec2.revoke_security_group_ingress(**arguments(world)),
        lambda world: world.ec2.authorize_security_group_ingress(**arguments(world)),
    ):
        yield


def connect(sandbox: Sandbox, name: str) -> socket.socket:
    """Connect to host:port as the monitor does."""
    host, _, port = sandbox.connect_to().get(name, name).rpartition(":")
    return socket.create_connection((host, int(port)), timeout=0.3)


def in_target_file(sandbox: Sandbox) -> object:
    return yaml.safe_load(sandbox.target_path.read_text())["connect_to"]


def dns_name(world: World, load_balancer: str) -> str:
    described = world.elbv2.describe_load_balancers(Names=[load_balancer])["LoadBalancers"]
    return str(described[0]["DNSName"])


def test_black_hole__never_answers() -> None:
    """A connection neither succeeds nor is refused: it ends with the client's own time-out; closed, it is refused."""
    with Addresses() as addresses:
        hole = BlackHole(addresses.of("black-hole"))
        with closing(hole):
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    socket.create_connection((hole.address, hole.port), timeout=0.3)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((hole.address, hole.port), timeout=0.3)


def test_public_host__leads_to_its_load_balancer(sandbox: Sandbox) -> None:
    """A host leads where its load balancer's own name leads; the two load balancers have addresses of their own."""
    mapping, world = sandbox.connect_to(), sandbox.world
    for host, balancer in (("auth.hokus.ai", AUTH_BALANCER), (REGISTRY_HOST, REGISTRY_BALANCER)):
        for port in (443, 80):
            assert mapping[f"{host}:{port}"] == mapping[f"{dns_name(world, balancer)}:{port}"]
    assert mapping[f"{REGISTRY_HOST}:443"] != mapping["auth.hokus.ai:443"]
    assert in_target_file(sandbox) == mapping


def test_public_record__deleted(sandbox: Sandbox) -> None:
    """A host without a record is a name that does not resolve; its load balancer is there as before."""
    with edited(
        sandbox,
        lambda world: world.delete_record(REGISTRY_HOST),
        lambda world: world.set_record(REGISTRY_HOST, REGISTRY_BALANCER),
    ):
        for port in (443, 80):
            with pytest.raises(socket.gaierror):
                connect(sandbox, f"{REGISTRY_HOST}:{port}")
        connect(sandbox, f"{dns_name(sandbox.world, REGISTRY_BALANCER)}:443").close()
        assert in_target_file(sandbox) == sandbox.connect_to()
    assert get(sandbox, f"{REGISTRY}/health").status == 200


def test_public_record__of_another_load_balancer(sandbox: Sandbox) -> None:
    """A host whose record was led elsewhere arrives there."""
    with edited(
        sandbox,
        lambda world: world.set_record(REGISTRY_HOST, AUTH_BALANCER),
        lambda world: world.set_record(REGISTRY_HOST, REGISTRY_BALANCER),
    ):
        mapping = sandbox.connect_to()
        assert mapping[f"{REGISTRY_HOST}:443"] == mapping["auth.hokus.ai:443"]
        assert in_target_file(sandbox) == mapping
    assert get(sandbox, f"{REGISTRY}/health").status == 200


@pytest.mark.parametrize(
    ("target", "leads"),
    [("{balancer}", True), ("dualstack.{balancer}.", True), ("gone-1.us-east-1.elb.amazonaws.com", False)],
)
def test_public_record__as_a_canonical_name(sandbox: Sandbox, target: str, leads: bool) -> None:
    """A CNAME leads as an alias does; one to a load balancer that is gone leads nowhere."""
    zones = sandbox.world.route53.list_hosted_zones()["HostedZones"]
    value = target.format(balancer=dns_name(sandbox.world, AUTH_BALANCER))
    record = {"Name": "old.hokus.ai", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}

    def change(action: str) -> Callable[[World], object]:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        return lambda world: world.route53.change_resource_record_sets(HostedZoneId=zones[0]["Id"], ChangeBatch=batch)

    with edited(sandbox, change("CREATE"), change("DELETE")):
        if leads:
            connect(sandbox, "old.hokus.ai:443").close()
        else:
            with pytest.raises(socket.gaierror):
                connect(sandbox, "old.hokus.ai:443")
    assert "old.hokus.ai:443" not in sandbox.connect_to()


def test_task__edge_closed(sandbox: Sandbox) -> None:
    """Without an edge from the monitor a task drops its packets, by name and by address; other services are open."""
    task = f"{sandbox.world.addresses.task('api', 0)}:8001"
    connect(sandbox, API).close()
    connect(sandbox, task).close()
    with without_edge(sandbox, "tasks", 8001):
        for name in (API, task):
            with pytest.raises(TimeoutError):
                connect(sandbox, name)
        connect(sandbox, "auth.hokusai-development.local:8000").close()
        assert in_target_file(sandbox) == sandbox.connect_to()
        assert get(sandbox, f"{REGISTRY}/health").status == 200
    connect(sandbox, API).close()
    assert task not in sandbox.connect_to()


@pytest.mark.parametrize("store", STORES)
def test_data_store__edge_closed(sandbox: Sandbox, store: str) -> None:
    """Without an edge from the monitor a data store drops its packets, while the platform's tasks still reach it."""
    group, port, setting = STORES[store]
    name = f"{sandbox.world.store_settings[setting]}:{port}"
    connect(sandbox, name).close()
    with without_edge(sandbox, group, port):
        with pytest.raises(TimeoutError):
            connect(sandbox, name)
        assert get(sandbox, "https://auth.hokus.ai/api/v1/keys", sandbox.world.secrets.monitor_key).status == 200
    connect(sandbox, name).close()


def test_monitor_s_own_group__lets_nothing_out(sandbox: Sandbox) -> None:
    """An edge has two ends: without egress of the monitor's group everything inside drops its packets."""
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    arguments = {"GroupId": sandbox.world.security_groups["monitor"], "IpPermissions": [everything]}
    with edited(
        sandbox,
        lambda world: world.ec2.revoke_security_group_egress(**arguments),
        lambda world: world.ec2.authorize_security_group_egress(**arguments),
    ):
        for setting, port in (("database_host", 5432), ("redis_host", 6379)):
            with pytest.raises(TimeoutError):
                connect(sandbox, f"{sandbox.world.store_settings[setting]}:{port}")
        with pytest.raises(TimeoutError):
            connect(sandbox, API)
    connect(sandbox, API).close()


def test_internal_name__follows_cloud_map(sandbox: Sandbox) -> None:
    """A name leads to a running task that Cloud Map lists, and to nothing when it lists none."""
    world = sandbox.world
    registry = world.registries["api"].rpartition("/")[2]
    first, second = (f"{world.addresses.task('api', index)}:8001" for index in (0, 1))

    def scale(count: int) -> None:
        world.ecs.update_service(cluster=CLUSTER, service="hokusai-api-development", desiredCount=count)
        sandbox.settle()

    def instances() -> list[dict[str, dict[str, str]]]:
        listed: list[dict[str, dict[str, str]]] = world.servicediscovery.list_instances(ServiceId=registry)["Instances"]
        return listed

    scale(2)
    try:
        assert sandbox.connect_to()[API] == first
        oldest = next(item for item in instances() if item["Attributes"]["AWS_INSTANCE_IPV4"] in first)
        world.servicediscovery.deregister_instance(ServiceId=registry, InstanceId=oldest["Id"])
        sandbox.settle()
        assert sandbox.connect_to()[API] == second
        (newest,) = instances()
        world.servicediscovery.deregister_instance(ServiceId=registry, InstanceId=newest["Id"])
        sandbox.settle()
        with pytest.raises(socket.gaierror):
            connect(sandbox, API)
    finally:
        scale(0)
        scale(1)
    connect(sandbox, API).close()
