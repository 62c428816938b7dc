"""The API service of the platform at both dates: its paths, its keys, its proxy to MLflow.

Paths and bodies: the platform's measurements, "API endpoints" and "Measured: auth and status, everything healthy".
"""

from collections.abc import AsyncIterator, Callable, Mapping

import aiohttp
from aiohttp import web

from tests.sandbox.services.answers import compact, fastapi_errors
from tests.sandbox.services.api_auth import SESSION, Authentication, ValidationCache
from tests.sandbox.services.api_health import Health
from tests.sandbox.services.mlflow_client import MlflowClient, MlflowUnavailableError
from tests.sandbox.services.mlflow_proxy import add_mlflow_proxy, proxy_timeout
from tests.sandbox.services.network import BlockingSockets, Network, NetworkConnector
from tests.sandbox.services.server import ABORTS, answer_as
from tests.sandbox.services.settings import Environment, Era

_LARGEST_BODY_BYTES = 2**30
_REQUIRED = ("AUTH_SERVICE_URL", "MLFLOW_SERVER_URL")


def api_app(era: Era, environment: Mapping[str, str], network: Network) -> web.Application:
    """Return the API service; its environment is that of its task definition (``Environment``).

    Raises:
        KeyError: a variable is missing that it cannot start without.

    """
    if missing := [name for name in _REQUIRED if name not in environment]:
        raise KeyError(*missing)
    settings = Environment(environment)
    sockets = BlockingSockets(network)
    mlflow = MlflowClient(era, settings, sockets)
    cache = ValidationCache(era, settings, sockets)
    authentication = Authentication(era, settings, cache)
    app = web.Application(middlewares=[fastapi_errors, authentication.middleware], client_max_size=_LARGEST_BODY_BYTES)
    app[ABORTS] = [sockets.abort]
    app.cleanup_ctx.extend([cache.open, _session(settings, network)])
    app.on_response_prepare.append(answer_as("uvicorn"))
    Health(era, settings, sockets, mlflow).add_routes(app)
    _add_pages(app, era, mlflow)
    add_mlflow_proxy(app, era, settings)
    return app


def _session(environment: Environment, network: Network) -> Callable[[web.Application], AsyncIterator[None]]:
    async def open_session(app: web.Application) -> AsyncIterator[None]:
        connector = NetworkConnector(network, environment.tls)
        timeout = proxy_timeout(environment)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:
            app[SESSION] = session
            yield

    return open_session


def _add_pages(app: web.Application, era: Era, mlflow: MlflowClient) -> None:
    async def docs(_: web.Request) -> web.Response:
        page = "<!DOCTYPE html>\n<html>\n<head>\n<title>Hokusai API - Swagger UI</title>\n</head>\n</html>\n"
        return web.Response(text=page, content_type="text/html", charset="utf-8")

    async def openapi(request: web.Request) -> web.Response:
        paths: dict[str, dict[str, object]] = {}
        for route in request.app.router.routes():
            if route.resource is not None and route.method != "HEAD":
                paths.setdefault(route.resource.canonical, {})[route.method.lower()] = {}
        return compact({"openapi": "3.1.0", "info": {"title": "Hokusai API", "version": "1.0.0"}, "paths": paths})

    async def root(_: web.Request) -> web.Response:
        return compact({"message": "Hokusai API", "version": "1.0.0", "docs": "/docs"})

    async def models(_: web.Request) -> web.Response:
        # Synchronous, in the event loop; and an empty list when MLflow is down.
        try:
            found = mlflow.registered_models()
        except (MlflowUnavailableError, OSError):
            found = []
        return compact({"models": [{"name": model["name"]} for model in found]})

    app.router.add_get("/docs", docs, allow_head=False)
    app.router.add_get("/redoc", docs, allow_head=False)
    app.router.add_get("/openapi.json", openapi, allow_head=False)
    if era == "head":
        app.router.add_get("/", root, allow_head=False)
        app.router.add_get("/models/", models, allow_head=False)
        app.router.add_get("/api/models/", models, allow_head=False)
