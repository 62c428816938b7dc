"""MLF-10: artifacts are disabled in the API: its artifact routes answer 503, everything else works."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

_VARIABLE = "MLFLOW_SERVE_ARTIFACTS"
CAUSES = (Cause(kind="artifacts-disabled", resource=f"hokusai-api-development {_VARIABLE}"),)


def break_(world: World) -> None:
    """Deploy an API that proxies no artifacts."""
    world.set_variable("api", _VARIABLE, "false")


def mend(world: World) -> None:
    """Deploy without the variable."""
    world.unset_variable("api", _VARIABLE)
