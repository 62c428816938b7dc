"""What stands at port 5000 of the MLflow container, before a real MLflow server that has no prefix of its own.

HEAD: the admin gateway. August 2025: MLflow 2.9.2 with ``--static-prefix /mlflow``, open to the world. Paths and texts:
the platform's measurements, "MLflow proxy", "Wrong-prefix traps" and "Measured: auth and status".
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import hdrs, web
from yarl import URL

from tests.sandbox.services.answers import HTML_308, HTML_404, html, spaced
from tests.sandbox.services.auth_client import ADMIN_REQUIRED, KEY_REQUIRED, Refusal, presented_key, validate
from tests.sandbox.services.forwarding import end_to_end, relay, send, streamed_body
from tests.sandbox.services.network import Network, NetworkConnector
from tests.sandbox.services.server import answer_as
from tests.sandbox.services.settings import Environment, Era

PREFIX = "/mlflow"
VERSIONS = {"2025-08": "2.9.2", "head": "3.9.0"}
# What --static-prefix moves in these versions; the REST routes below /api stay where they are.
_MOVED = ("ajax-api", "static-files", "graphql", "get-artifact", "model-versions")
# Routes of MLflow 3, which 2.9.2 did not have.
_NOT_IN_2_9 = (
    "/api/3.0/",
    "/ajax-api/3.0/",
    "/api/2.0/mlflow/logged-models",
    "/ajax-api/2.0/mlflow/logged-models",
)

# MLflow's own words (mlflow.server.auth).
_LOGIN = (
    "You are not authenticated. Please see "
    "https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate."
)


def mlflow_front_app(
    era: Era, environment: Mapping[str, str], network: Network, upstream: tuple[str, int], *, asks_login: bool = False
) -> web.Application:
    """Return the application in front of the MLflow server at ``upstream`` (address, port).

    ``asks_login``: MLflow runs with ``--app-name basic-auth``, and knows nobody who asks here.
    """
    front = _Front(era, Environment(environment), network, upstream, asks_login=asks_login)
    app = web.Application(client_max_size=0)
    app.cleanup_ctx.append(front.sessions)
    app.on_response_prepare.append(answer_as("uvicorn" if era == "head" else "gunicorn"))
    app.router.add_route("*", "/{path:.*}", front.handle)
    return app


class _Front:
    def __init__(
        self, era: Era, environment: Environment, network: Network, upstream: tuple[str, int], *, asks_login: bool
    ) -> None:
        self._era, self._environment, self._network = era, environment, network
        self._asks_login = asks_login
        self._base = f"http://{upstream[0]}:{upstream[1]}"

    async def sessions(self, _: web.Application) -> AsyncIterator[None]:
        """Hold one session for the auth service (through the network) and one for MLflow (in the same container)."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with (
            aiohttp.ClientSession(connector=NetworkConnector(self._network)) as self._auth,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True, limit=0),
                timeout=timeout,
                auto_decompress=False,
            ) as self._mlflow,
        ):
            yield

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self._era == "head":
            if request.path in ("/health", "/mlflow/health") and request.method == "GET":
                return spaced({"status": "ok"})  # static: proves no back end
            if request.method != "OPTIONS" and (refusal := await self._refuse(request)):
                return refusal
        if request.path == PREFIX:
            location = f"http://{request.host}{PREFIX}/"
            return html(HTML_308.format(url=location), 308, {hdrs.LOCATION: location})
        if request.path == ("/version" if self._era == "2025-08" else f"{PREFIX}/version"):
            return web.Response(text=VERSIONS[self._era], content_type="text/html", charset="utf-8")
        path = self._translate(request.rel_url.raw_path)
        if self._asks_login and path != "/health":
            return html(_LOGIN, 401, {hdrs.WWW_AUTHENTICATE: 'Basic realm="mlflow"'})
        return html(HTML_404, 404) if path is None else await self._pass_on(request, path)

    async def _refuse(self, request: web.Request) -> web.Response | None:
        """Return the gateway's refusal; None for an admin of the registry."""
        key = presented_key(request, in_query=False)
        if key is None:
            return spaced({"detail": KEY_REQUIRED}, 401)
        found = await validate(self._auth, self._environment, key, request.remote or "")
        if found in (Refusal.INVALID, Refusal.RATE_LIMITED):
            return spaced({"detail": found.value}, 401)
        if isinstance(found, Refusal):
            # Measured with the auth service refused and with its time-out; "unavailable" was never seen from here.
            text = Refusal.TIMEOUT if found is Refusal.TIMEOUT else Refusal.ERROR
            return spaced({"detail": text.value}, 503, {"Retry-After": "1"})
        return None if found.is_registry_admin else spaced(ADMIN_REQUIRED, 403)

    def _translate(self, path: str) -> str | None:
        """Return the path at the real server, or None where the platform's version has no such route."""
        if path.startswith("/api/") or (path == "/health" and self._era == "2025-08"):
            target = path
        elif path == f"{PREFIX}/":
            target = "/"
        elif path.removeprefix(f"{PREFIX}/").split("/")[0] in _MOVED and path.startswith(f"{PREFIX}/"):
            target = path.removeprefix(PREFIX)
        else:
            return None
        return None if self._era == "2025-08" and target.startswith(_NOT_IN_2_9) else target

    async def _pass_on(self, request: web.Request, path: str) -> web.StreamResponse:
        headers = end_to_end(request.headers)
        if self._era == "2025-08":
            headers[hdrs.HOST] = "localhost"  # 2.9.2 did not check the Host header
        query = request.rel_url.raw_query_string
        url = URL(f"{self._base}{path}?{query}" if query else self._base + path, encoded=True)
        try:
            upstream = await send(self._mlflow, request.method, url, headers, streamed_body(request))
        except (aiohttp.ClientError, OSError):
            # One container: without its MLflow process nobody would have accepted this connection.
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError from None
        async with upstream:
            return await relay(request, upstream)
