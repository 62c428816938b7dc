"""Scenarios of the monitor itself: what it meets, while the platform is well for everybody else."""

import json
import socket
import ssl
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws.calls import MONITOR_CREDENTIALS
from tests.sandbox.aws.control_plane import REGION
from tests.sandbox.sandbox import Sandbox
from tests.unit.sandbox.breaking import assert_healthy, broken

SECRET = "registry-monitor/hokusai-development"


def opens(sandbox: Sandbox, host_and_port: str) -> bool:
    """Whether the monitor gets a connection there."""
    address, _, port = sandbox.connect_to()[host_and_port].rpartition(":")
    try:
        socket.create_connection((address, int(port)), timeout=0.5).close()
    except TimeoutError:
        return False
    return True


def is_trusted(sandbox: Sandbox, bundle: Path | None = None) -> bool:
    """Whether a bundle (the monitor's, where none is given) has who signed the certificate of the registry's host."""
    address, _, port = sandbox.connect_to()["registry.hokus.ai:443"].rpartition(":")
    context = ssl.create_default_context(cafile=bundle or sandbox.environment["REQUESTS_CA_BUNDLE"])
    try:
        with socket.create_connection((address, int(port)), timeout=5) as raw:
            context.wrap_socket(raw, server_hostname="registry.hokus.ai").close()
    except ssl.SSLCertVerificationError:
        return False
    return True


@pytest.mark.parametrize("name", ["MON-01@rds", "MON-02", "MON-07", "MON-03", "MON-03@denied"])
def test_refused_by_aws__nobody_else_notices(sandbox: Sandbox, name: str) -> None:
    """What AWS refuses to the monitor is no matter to the platform, nor to the sandbox."""
    with broken(sandbox, name):
        assert_healthy(sandbox)
    assert_healthy(sandbox)


def test_mon_03__secret_gone_and_back(sandbox: Sandbox) -> None:
    """The monitor's secret does not exist, and holds its keys again afterwards."""
    url = sandbox.world.control_plane.url
    client = boto3.client("secretsmanager", region_name=REGION, endpoint_url=url, **MONITOR_CREDENTIALS)
    with broken(sandbox, "MON-03"), pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_secret_value(SecretId=SECRET)
    held = json.loads(client.get_secret_value(SecretId=SECRET)["SecretString"])
    assert held == sandbox.world.secrets.monitor_keys


@pytest.mark.parametrize("variant", ["inside-the-vpc-only", "high-ports-only"])
def test_mon_06__nothing_gets_out(sandbox: Sandbox, variant: str) -> None:
    """Packets of the monitor to public hosts are dropped, those to tasks and stores arrive; users notice nothing."""
    database = f"{sandbox.world.store_settings['database_host']}:5432"
    with broken(sandbox, f"MON-06@{variant}"):
        assert not opens(sandbox, "registry.hokus.ai:443")
        assert not opens(sandbox, "auth.hokus.ai:443")
        assert opens(sandbox, "api.hokusai-development.local:8001")
        assert opens(sandbox, database)
    assert opens(sandbox, "registry.hokus.ai:443")
    assert_healthy(sandbox)


def test_mon_14__trusts_nobody(sandbox: Sandbox) -> None:
    """The monitor's bundle does not know who signed; everybody else's does."""
    with broken(sandbox, "MON-14"):
        assert not is_trusted(sandbox)
        assert is_trusted(sandbox, sandbox.world.authority.bundle)
    assert is_trusted(sandbox)
    assert_healthy(sandbox)
