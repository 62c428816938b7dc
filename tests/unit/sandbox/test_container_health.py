"""What a container's own health check finds: its program in the image, and a real answer."""

import pytest

from tests.sandbox.aws.container_health import container_health
from tests.sandbox.sandbox import Sandbox


@pytest.mark.parametrize(
    ("command", "health"),
    [
        ([], "UNKNOWN"),
        (["CMD-SHELL", "curl -f http://localhost:8001/health || exit 1"], "UNHEALTHY"),
        (["CMD", "python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8001/health')"], "HEALTHY"),
        (["CMD-SHELL", "python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1:8001/no')\""], "UNHEALTHY"),
        (["CMD-SHELL", "python -c \"import urllib.request as r; r.urlopen('http://localhost:9/')\""], "UNHEALTHY"),
        (["CMD-SHELL", "python /app/check.py"], "UNHEALTHY"),
    ],
    ids=["none", "no-curl", "healthy", "no-route", "refused", "unknown-script"],
)
def test_container_health__by_its_command(sandbox: Sandbox, command: list[str], health: str) -> None:
    """UNKNOWN without a command; HEALTHY only if the image has the program and the application answers below 400."""
    address = sandbox.connect_to()["api.hokusai-development.local:8001"].partition(":")[0]
    assert container_health({"healthCheck": {"command": command}}, address) == health
