"""Where a target has MLflow's REST API."""

from typing import Any

import pytest

from registry_monitor.target import Mlflow

MLFLOW = {"service": "tracking", "api_url": "https://a.example/x", "experiment": "watch", "model": "watch"}


@pytest.mark.parametrize(
    ("fields", "straight"),
    [
        ({}, ("https://a.example/x", "/api/2.0/mlflow")),
        ({"proxy": "api"}, None),
        ({"proxy": "api", "direct_url": "https://a.example/y"}, ("https://a.example/y", "/api/2.0/mlflow")),
        (
            {"proxy": "api", "direct_url": "https://a.example/y", "direct_api_path": "/z/2.0/mlflow"},
            ("https://a.example/y", "/z/2.0/mlflow"),
        ),
    ],
    ids=["MLflow itself", "a proxy alone", "a way past it", "with another path"],
)
def test_straight_api__is_past_every_proxy(fields: dict[str, Any], straight: tuple[str, str] | None) -> None:
    """Where nothing stands before MLflow, what users ask is straight; a proxy without a way past it leaves none."""
    assert Mlflow.model_validate(MLFLOW | fields).straight_api == straight
