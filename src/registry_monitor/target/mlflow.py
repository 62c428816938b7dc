"""The sections of a target file that say where models are registered."""

from pydantic import Field

from registry_monitor.target.fields import BaseUrl, EncryptedUrl, Expectation, HttpUrl, Identifier, Name, Section

_API_PATH = "/api/2.0/mlflow"  # where MLflow has it, and its client looks for it (mlflow/utils/rest_utils.py)


class MlflowRoute(Section):
    """A prefix below which MLflow's REST API is, or is not, to be found.

    ``url``: what stands before ``/mlflow/experiments/search``. ``refuses``: the right answer where it is not there.
    """

    id: Identifier
    url: BaseUrl
    refuses: Expectation | None = None
    known: str | None = None


class HostCheck(Section):
    """MLflow refuses hosts that it does not know (MLflow 3.5): asked with a foreign Host header, inside the VPC."""

    url: HttpUrl
    host: str
    key: Identifier | None = None
    expect: Expectation


class Mlflow(Section):
    """Where models are registered, and what the monitor calls its own objects there.

    ``service``: the role of the service that runs MLflow. ``proxy``: the role of the service whose proxy stands at
    ``api_url``; null where MLflow itself answers there. ``direct_url``: a way to MLflow past the proxy, for
    deletions, whose bodies the proxy may lose; null where there is none. ``model``: its registered models are named
    ``<model>-<run id>``. ``max_leftovers``: models, and runs, that may stay behind before registration stops writing.
    ``heartbeat_run``: the one permanent run, of which each light run changes a tag. ``reader_key``: another key that
    fetches the model. ``serving_url``: an endpoint that serves models free of charge, with the model's name for
    ``{model}``; null where there is none. ``proxy_texts``: what the proxy's own error bodies say. ``unknown_run``: what
    MLflow answers about the metrics of a run that does not exist: an empty history; with users of its own, 403 to who
    is no administrator.
    """

    service: Identifier
    api_url: BaseUrl
    proxy: Identifier | None = None
    direct_url: BaseUrl | None = None
    direct_api_path: str = Field(_API_PATH, pattern=r"^/")
    experiment: Name
    model: Name
    heartbeat_run: Name = "registry-monitor-heartbeat"
    routes: tuple[MlflowRoute, ...] = ()
    host_check: HostCheck | None = None
    unknown_run: Expectation = Expectation(status=200, body_schema={"type": "object"})
    reader_key: Identifier | None = None
    serving_url: EncryptedUrl | None = None
    proxy_texts: tuple[str, ...] = ()
    budget_ms: int = Field(1000, gt=0)
    registration_budget_s: float = Field(30, gt=0)
    max_leftovers: int = Field(20, ge=1, le=500)

    @property
    def straight_api(self) -> tuple[str, str] | None:
        """MLflow's REST API past every proxy: a base URL and the path below it; null where no way leads there."""
        if self.direct_url is not None:
            return self.direct_url, self.direct_api_path
        return None if self.proxy else (self.api_url, _API_PATH)
