"""The healthy world has the names that the target files expect, and hangs together."""

import datetime as dt
import json
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_monitor.target import load_target
from tests.sandbox.addresses import Addresses
from tests.sandbox.certificates import CertificateAuthority
from tests.sandbox.credentials import Secrets
from tests.sandbox.platforms import ARTIFACTS_BUCKET, PLATFORMS, REPORTS_BUCKET
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era
from tests.unit.sandbox.visitor import get, service


@pytest.mark.parametrize("platform", ["2025-08", "head"])
def test_target_file__names_exist_in_the_world(sandbox_of: Callable[[Era], Sandbox], platform: Era) -> None:
    """Cluster, services, ports, load balancers, hosts and the secret of the target file are those of the world."""
    sandbox = sandbox_of(platform)
    target, world = load_target(str(sandbox.target_path)), sandbox.world
    names = [item.name for item in target.services]
    described = world.ecs.describe_services(cluster=target.cluster, services=names)
    assert described["failures"] == []
    ports = {item["serviceName"]: item["loadBalancers"][0]["containerPort"] for item in described["services"]}
    assert ports == {item.name: item.container_port for item in target.services}
    for load_balancer in target.load_balancers:
        assert world.listener(load_balancer.name)["Protocol"] == "HTTPS"
        assert all(f"{host}:443" in target.connect_to for host in load_balancer.hosts)
    secret = world.secretsmanager.get_secret_value(SecretId=target.keys.secret)["SecretString"]
    assert json.loads(secret) == world.secrets.monitor_keys


def test_secret__holds_the_key_that_auth_accepts(sandbox: Sandbox) -> None:
    """The monitor's key opens the API; another sandbox's key would not."""
    assert get(sandbox, "https://registry.hokus.ai/", sandbox.world.secrets.monitor_key).status == 200
    assert get(sandbox, "https://registry.hokus.ai/", Secrets().monitor_key).status == 401


def test_network__interfaces_are_real_addresses(sandbox: Sandbox) -> None:
    """The VPC covers the sandbox's own loopback network, and each task's interface lies in it."""
    ec2 = sandbox.world.ec2
    (vpc,) = ec2.describe_vpcs(VpcIds=[sandbox.world.vpc])["Vpcs"]
    assert vpc["CidrBlock"] == sandbox.world.addresses.network
    zones = {subnet["AvailabilityZone"] for subnet in ec2.describe_subnets(SubnetIds=sandbox.world.subnets)["Subnets"]}
    assert zones == {"us-east-1a", "us-east-1b"}
    shown = {item["PrivateIpAddress"] for item in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert {sandbox.world.addresses.task(role, 0) for role in ("auth", "api", "mlflow")} <= shown


def test_data_stores__available(sandbox: Sandbox) -> None:
    """RDS and ElastiCache are available, and the buckets are versioned and encrypted."""
    world = sandbox.world
    (instance,) = world.rds.describe_db_instances()["DBInstances"]
    (group,) = world.elasticache.describe_replication_groups()["ReplicationGroups"]
    assert (instance["DBInstanceStatus"], group["Status"]) == ("available", "available")
    for bucket in (ARTIFACTS_BUCKET, REPORTS_BUCKET):
        assert world.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert world.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def test_deployments__days_old(sandbox: Sandbox) -> None:
    """Nothing looks as if it had just been deployed (no scenario of HEAD deploys auth)."""
    (deployment,) = service(sandbox, "auth")["deployments"]
    assert dt.datetime.now(dt.UTC) - deployment["createdAt"] > dt.timedelta(days=2)


def test_rules__at_most_five_values() -> None:
    """No rule has more condition values than a load balancer allows, and priorities are unique."""
    for platform in PLATFORMS.values():
        for load_balancer in platform.load_balancers:
            assert all(bool(rule.host) + len(rule.paths) <= 5 for rule in load_balancer.rules)
            priorities = [rule.priority for rule in load_balancer.rules]
            assert priorities == sorted(set(priorities))


def test_addresses__two_sandboxes() -> None:
    """Two sandboxes get networks of their own; a closed one gives its network back."""
    with Addresses() as first, Addresses() as second:
        assert first.prefix != second.prefix
        assert first.task("api", 0) != first.task("api", 1)


def test_second_sandbox__in_one_process(sandbox: Sandbox) -> None:
    """Moto's state is one per process, so a second sandbox beside a running one is refused, and harms nothing."""
    with pytest.raises(RuntimeError, match="already runs in this process"), Sandbox():
        pass
    assert get(sandbox, "https://registry.hokus.ai/health").status == 200


def test_certificate__verified_by_the_bundle(tmp_path: Path) -> None:
    """A server certificate names its hosts and is trusted through the CA bundle alone."""
    authority = CertificateAuthority(tmp_path)
    authority.server_context(authority.issue(("auth.hokus.ai", "registry.hokus.ai")))
    trusted = ssl.create_default_context(cafile=str(authority.bundle)).get_ca_certs()
    assert [certificate["subject"] for certificate in trusted] == [
        ((("commonName", "Registry monitor sandbox CA"),),),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["ca.pem"]
