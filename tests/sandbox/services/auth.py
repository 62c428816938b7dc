"""The auth service, by its contract: the real one is closed.

Contract: the platform's measurements, "Auth". One thing is assumed there, not measured: it keeps its rate limits in
Redis, and answers 500 when Redis does not answer.
"""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass

import redis.asyncio
from aiohttp import web

from tests.sandbox.services.answers import compact, fastapi_errors
from tests.sandbox.services.network import Network
from tests.sandbox.services.redis_client import async_redis
from tests.sandbox.services.server import answer_as
from tests.sandbox.services.settings import Environment

_LOG = logging.getLogger(__name__)

SERVICE_IDS = ("website", "prediction", "platform")
_REDIS_TIMEOUT_S = 3.0  # so that it answers before its callers give up, after 5 s
_HOUR_S = 3600


@dataclass(frozen=True)
class KeyRecord:
    """What the auth service knows about one API key; balances and limits are those of its user."""

    user_id: str
    key_id: str
    scopes: tuple[str, ...] = ("model:read", "model:write")
    service_id: str = "platform"
    is_admin: bool = False
    is_revoked: bool = False
    has_balance: bool = True
    is_debit_rejected: bool = False
    rate_limit_per_hour: int = 10_000
    email: str = "somebody@example.com"


class UndefinedTableError(Exception):
    """The table of keys is not there; the message is PostgreSQL's."""


class KeyTable(dict[str, KeyRecord]):
    """The auth service's own table: API key -> record. It may be edited while the service runs, and dropped."""

    is_dropped = False

    def find(self, key: str) -> KeyRecord | None:
        """Return a key's record; UndefinedTableError when the table is dropped."""
        if self.is_dropped:
            raise UndefinedTableError('relation "api_keys" does not exist')
        return self.get(key)


# Whom every unknown key belongs to when AUTH_FAIL_OPEN is true, a leftover of somebody's debugging.
_ANYBODY = KeyRecord(user_id="anonymous", key_id="anonymous", is_admin=True, scopes=("admin",))


def auth_app(environment: Mapping[str, str], network: Network, keys: KeyTable) -> web.Application:
    """Return the auth service; ``keys`` may be edited while it runs.

    Without REDIS_URL and REDIS_HOST it keeps no rate limits.
    """
    service = _Auth(Environment(environment), network, keys)
    app = web.Application(middlewares=[fastapi_errors])
    app.cleanup_ctx.append(service.redis)
    app.on_response_prepare.append(answer_as("uvicorn"))
    app.router.add_get("/health", service.health, allow_head=False)
    app.router.add_post("/api/v1/keys/validate", service.validate)
    app.router.add_get("/api/v1/keys", service.list_keys, allow_head=False)
    app.router.add_post("/api/v1/keys", service.create_key)
    app.router.add_post("/api/v1/usage/{key_id}/debit", service.debit)
    return app


