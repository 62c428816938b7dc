"""AUT-05: the auth service and Redis do not agree on the way in, so auth fails closed with 500."""

from tests.sandbox.platforms import REDIS_SECRET
from tests.sandbox.scenario import Cause
from tests.sandbox.world import Json, World

VARIANTS = ("secret-rotated", "without-tls", "without-password")
_TLS, _PASSWORD = "REDIS_TLS_ENABLED", "REDIS_AUTH_TOKEN"
_AUTH = "hokusai-auth-development"


def causes(variant: str) -> tuple[Cause, ...]:
    """The secret that Redis does not take, or the variable that is wrong or missing."""
    return (
        {
            "secret-rotated": Cause(kind="redis-password-wrong", resource=REDIS_SECRET),
            "without-tls": Cause(kind="container-variable-wrong", resource=f"{_AUTH} {_TLS}"),
            "without-password": Cause(kind="container-variable-missing", resource=f"{_AUTH} {_PASSWORD}"),
        }[variant],
    )


def break_(world: World, variant: str) -> None:
    """Rotate the secret but not Redis, and let ECS replace the task; or deploy an auth service that is set up wrong."""
    if variant == "secret-rotated":
        _put(world, "fake-rotated-password")
    elif variant == "without-tls":
        world.set_variable("auth", _TLS, "false")
    else:
        world.unset_variable("auth", _PASSWORD)


def mend(world: World, variant: str) -> None:
    """Write Redis's password into the secret again, or deploy the healthy settings."""
    if variant == "secret-rotated":
        _put(world, world.secrets.redis_password)
    elif variant == "without-tls":
        world.set_variable("auth", _TLS, world.store_settings["redis_tls"])
    else:
        reference = world.secret_reference(world.platform.service("auth").secrets[_PASSWORD])

        def give(container: Json) -> None:
            container["secrets"] = [*container["secrets"], {"name": _PASSWORD, "valueFrom": reference}]

        world.deploy("auth", give)


def _put(world: World, password: str) -> None:
    world.put_secret(REDIS_SECRET, auth_token=password)
    world.stop_tasks("auth")
