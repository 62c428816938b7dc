"""MLflow was started for ``localhost``, which is also its own default: its container takes no connection from outside.

Source: ELB user guide, "Target.FailedHealthChecks", and MLflow's ``server --host``.
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

CAUSES = (Cause(kind="container-loopback-only", resource=service_name("mlflow")),)


def break_(world: World) -> None:
    """Deploy it for localhost."""
    world.deploy("mlflow", lambda container: _listen_at(container, "localhost"))


def mend(world: World) -> None:
    """Deploy it for all addresses."""
    world.deploy("mlflow", lambda container: _listen_at(container, "0.0.0.0"))


def _listen_at(container: Json, host: str) -> None:
    container["command"][container["command"].index("--host") + 1] = host
