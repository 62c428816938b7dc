"""The monitor's AWS clients: bounded in time and tries, recognisable, and made once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_monitor import __version__
from registry_monitor.inventory.aws import aws_client, forget_clients
from tests.unit.inventory.conftest import REGION


def test_client__is_bounded_and_recognisable(environment: pytest.MonkeyPatch) -> None:
    """Three seconds to connect, five to read, two tries; and the log of AWS tells who asked."""
    config = aws_client("ecs", REGION).meta.config
    assert (config.connect_timeout, config.read_timeout) == (2.0, 4.0)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", 2)
    assert config.user_agent_extra.startswith(f"registry-monitor/{__version__}")


def test_client__is_kept(environment: pytest.MonkeyPatch) -> None:
    """Threads that ask for the same client at the same time get one."""
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: aws_client("ecs", REGION), range(16)))
    assert len({id(client) for client in clients}) == 1
    assert aws_client("elbv2", REGION) is not clients[0]


def test_client__after_the_environment_has_changed(environment: pytest.MonkeyPatch) -> None:
    """Clients that are forgotten are made anew, with the credentials and endpoint of then."""
    before = aws_client("ecs", REGION)
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    forget_clients()
    after = aws_client("ecs", REGION)
    assert (before.meta.endpoint_url, after.meta.endpoint_url) == (
        f"https://ecs.{REGION}.amazonaws.com",
        "http://127.0.0.1:1",
    )
