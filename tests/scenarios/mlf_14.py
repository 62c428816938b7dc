"""MLF-14: MLflow's allowed hosts miss a name by which it is called: 403 text to who does, while health is 200."""

from tests.sandbox.platforms import NAMESPACE, REGISTRY_HOST
from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"
VARIANTS = ("internal-name", "internal-port", "public-name")
_VARIABLE = "MLFLOW_SERVER_ALLOWED_HOSTS"
_INTERNAL = f"mlflow.{NAMESPACE}"
_ALLOWED = {
    "internal-name": f"{REGISTRY_HOST},localhost:5000,localhost",
    "internal-port": f"{REGISTRY_HOST},{_INTERNAL},{_INTERNAL}:5001,localhost:5000,localhost",
    "public-name": f"{_INTERNAL}:5000,{_INTERNAL},localhost:5000,localhost",
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The list of hosts."""
    return (Cause(kind="mlflow-allowed-hosts", resource=f"hokusai-mlflow-development {_VARIABLE}"),)


def break_(world: World, variant: str) -> None:
    """Deploy a list that misses the name, or has it with another port (ports count)."""
    world.set_variable("mlflow", _VARIABLE, _ALLOWED[variant])


def mend(world: World, variant: str) -> None:
    """Deploy the healthy list."""
    world.set_variable("mlflow", _VARIABLE, world.platform.service("mlflow").environment[_VARIABLE])