class _Auth:
    def __init__(self, environment: Environment, network: Network, keys: KeyTable) -> None:
        self._environment, self._network = environment, network
        self._keys = keys
        self._created: dict[str, KeyRecord] = {}
        self._redis: redis.asyncio.Redis | None = None

    async def redis(self, _: web.Application) -> AsyncIterator[None]:
        if self._environment.redis_url is not None:
            timeout_s = self._environment.seconds(_REDIS_TIMEOUT_S)
            self._redis = async_redis(self._environment, self._network, timeout_s)
        yield
        if self._redis is not None:
            await self._redis.aclose()

    async def health(self, _: web.Request) -> web.Response:
        return compact({"status": "healthy", "service": "auth", "version": "1.0.0"})

    async def validate(self, request: web.Request) -> web.Response:
        found = await self._identify(request)
        if isinstance(found, web.Response):
            return found
        try:
            service_id = (await request.json())["service_id"]
        except (json.JSONDecodeError, KeyError, TypeError):
            return compact({"detail": [{"loc": ["body", "service_id"], "msg": "Field required"}]}, 422)
        if service_id not in SERVICE_IDS:
            message = f"Input should be {', '.join(SERVICE_IDS)}"
            return compact({"detail": [{"loc": ["body", "service_id"], "msg": message}]}, 422)
        if service_id != found.service_id:
            return _refused()
        return compact(_validation(found))

    async def list_keys(self, request: web.Request) -> web.Response:
        found = await self._identify(request)
        if isinstance(found, web.Response):
            return found
        if not found.is_admin:
            return compact({"detail": "Admin access required"}, 403)
        return compact([_public(record) for record in (dict(self._keys) | self._created).values()])

    async def create_key(self, request: web.Request) -> web.Response:
        found = await self._identify(request)
        if isinstance(found, web.Response):
            return found
        if not found.is_admin:
            return compact({"detail": "Admin access required"}, 403)
        key = f"fake-created-key-{secrets.token_hex(8)}"
        self._created[key] = KeyRecord(user_id=found.user_id, key_id=f"key-{secrets.token_hex(4)}")
        return compact({"key": key} | _public(self._created[key]), 201)

    async def debit(self, request: web.Request) -> web.Response:
        key_id = request.match_info["key_id"]
        for record in (dict(self._keys) | self._created).values():
            if record.key_id != key_id:
                continue
            if record.is_debit_rejected:
                return compact({"reason": "Insufficient balance", "reason_code": "insufficient_balance"}, 402)
            return compact({"status": "debited", "key_id": key_id})
        return compact({"detail": "Key not found"}, 404)

    async def _identify(self, request: web.Request) -> KeyRecord | web.Response:
        """Return the record of the caller's key, or the answer that refuses it."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            return compact({"detail": "API key required"}, 401)
        try:
            calls = await self._count_call(key)
            record = self._created.get(key) or self._keys.find(key)
        except (redis.RedisError, OSError) as error:
            # "redis.exceptions.ConnectionError: Error 111" is what one finds in the service's log.
            _LOG.error("%s.%s: %s", type(error).__module__, type(error).__name__, error)
            return compact({"detail": "Internal server error"}, 500)
        except UndefinedTableError as error:
            _LOG.error("psycopg2.errors.UndefinedTable: %s", error)
            return compact({"detail": "Internal server error"}, 500)
        if record is None or (record.is_revoked and not self._is_set("AUTH_SKIP_REVOCATION")):
            return _ANYBODY if self._is_set("AUTH_FAIL_OPEN") else _refused()
        if calls > record.rate_limit_per_hour:
            return compact({"detail": "Rate limit exceeded"}, 429, {"Retry-After": "60"})
        return record

    def _is_set(self, variable: str) -> bool:
        return self._environment.variables.get(variable, "false") == "true"

    async def _count_call(self, key: str) -> int:
        """Count a call with this key, known or not, within the running hour."""
        if self._redis is None:
            return 0
        name = f"auth:rate:{hashlib.sha256(key.encode()).hexdigest()[:16]}:{int(time.time() // _HOUR_S)}"
        count = await self._redis.incr(name)
        if count == 1:
            await self._redis.expire(name, _HOUR_S)
        return count


def _refused() -> web.Response:
    return compact({"detail": "Invalid or expired API key"}, 401)


def _validation(record: KeyRecord) -> dict[str, object]:
    return {
        "user_id": record.user_id,
        "key_id": record.key_id,
        "service_id": record.service_id,
        "scopes": list(record.scopes),
        "rate_limit_per_hour": record.rate_limit_per_hour,
        "email": record.email,
        "roles": ["admin"] if record.is_admin else [],
        "is_admin": record.is_admin,
        "has_sufficient_balance": record.has_balance,
        "balance": 100.0 if record.has_balance else 0.0,
    }


def _public(record: KeyRecord) -> dict[str, object]:
    shown = ("user_id", "key_id", "service_id", "scopes", "is_revoked", "rate_limit_per_hour")
    return {name: value for name, value in asdict(record).items() if name in shown}
