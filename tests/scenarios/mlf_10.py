"""MLF-10: artifacts are disabled: artifact routes answer 503, everything else works."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("in-the-api", "in-mlflow")
_VARIABLE = "MLFLOW_SERVE_ARTIFACTS"
_ON, _OFF = "--serve-artifacts", "--no-serve-artifacts"


def causes(variant: str) -> tuple[Cause, ...]:
    """The variable of the API, or the option of MLflow's command."""
    off = f"hokusai-api-development {_VARIABLE}" if variant == "in-the-api" else f"hokusai-mlflow-development {_OFF}"
    return (Cause(kind="artifacts-disabled", resource=off),)


def break_(world: World, variant: str) -> None:
    """Deploy an API that proxies no artifacts, or an MLflow that serves none."""
    if variant == "in-the-api":
        world.set_variable("api", _VARIABLE, "false")
    else:
        _replace_option(world, _ON, _OFF)


def mend(world: World, variant: str) -> None:
    """Deploy without the variable, or with the option that serves them."""
    if variant == "in-the-api":
        world.unset_variable("api", _VARIABLE)
    else:
        _replace_option(world, _OFF, _ON)


def _replace_option(world: World, old: str, new: str) -> None:
    def change(container: Json) -> None:
        container["command"] = [new if part == old else part for part in container["command"]]

    world.deploy("mlflow", change)
