"""AUT-16: a service looks for the auth service where it is not: 503 to every key, while auth's own host answers."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

PLATFORM = "head"  # August's MLflow asked for no key
VARIANTS = ("host", "port", "path", "host-of-mlflow")
_VARIABLE = "AUTH_SERVICE_URL"
_WRONG_HOST = "http://auth-service.hokusai-development.local:8000"
_URLS = {
    "host": _WRONG_HOST,
    "port": "http://auth.hokusai-development.local:8080",
    "path": "http://auth.hokusai-development.local:8000/v2",
    "host-of-mlflow": _WRONG_HOST,
}


def causes(variant: str) -> tuple[Cause, ...]:
    """The variable of the service that asks."""
    return (Cause(kind="container-variable-wrong", resource=f"hokusai-{_role(variant)}-development {_VARIABLE}"),)


def break_(world: World, variant: str) -> None:
    """Deploy an address that is wrong in its host, its port or its path."""
    world.set_variable(_role(variant), _VARIABLE, _URLS[variant])


def mend(world: World, variant: str) -> None:
    """Deploy the healthy address."""
    role = _role(variant)
    world.set_variable(role, _VARIABLE, world.platform.service(role).environment[_VARIABLE])


def _role(variant: str) -> str:
    return "mlflow" if variant == "host-of-mlflow" else "api"
