"""The headers by which every probe can be found in the platform's own logs."""

import secrets
import time

from registry_monitor import __version__
from registry_monitor.model import Attempt

USER_AGENT = f"registry-monitor/{__version__}"


def correlation_headers(attempt: Attempt) -> dict[str, str]:
    """User-Agent, X-Request-Id and X-Amzn-Trace-Id (AWS user guide, "Request tracing for your ALB")."""
    root = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return {"User-Agent": USER_AGENT, "X-Request-Id": attempt.request_id, "X-Amzn-Trace-Id": root}
