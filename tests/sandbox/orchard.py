"""Another company's platform, built otherwise than hokusai in all that the sandbox can show.

MLflow stands in the open under a static prefix, with its own users and passwords, on one file; a feature store beside
it has tokens of its own. There is no service that judges keys, no Redis and no database. Names, ports, region, headers
and refusals are its own.
"""

from pathlib import Path

from tests.sandbox.credentials import Secrets, random_password
from tests.sandbox.platform import Account, LoadBalancer, Platform, Rule, Service

_ZONE, _NAMESPACE, _BUCKET = "orchard.example", "orchard.internal", "orchard-model-artifacts"
_TRACKING_HOST, _FEATURES_HOST = f"tracking.{_ZONE}", f"features.{_ZONE}"
_TRACKING_PORT, _FEATURES_PORT = 5050, 7070
_TRACKING_SECRET, _FEATURES_SECRET = "orchard/tracking", "orchard/features"
PREFIX = "/tracking"
WATCHER, _LINEAGE = "model-watch", "feature-store"  # MLflow's users
_ALLOWED_HOSTS = ",".join(
    (_TRACKING_HOST, f"tracking.{_NAMESPACE}:{_TRACKING_PORT}", f"tracking.{_NAMESPACE}", "localhost")
)


def _new_secrets() -> Secrets:
    users = {name: random_password() for name in (WATCHER, _LINEAGE)}
    keys = {"watcher": f"{WATCHER}:{users[WATCHER]}", "features": random_password()}
    return Secrets(monitor_keys=keys, mlflow_users=users)


_TRACKING = Service(
    role="tracking",
    runs="mlflow",
    has_front=False,
    memory_mb=1100,
    name="orchard-tracking",
    container="orchard-tracking-server",
    port=_TRACKING_PORT,
    target_group="orchard-tracking",
    command=(
        *("mlflow", "server", "--host", "0.0.0.0", "--port", str(_TRACKING_PORT), "--static-prefix", PREFIX),
        *("--app-name", "basic-auth", "--backend-store-uri", "sqlite:////data/mlflow.db"),
        *("--artifacts-destination", f"s3://{_BUCKET}/runs"),
    ),
    environment={"MLFLOW_SERVER_ALLOWED_HOSTS": _ALLOWED_HOSTS, "MLFLOW_AUTH_ADMIN_USERNAME": "gardener"},
    secrets={
        "MLFLOW_AUTH_ADMIN_PASSWORD": f"{_TRACKING_SECRET}:administrator",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": f"{_TRACKING_SECRET}:form",
    },
    health_path=f"{PREFIX}/health",
)

_FEATURES = Service(
    role="features",
    memory_mb=120,
    name="orchard-features",
    container="orchard-feature-store",
    port=_FEATURES_PORT,
    target_group="orchard-features",
    command=("hypercorn", "features:app", "--host", "0.0.0.0", "--port", str(_FEATURES_PORT)),
    environment={"TRACKING_URL": f"http://tracking.{_NAMESPACE}:{_TRACKING_PORT}{PREFIX}"},
    secrets={"FEATURE_TOKEN": f"{_FEATURES_SECRET}:token", "TRACKING_LOGIN": f"{_FEATURES_SECRET}:tracking"},
    health_path="/status",
)

ORCHARD = Platform(
    era="orchard",
    target="orchard",
    target_file=Path(__file__).parent / "targets" / "orchard.yaml",
    new_secrets=_new_secrets,
    account=Account(
        prefix="orchard",
        region="eu-central-1",
        cluster="orchard-ml",
        namespace=_NAMESPACE,
        public_zone=_ZONE,
        artifacts_bucket=_BUCKET,
        security_groups={
            "alb": "orchard-edge",
            "tasks": "orchard-services",
            "monitor": "registry-monitor-live",
            "endpoints": "orchard-endpoints",
        },
        public_table="orchard-edge",
        private_table="orchard-inner",
        task_role="orchard-task",
        execution_role="orchard-start",
        task_secrets={
            _TRACKING_SECRET: lambda secrets: {
                "administrator": secrets.administrator_password,
                "form": secrets.form_key,
            },
            _FEATURES_SECRET: lambda secrets: {
                "token": secrets.monitor_keys["features"],
                "tracking": f"{_LINEAGE}:{secrets.mlflow_users[_LINEAGE]}",
            },
        },
    ),
    services=(_TRACKING, _FEATURES),
    load_balancers=(
        LoadBalancer(
            name="orchard-tracking-edge",
            hosts=(_TRACKING_HOST,),
            rules=(Rule(10, "tracking", _TRACKING_HOST, (PREFIX, f"{PREFIX}/*")),),
        ),
        LoadBalancer(
            name="orchard-features-edge",
            hosts=(_FEATURES_HOST,),
            rules=(Rule(20, "features", _FEATURES_HOST, ("/status", "/v2/*")),),
        ),
    ),
)
