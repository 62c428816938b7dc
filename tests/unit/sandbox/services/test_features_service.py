"""The feature store of the other platform: tokens of its own, and one answer that rests on MLflow."""

from collections.abc import Iterator

import pytest
from aiohttp import web
from tests.sandbox.services.features import features_app
from tests.sandbox.services.network import FixedNetwork, Route
from tests.sandbox.services.server import ServiceThread
from tests.unit.sandbox.services.stack import ask, closed_port

TOKEN = {"Feature-Token": "fake-token"}
VARIABLES = {
    "FEATURE_TOKEN": "fake-token",
    "TRACKING_URL": "http://tracking.test:5050/tracking",
    "TRACKING_LOGIN": "store:fake",
}


def mlflow() -> web.Application:
    async def search(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Basic c3RvcmU6ZmFrZQ==":
            return web.Response(status=401)
        return web.json_response({"registered_models": [{"name": "fake-model"}]})

    app = web.Application()
    app.router.add_get("/tracking/api/2.0/mlflow/registered-models/search", search)
    return app


@pytest.fixture
def routes() -> Iterator[dict[tuple[str, int], Route]]:
    """Where the store finds MLflow: a small one, which may be led elsewhere."""
    tracking = ServiceThread(mlflow, "127.0.0.1", 0)
    tracking.start()
    yield {("tracking.test", 5050): Route(*tracking.address)}
    tracking.stop()


@pytest.fixture
def store(routes: dict[tuple[str, int], Route]) -> Iterator[ServiceThread]:
    thread = ServiceThread(lambda: features_app(VARIABLES, FixedNetwork(routes)), "127.0.0.1", 0)
    thread.start()
    yield thread
    thread.stop()


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [(TOKEN, 200, None), ({}, 403, "token_missing"), ({"Feature-Token": "fake-other"}, 403, "token_unknown")],
)
def test_sets__are_for_who_has_the_token(
    store: ServiceThread, headers: dict[str, str], status: int, error: str | None
) -> None:
    """It refuses with 403 and words of its own; its status is open."""
    answer = ask(store, "GET", "/v2/sets", headers=headers)
    assert (answer.status, answer.json().get("error")) == (status, error)
    assert ask(store, "GET", "/status").json()["state"] == "up"


def test_lineage__is_what_mlflow_says(store: ServiceThread, routes: dict[tuple[str, int], Route]) -> None:
    """Without MLflow it is an error, and the rest goes on."""
    assert ask(store, "GET", "/v2/lineage", headers=TOKEN).json() == {"models": ["fake-model"]}
    routes["tracking.test", 5050] = closed_port()
    answer = ask(store, "GET", "/v2/lineage", headers=TOKEN)
    assert (answer.status, answer.json()) == (503, {"error": "tracking_unreachable"})
    assert ask(store, "GET", "/v2/sets", headers=TOKEN).status == 200
