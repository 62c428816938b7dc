"""The API service's health endpoints at both dates; those that block the event loop block it here too.

Shapes and times: the platform's measurements, "API endpoints" and the two tables of faults.
"""

import asyncio
import datetime as dt
import socket
import struct
import time
from typing import Any

import redis
from aiohttp import web

from tests.sandbox.services.answers import compact
from tests.sandbox.services.mlflow_client import MlflowClient, MlflowUnavailableError
from tests.sandbox.services.network import BlockingSockets
from tests.sandbox.services.redis_client import blocking_redis
from tests.sandbox.services.settings import Environment, Era

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL protocol 3.0: every server answers it with S or N
_READY_BACKOFF_S = (1.0, 2.0)
_READY_TIMEOUT_S = 20.0
_HEALTH_TIMEOUT_S = 5.0


class Health:
    """The handlers of the health endpoints."""

    def __init__(self, era: Era, environment: Environment, sockets: BlockingSockets, mlflow: MlflowClient) -> None:
        self._era, self._environment, self._sockets, self._mlflow = era, environment, sockets, mlflow

    def add_routes(self, app: web.Application) -> None:
        """Add the endpoints of this date."""
        for path, handler in (
            ("/health", self.health),
            ("/health/mlflow", self.mlflow_connection),
            ("/health/status", _broken_model),
            ("/ready", self.ready),
            ("/live", _live),
            ("/version", _version),
            ("/metrics", self.metrics),
            ("/api/health/mlflow", self.api_mlflow),
            ("/api/health/mlflow/detailed", self.api_mlflow),
            ("/api/health/mlflow/connectivity", self.api_mlflow),
        ):
            app.router.add_get(path, handler, allow_head=False)
        if self._era == "head":
            app.router.add_get("/health/alb", _alive, allow_head=False)
            app.router.add_get("/api/v1/dspy/health", _alive, allow_head=False)

    async def health(self, request: web.Request) -> web.Response:
        """HEAD: static, green in every fault. August: real checks inside the event loop, always 200."""
        if request.query.get("detailed", "").lower() in ("true", "1"):
            return await _broken_model(request)
        status = "healthy"
        services = {"api": "healthy", "dependency_checks": "skipped"}
        if self._era == "2025-08":
            services = {name: "healthy" if works else "unhealthy" for name, works in self._check_all().items()}
            status = "healthy" if set(services.values()) == {"healthy"} else "degraded"
        return compact(
            {
                "status": status,
                "version": "1.0.0",
                "services": services,
                "timestamp": dt.datetime.now(dt.UTC).isoformat(),
                "system_info": None,
            }
        )

    async def ready(self, _: web.Request) -> web.Response:
        """Whether the database answers, asked up to three times, synchronously."""
        works = self._ask_database(_READY_TIMEOUT_S, _READY_BACKOFF_S)
        error = None if works else "Database connection failed"
        return compact(
            {
                "ready": works,
                "can_serve_traffic": works,
                "checks": [{"name": "database", "passed": works, "error": error, "critical": True}],
                "degraded_mode": not works,
                "model_30": {"status": "ready"},
                "timestamp": dt.datetime.now(dt.UTC).isoformat(),
            },
            200 if works else 503,
        )

    async def mlflow_connection(self, _: web.Request) -> web.Response:
        """200 either way: ``connected`` tells, not the status."""
        error = self._mlflow_error()
        body = {"connected": error is None, "tracking_uri": self._environment.mlflow_url, "error": error}
        return compact(body | {"circuit_breaker_state": "CLOSED"})

    async def metrics(self, _: web.Request) -> web.Response:
        """Prometheus text, for which MLflow is asked synchronously."""
        return web.Response(text=f"mlflow_up {int(self._mlflow_error() is None)}\n", content_type="text/plain")

    async def api_mlflow(self, request: web.Request) -> web.Response:
        """The API's own way to MLflow, in a thread: its name, its TLS, its token."""
        if self._era == "2025-08":
            return await self._api_mlflow_checks(request)
        started = time.monotonic()
        cap_s = self._environment.seconds(_HEALTH_TIMEOUT_S)
        models: list[dict[str, Any]] = []
        error: tuple[str, str] | None = None
        try:
            models = await asyncio.wait_for(asyncio.to_thread(self._mlflow.registered_models), cap_s)
        except TimeoutError:
            error = "TimeoutError", f"MLflow did not answer within {_HEALTH_TIMEOUT_S}s"
        except MlflowUnavailableError as failure:
            error = failure.kind, str(failure)
        return compact(
            {
                "status": "ok" if error is None else "error",
                "tracking_uri": self._environment.mlflow_url,
                "latency_ms": round((time.monotonic() - started) * 1000, 2),
                "sample_model": models[0]["name"] if models else None,
                "error_type": error and error[0],
                "error": error and error[1],
            },
            200 if error is None else 503,
        )

    async def _api_mlflow_checks(self, request: web.Request) -> web.Response:
        paths = {
            "connectivity": "/api/2.0/mlflow/experiments/search?max_results=1",
            "experiments_api": "/api/2.0/mlflow/experiments/search?max_results=10",
            "artifacts_api": "/api/2.0/mlflow-artifacts/artifacts",
        }
        if request.path.endswith("/connectivity"):
            paths = {"connectivity": paths["connectivity"]}
        checks = {}
        for name, path in paths.items():
            error = await asyncio.to_thread(self._mlflow_error, path)
            checks[name] = {"status": "healthy" if error is None else "unhealthy", "error": error}
        works = all(check["error"] is None for check in checks.values())
        return compact({"mlflow_server": self._environment.mlflow_url, "checks": checks}, 200 if works else 503)

    def _mlflow_error(self, path: str | None = None) -> str | None:
        """Return why MLflow cannot be asked; a single question when ``path`` is given, else with retries."""
        try:
            self._mlflow.get(path or "/api/2.0/mlflow/experiments/search?max_results=1", retries=0 if path else 2)
        except MlflowUnavailableError as failure:
            return str(failure)
        return None

    def _check_all(self) -> dict[str, bool]:
        redis_works = self._ask_redis()
        return {
            "mlflow": self._mlflow_error() is None,
            "redis": redis_works,
            "message_queue": redis_works,  # the queue lies in Redis
            "postgres": self._ask_database(_HEALTH_TIMEOUT_S, ()),
        }

    def _ask_redis(self) -> bool:
        try:
            timeout_s = self._environment.seconds(_HEALTH_TIMEOUT_S)
            with blocking_redis(self._environment, self._sockets, timeout_s) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError, ValueError):
            return False

    def _ask_database(self, timeout_s: float, backoff_s: tuple[float, ...]) -> bool:
        variables = self._environment.variables
        if not (host := variables.get("DB_HOST")):
            return False
        limit_s = self._environment.seconds(timeout_s)
        for pause_s in (*backoff_s, None):
            try:
                with self._sockets.connect(host, int(variables.get("DB_PORT", "5432")), limit_s) as connection:
                    connection.settimeout(limit_s)
                    return _answers_as_postgres(connection)
            except OSError:
                if pause_s is not None:
                    self._sockets.sleep(self._environment.pause_s(pause_s))
        return False


def _answers_as_postgres(connection: socket.socket) -> bool:
    connection.sendall(_SSL_REQUEST)
    return connection.recv(1) in (b"S", b"N")


async def _broken_model(_: web.Request) -> web.Response:
    """500 always: the response model rejects its own answer (measured, also when everything is healthy)."""
    return web.Response(text="Internal Server Error", status=500, content_type="text/plain", charset="utf-8")


async def _alive(_: web.Request) -> web.Response:
    return compact({"status": "healthy"})


async def _live(_: web.Request) -> web.Response:
    return compact({"alive": True, "timestamp": dt.datetime.now(dt.UTC).isoformat()})


async def _version(_: web.Request) -> web.Response:
    return compact({"version": "1.0.0", "build": "unknown"})
