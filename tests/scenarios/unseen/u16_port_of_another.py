"""The API's variables were copied from auth's: ``PORT`` 8000, and no ``API_PORT``, so it listens where nobody asks.

That the container's port differs, that ``PORT`` is wrong and that ``API_PORT`` is missing are the same. Source: ELB
user guide, "HTTP 502: Bad gateway" (the target refused the connection).
"""

from tests.sandbox.platforms import service_name
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

_SERVICE = service_name("api")
CAUSES = (Cause(kind="container-port-mismatch", resource=_SERVICE),)
EQUALLY = (
    Cause(kind="container-variable-wrong", resource=f"{_SERVICE} PORT"),
    Cause(kind="container-variable-missing", resource=f"{_SERVICE} API_PORT"),
)


def break_(world: World) -> None:
    """Deploy the copied variable."""
    world.deploy("api", lambda container: _rename(container, "API_PORT", {"name": "PORT", "value": "8000"}))


def mend(world: World) -> None:
    """Deploy its own one."""
    world.deploy("api", lambda container: _rename(container, "PORT", {"name": "API_PORT", "value": "8001"}))


def _rename(container: Json, name: str, pair: Json) -> None:
    container["environment"] = [each for each in container["environment"] if each["name"] != name] + [pair]
