"""The feature store of another company: small, with tokens of its own, and one question that it must ask MLflow.

It refuses with 403, in its own words; it says how it is at ``/status``.
"""

import base64
import logging
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from tests.sandbox.services.network import Network, NetworkConnector
from tests.sandbox.services.server import answer_as

TOKEN_HEADER = "Feature-Token"
_LOG = logging.getLogger(__name__)
_MLFLOW_TIMEOUT_S = 3.0
_SETS = ({"name": "customers", "rows": 1200}, {"name": "orders", "rows": 54_000})


def features_app(variables: Mapping[str, str], network: Network) -> web.Application:
    """Return the feature store.

    ``variables``: FEATURE_TOKEN, who may ask; TRACKING_URL and TRACKING_LOGIN (user:password), where MLflow is.
    """
    service = _Features(variables, network)
    app = web.Application()
    app.cleanup_ctx.append(service.session)
    app.on_response_prepare.append(answer_as("hypercorn-h11"))
    app.router.add_get("/status", service.status, allow_head=False)
    app.router.add_get("/v2/sets", service.sets, allow_head=False)
    app.router.add_get("/v2/lineage", service.lineage, allow_head=False)
    return app


class _Features:
    def __init__(self, variables: Mapping[str, str], network: Network) -> None:
        self._token = variables["FEATURE_TOKEN"]
        self._tracking_url = variables["TRACKING_URL"]
        login = base64.b64encode(variables["TRACKING_LOGIN"].encode()).decode()
        self._login = {"Authorization": f"Basic {login}"}
        self._network = network

    async def session(self, _: web.Application) -> AsyncIterator[None]:
        """Hold the session with which it asks MLflow."""
        timeout = aiohttp.ClientTimeout(total=_MLFLOW_TIMEOUT_S)
        async with aiohttp.ClientSession(connector=NetworkConnector(self._network), timeout=timeout) as self._session:
            yield

    async def status(self, _: web.Request) -> web.Response:
        """Say that the process runs."""
        return web.json_response({"state": "up", "sets": len(_SETS)})

    async def sets(self, request: web.Request) -> web.Response:
        """List the feature sets."""
        return self._refusal(request) or web.json_response({"sets": list(_SETS)})

    async def lineage(self, request: web.Request) -> web.Response:
        """Say which registered models there are, which MLflow alone knows."""
        if refusal := self._refusal(request):
            return refusal
        url = f"{self._tracking_url}/api/2.0/mlflow/registered-models/search?max_results=5"
        try:
            async with self._session.get(url, headers=self._login) as answer:
                found = await answer.json() if answer.status == 200 else None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            _LOG.warning("Tracking could not be asked: %s: %s", type(error).__name__, error)
            found = None
        if found is None:
            return web.json_response({"error": "tracking_unreachable"}, status=503)
        return web.json_response({"models": [model["name"] for model in found.get("registered_models", [])]})

    def _refusal(self, request: web.Request) -> web.Response | None:
        given = request.headers.get(TOKEN_HEADER)
        if given == self._token:
            return None
        return web.json_response({"error": "token_unknown" if given else "token_missing"}, status=403)
