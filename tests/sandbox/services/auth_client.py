"""How the API service and the MLflow gateway ask the auth service about a key.

Outcomes and their texts: the platform's measurements, "Auth" and "Measured: HEAD under faults".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp
from aiohttp import web

from tests.sandbox.services.settings import VALIDATION_TIMEOUT_S, Environment

ADMIN_SCOPES = frozenset({"admin", "mlflow:admin", "registry:admin", "model-registry:admin"})
ADMIN_REQUIRED = {
    "detail": "Admin access required for the model registry",
    "error": "REGISTRY_ADMIN_REQUIRED",
}
KEY_REQUIRED = "API key required"


class Refusal(Enum):
    """Why a key was not accepted; the value is the text that a caller sees."""

    INVALID = "Invalid or expired API key"
    RATE_LIMITED = "Rate limit exceeded"
    ERROR = "Authentication service error"
    TIMEOUT = "Authentication service timeout"
    UNAVAILABLE = "Authentication service unavailable"


@dataclass(frozen=True)
class Caller:
    """Whom a valid key belongs to, as the auth service said (and as the cache keeps it)."""

    answer: Mapping[str, Any]

    @property
    def user_id(self) -> str:
        return str(self.answer["user_id"])

    @property
    def key_id(self) -> str:
        return str(self.answer["key_id"])

    @property
    def is_registry_admin(self) -> bool:
        """Whether the model registry is open to it (HEAD); the real service also has a list of e-mail addresses."""
        return bool(self.answer.get("is_admin")) or not ADMIN_SCOPES.isdisjoint(self.answer["scopes"])

    @property
    def has_balance(self) -> bool:
        return bool(self.answer.get("has_sufficient_balance", True))


def presented_key(request: web.Request, *, in_query: bool) -> str | None:
    """Return the caller's key: ``Authorization: Bearer|ApiKey`` wins over ``X-API-Key`` over ``?api_key=``."""
    authorization = request.headers.get("Authorization", "")
    for scheme in ("Bearer ", "ApiKey "):
        if key := authorization.removeprefix(scheme) if authorization.startswith(scheme) else "":
            return key
    if key := request.headers.get("X-API-Key", ""):
        return key
    return (request.query.get("api_key") or None) if in_query else None


async def validate(
    session: aiohttp.ClientSession, environment: Environment, key: str, client_ip: str
) -> Caller | Refusal:
    """Ask the auth service about ``key``; every failure to find out is a refusal of its own."""
    try:
        async with session.post(
            f"{environment.auth_url}/api/v1/keys/validate",
            headers={"Authorization": f"Bearer {key}"},
            json={"service_id": "platform", "client_ip": client_ip},
            timeout=aiohttp.ClientTimeout(total=environment.seconds(VALIDATION_TIMEOUT_S)),
        ) as response:
            if response.status != 200:
                return {401: Refusal.INVALID, 429: Refusal.RATE_LIMITED}.get(response.status, Refusal.ERROR)
            answer = json.loads(await response.read())
    except TimeoutError:
        return Refusal.TIMEOUT
    except (aiohttp.ClientError, OSError, ValueError):
        return Refusal.UNAVAILABLE
    if not isinstance(answer, dict) or not {"user_id", "key_id", "scopes"} <= answer.keys():
        return Refusal.ERROR
    return Caller(answer)
