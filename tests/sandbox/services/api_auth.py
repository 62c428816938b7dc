"""The API service's authentication middleware, with its cache of successes in Redis, at both dates.

Rules, texts and times: the platform's measurements, "Auth", "Measured: auth and status" and the two tables of faults.
"""

import hashlib
import json
import logging
from collections.abc import AsyncIterator

import aiohttp
import redis
from aiohttp import web
from aiohttp.typedefs import Handler

from tests.sandbox.services.answers import compact
from tests.sandbox.services.auth_client import (
    ADMIN_REQUIRED,
    KEY_REQUIRED,
    Caller,
    Refusal,
    presented_key,
    validate,
)
from tests.sandbox.services.network import BlockingSockets
from tests.sandbox.services.redis_client import blocking_redis
from tests.sandbox.services.settings import VALIDATION_TIMEOUT_S, Environment, Era

_LOG = logging.getLogger(__name__)

CALLER: web.RequestKey[Caller] = web.RequestKey("caller", Caller)
SESSION: web.AppKey[aiohttp.ClientSession] = web.AppKey("session", aiohttp.ClientSession)

REGISTRY_PREFIXES = ("/mlflow", "/api/mlflow", "/api/2.0/mlflow")
_OPEN = {
    "2025-08": ("/health", "/docs", "/openapi.json", "/redoc"),
    "head": (
        *("/health", "/docs", "/openapi.json", "/redoc", "/ready", "/live", "/version", "/metrics"),
        *("/api/v1/dspy/health", "/api/health/mlflow"),
    ),
}
_KEY_HEADERS = ("Authorization", "X-API-Key")
_CACHE_TTL_S = {"2025-08": 300.0, "head": 60.0}
_REDIS_TIMEOUT_S = {"2025-08": None, "head": 2.0}  # in August a hung Redis blocked the event loop for ever


def has_prefix(path: str, prefixes: tuple[str, ...]) -> bool:
    """Whether ``path`` is one of ``prefixes`` or lies below one."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


class ValidationCache:
    """Answers of the auth service in Redis, under the raw key as on the platform. Its calls block the event loop."""

    def __init__(self, era: Era, environment: Environment, sockets: BlockingSockets) -> None:
        self._ttl_ms = int(environment.seconds(_CACHE_TTL_S[era]) * 1000)
        self._redis: redis.Redis | None = None
        timeout_s = _REDIS_TIMEOUT_S[era]
        self._timeout_s = None if timeout_s is None else environment.seconds(timeout_s)
        # Without TLS the client of HEAD is built with an argument that it does not know: each call fails at once.
        self._is_broken = era == "head" and environment.variables.get("REDIS_URL", "").startswith("redis://")
        self._environment, self._sockets = environment, sockets

    async def open(self, _: web.Application) -> AsyncIterator[None]:
        """Ask Redis once; a cache that does not answer at the start stays off until the service is restarted."""
        try:
            if self._environment.redis_url is not None and not self._is_broken:
                client = blocking_redis(self._environment, self._sockets, self._timeout_s)
                client.ping()
                self._redis = client
        except (redis.RedisError, OSError, ValueError) as error:
            _LOG.error("The validation cache is off: %s.%s: %s", type(error).__module__, type(error).__name__, error)
        yield
        if self._redis is not None:
            self._redis.close()

    @property
    def is_on(self) -> bool:
        """Whether Redis answered when the service started."""
        return self._redis is not None

    def ping(self) -> bool:
        """Whether Redis answers now."""
        try:
            return self._redis is not None and bool(self._redis.ping())
        except (redis.RedisError, OSError):
            return False

    def get(self, key: str) -> Caller | None:
        """Return the caller whom this key was valid for a short time ago."""
        if self._redis is None:
            return None
        try:
            text = self._redis.get(f"api_key:validation:{key}")
        except (redis.RedisError, OSError) as error:
            _LOG.warning("The validation cache cannot be read: %s", error)
            return None
        return Caller(json.loads(str(text))) if text else None

    def put(self, key: str, caller: Caller) -> None:
        """Remember a success."""
        if self._redis is None:
            return
        try:
            self._redis.set(f"api_key:validation:{key}", json.dumps(dict(caller.answer)), px=self._ttl_ms)
        except (redis.RedisError, OSError) as error:
            _LOG.warning("The validation cache cannot be written: %s", error)


class Authentication:
    """The middleware: who calls, and may they; at HEAD also who pays."""

    def __init__(self, era: Era, environment: Environment, cache: ValidationCache) -> None:
        self._era, self._environment, self._cache = era, environment, cache

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse, or let the handler answer."""
        is_preflight = request.method == "OPTIONS" and self._era == "head"  # CORS bypass
        if is_preflight or has_prefix(request.path, _OPEN[self._era]):
            return await handler(request)
        key = presented_key(self._without_ignored(request), in_query=True)
        if key is None:
            return compact({"detail": KEY_REQUIRED}, 401)
        caller = self._cache.get(key)
        if caller is None:
            found = await validate(request.app[SESSION], self._environment, key, request.remote or "")
            if isinstance(found, Refusal):
                _LOG.info("Key %s refused: %s", hashlib.sha256(key.encode()).hexdigest()[:8], found.value)
                return _refuse(self._era, found)
            caller = found
            self._cache.put(key, caller)
        if self._era == "head" and (refusal := await self._charge(request, caller, key)):
            return refusal
        request[CALLER] = caller
        return await handler(request)

    def _without_ignored(self, request: web.Request) -> web.Request:
        """Return the request without the headers that AUTH_HEADERS, where it is set, does not name."""
        accepted = self._environment.variables.get("AUTH_HEADERS", ",".join(_KEY_HEADERS)).split(",")
        ignored = set(_KEY_HEADERS) - set(accepted)
        if not ignored:
            return request
        headers = request.headers.copy()
        for name in ignored:
            headers.popall(name, None)
        return request.clone(headers=headers)

    async def _charge(self, request: web.Request, caller: Caller, key: str) -> web.Response | None:
        """Admins alone may use the registry; everything else costs, and is debited before it runs."""
        if has_prefix(request.path, REGISTRY_PREFIXES):
            return None if caller.is_registry_admin else compact(ADMIN_REQUIRED, 403)
        if not caller.has_balance:
            return compact({"detail": "Insufficient balance"}, 402)
        try:
            async with request.app[SESSION].post(
                f"{self._environment.auth_url}/api/v1/usage/{caller.key_id}/debit",
                headers={"Authorization": f"Bearer {key}"},
                json={"path": request.path},
                timeout=aiohttp.ClientTimeout(total=self._environment.seconds(VALIDATION_TIMEOUT_S)),
            ) as response:
                if response.status == 402:
                    return compact({"error": "usage_debit_rejected"} | json.loads(await response.read()), 402)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _LOG.warning("The debit failed and is allowed: %s", error)
        return None


def _refuse(era: Era, refusal: Refusal) -> web.Response:
    status, headers = 401, {}
    if era == "head" and refusal is Refusal.RATE_LIMITED:
        status, headers = 429, {"Retry-After": "60"}
    elif era == "head" and refusal is not Refusal.INVALID:
        status, headers = 503, {"Retry-After": "1"}
    return compact({"detail": refusal.value}, status, headers)
