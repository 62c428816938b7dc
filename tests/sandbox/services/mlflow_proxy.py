"""The API service's proxy to MLflow, with the habits of the real one.

Prefixes, texts and losses: the platform's measurements, "MLflow proxy" and "Measured: HEAD under faults". It forwards
bodies for POST, PUT and PATCH alone, so that a DELETE reaches MLflow without one.
"""

from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
from aiohttp import web
from yarl import URL

from tests.sandbox.services.answers import compact
from tests.sandbox.services.api_auth import CALLER, SESSION
from tests.sandbox.services.forwarding import end_to_end, relay, send, streamed_body
from tests.sandbox.services.settings import Environment, Era

TIMEOUT_S = 30.0
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_KEY_HEADERS = ("authorization", "x-api-key")
_WITH_BODY = ("POST", "PUT", "PATCH")
_ARTIFACTS_DISABLED = {
    "detail": {
        "error": "ARTIFACTS_DISABLED",
        "message": "MLflow artifact storage is not enabled on this server",
    }
}


def add_mlflow_proxy(app: web.Application, era: Era, environment: Environment) -> None:
    """Mount the proxy; at HEAD the mount below /api/2.0/mlflow drops its prefix, so that it always gives 404."""
    proxy = _Proxy(environment)
    prefixes = ("/mlflow", "/api/mlflow") if era == "2025-08" else ("/mlflow", "/api/mlflow", "/api/2.0/mlflow")
    for prefix in prefixes:
        for method in _METHODS:
            app.router.add_route(method, prefix + "/{path:.*}", proxy.handle)


def proxy_timeout(environment: Environment) -> aiohttp.ClientTimeout:
    """30 s for each connection attempt and each read, as the real client counts."""
    limit_s = environment.seconds(TIMEOUT_S)
    return aiohttp.ClientTimeout(total=None, connect=limit_s, sock_connect=limit_s, sock_read=limit_s)


class _Proxy:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if "artifacts" in path and self._environment.variables.get("MLFLOW_SERVE_ARTIFACTS", "true") == "false":
            return compact(_ARTIFACTS_DISABLED, 503)
        try:
            upstream = await self._ask(request)
        except TimeoutError:
            return compact({"detail": f"MLflow server request timeout after {TIMEOUT_S}s"}, 504)
        except aiohttp.ClientConnectorError:
            return compact({"detail": f"Failed to connect to MLflow server at {self._environment.mlflow_url}"}, 502)
        except (aiohttp.ClientError, OSError):
            return compact({"detail": "Internal server error while proxying to MLflow"}, 500)
        async with upstream:
            if upstream.status == 404 and upstream.content_type == "text/html":
                message = f"MLflow endpoint not found: {path}"
                return compact({"error_code": "RESOURCE_NOT_FOUND", "message": message}, 404)
            return await relay(request, upstream)

    async def _ask(self, request: web.Request) -> aiohttp.ClientResponse:
        # Between 2025-07-24 and 08-19 the real proxy did not pass the caller's key on.
        is_stripped = self._environment.variables.get("MLFLOW_PROXY_STRIP_AUTH", "false") == "true"
        headers = end_to_end(request.headers, "host", *(_KEY_HEADERS if is_stripped else ()))
        if passed_on := self._environment.variables.get("MLFLOW_PROXY_HEADERS"):
            for name in set(headers) - set(passed_on.split(",")):
                headers.popall(name, None)
        if caller := request.get(CALLER):
            headers["X-Hokusai-User-Id"] = caller.user_id
            headers["X-Hokusai-API-Key-Id"] = caller.key_id
        return await send(request.app[SESSION], request.method, self._url(request), headers, await _body(request))

    def _url(self, request: web.Request) -> URL:
        prefix = request.match_info.route.resource.canonical.removesuffix("/{path}")  # type: ignore[union-attr]
        path = request.rel_url.raw_path.removeprefix(prefix)
        # Of duplicate keys the last one wins, as in a dict made of them.
        query = dict(request.query.items())
        return URL(self._environment.mlflow_url + path, encoded=True).with_query(query)


async def _body(request: web.Request) -> AsyncIterator[bytes] | BytesIO | None:
    if request.method not in _WITH_BODY:
        return None
    if request.content_length is None and request.body_exists:
        return BytesIO(await request.read())  # the real proxy reads the whole body first, and so knows its length
    return streamed_body(request)
