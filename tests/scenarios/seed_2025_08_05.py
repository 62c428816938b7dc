"""The state of 5 August 2025, reconstructed: three services run, auth answers 502, ``/api/mlflow/*`` 404.

The auth container listens on another port than the registered one, and no rule leads ``/api/mlflow/*`` anywhere, so
the listener's default answers it.
"""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

PLATFORM = "2025-08"
_LOAD_BALANCER, _PRIORITY = "hokusai-development", 85
CAUSES = (
    Cause(kind="container-port-mismatch", resource="hokusai-auth-development"),
    Cause(kind="listener-rule-missing", resource=f"{_LOAD_BALANCER}:443 /api/mlflow/*"),
)


def break_(world: World) -> None:
    """Deploy auth with a command that listens on 8080, and delete the proxy's rule."""
    world.deploy("auth", lambda container: _listen_on(container, 8080))
    world.delete_rule(_LOAD_BALANCER, _PRIORITY)


def mend(world: World) -> None:
    """Deploy auth on its registered port, and create the rule."""
    world.deploy("auth", lambda container: _listen_on(container, 8000))
    world.create_rule(_LOAD_BALANCER, _PRIORITY)


def _listen_on(container: Json, port: int) -> None:
    container["command"][container["command"].index("--port") + 1] = str(port)
