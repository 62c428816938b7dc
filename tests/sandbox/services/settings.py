"""What a service reads from its environment, as its task definition gives it."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# July 2026 and August 2025, the two dates of the platform's measurements; and a platform of another company.
Era = Literal["head", "2025-08", "orchard"]

VALIDATION_TIMEOUT_S = 5.0  # "Auth": the constructor's default; the setting of 10 s is ignored


@dataclass(frozen=True)
class Environment:
    """The environment variables of one container.

    ``TIME_SCALE`` (1.0) multiplies every time-out, back-off and time to live, so that a test need not wait;
    ``PAUSE_SCALE`` (1.0) back-offs alone: that a retry comes sooner changes no answer, however slow the machine is.
    """

    variables: Mapping[str, str]

    def seconds(self, real_s: float) -> float:
        """Return ``real_s`` seconds of the real platform in this sandbox's time."""
        return real_s * float(self.variables.get("TIME_SCALE", "1.0"))

    def pause_s(self, real_s: float) -> float:
        """Return a back-off of ``real_s`` seconds of the real platform in this sandbox's time."""
        return self.seconds(real_s) * float(self.variables.get("PAUSE_SCALE", "1.0"))

    @property
    def auth_url(self) -> str:
        """Where the auth service is, without a final slash."""
        return self.variables["AUTH_SERVICE_URL"].rstrip("/")

    @property
    def mlflow_url(self) -> str:
        """Where the API service finds MLflow, without a final slash."""
        return self.variables["MLFLOW_SERVER_URL"].rstrip("/")

    @property
    def tls(self) -> ssl.SSLContext | Literal[True]:
        """How a client verifies servers: against ``SSL_CERT_FILE``, or (True) the system's authorities."""
        bundle = self.variables.get("SSL_CERT_FILE")
        return ssl.create_default_context(cafile=bundle) if bundle else True

    @property
    def redis_url(self) -> str | None:
        """REDIS_URL, or what REDIS_HOST, REDIS_PORT, REDIS_TLS_ENABLED and REDIS_AUTH_TOKEN say; None without."""
        if url := self.variables.get("REDIS_URL"):
            return url
        if not (host := self.variables.get("REDIS_HOST")):
            return None
        scheme = "rediss" if self.variables.get("REDIS_TLS_ENABLED", "false").lower() == "true" else "redis"
        token = self.variables.get("REDIS_AUTH_TOKEN", "")
        credentials = f":{token}@" if token else ""
        return f"{scheme}://{credentials}{host}:{self.variables.get('REDIS_PORT', '6379')}"
