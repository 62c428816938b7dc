"""The containers' own health checks (ECS API Reference, HealthCheck): what their command would find."""

import re
import urllib.request
from typing import Any

Json = dict[str, Any]
_PROGRAMS = ("python", "python3")  # what the slim images have: neither curl nor wget
_URL = re.compile(r"http://(?:localhost|127\.0\.0\.1):(\d+)(/[^\s'\"]*)")
_TIMEOUT_S = 5.0  # AWS's default


def container_health(container: Json, address: str) -> str:
    """Return the health that ECS shows of a container at ``address``: UNKNOWN without a health check."""
    command = container.get("healthCheck", {}).get("command", [])
    if not command:
        return "UNKNOWN"
    text = " ".join(command[1:])
    return "HEALTHY" if text.split()[0] in _PROGRAMS and _answers(text, address) else "UNHEALTHY"


def _answers(text: str, address: str) -> bool:
    found = _URL.search(text)
    if found is None:
        return False
    port, path = found.groups()
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=_TIMEOUT_S):
            return True
    except OSError:  # urllib's errors for refused connections and for statuses of 400 and more are such
        return False
