"""Which service of a cluster runs MLflow: by its command, its image, its variables, its name."""

import re
from collections.abc import Callable, Iterator

from registry_monitor.discovery.draft import DiscoveryError, Found, Sureness
from registry_monitor.discovery.seen import Seen
from registry_monitor.inventory.facts import EcsService

MLFLOW = "mlflow"  # as images, services and paths are called after it
# How MLflow's server is started (mlflow/cli, mlflow/server): by its command line, or by a server of WSGI or ASGI.
_COMMAND = re.compile(r"(?<![\w.-])mlflow(?:\.cli)?\s+(?:server|ui)\b|mlflow\.server")
# What the server alone reads, and no client does (mlflow/environment_variables.py, mlflow/cli).
_OF_SERVER = {
    "BACKEND_STORE_URI",
    "MLFLOW_ARTIFACTS_DESTINATION",
    "MLFLOW_AUTH_CONFIG_PATH",
    "MLFLOW_BACKEND_STORE_URI",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT",
    "MLFLOW_SERVER_ALLOWED_HOSTS",
    "MLFLOW_STATIC_PREFIX",
}

_LOGIN = re.compile(r"--app-name[ =]basic-auth(?!\S)")  # MLflow's own users and passwords (mlflow/server/auth)
_PORT = re.compile(r"(?:--port[ =]|-p )(\d{1,5})(?!\S)")

type _Sign = Callable[[Seen, EcsService], Found[EcsService] | None]


def find_mlflow(seen: Seen, named: str | None) -> Found[EcsService]:
    """The service that runs MLflow; ``named`` by a person before all signs.

    Raises DiscoveryError where none does, or several may: it says what was seen, and how to say which.
    """
    if named is not None:
        for service in seen.services:
            if service.name == named:
                return Found(service, "--mlflow")
        raise DiscoveryError(f"--mlflow: the cluster has no service {named}; it has {_names(seen.services)}")
    for sign in (_by_command, _by_image, _by_variables, _by_name):
        found = [each for each in (sign(seen, service) for service in seen.services) if each is not None]
        if len(found) > 1:
            told = "; ".join(f"{each.value.name} ({each.source})" for each in found)
            raise DiscoveryError(f"several services may run MLflow: {told}; say which: --mlflow SERVICE")
        if found:
            return found[0]
    told = "\n".join(f"  {line}" for service in seen.services for line in _described(seen, service))
    raise DiscoveryError(
        f"no service of cluster {seen.cluster} runs MLflow, as far as command, image, variables and name say. Seen:\n"
        f"{told}\nIf one of them does, say which: --mlflow SERVICE. If MLflow runs in another cluster, name that one."
    )


def command_of(seen: Seen, service: EcsService) -> str:
    """Entry points and commands of its containers in one line."""
    return " ".join(part for container in seen.containers(service) for part in container.command)


def find_login(seen: Seen, mlflow: EcsService) -> Found[str] | None:
    """The application by which MLflow itself asks for a user and a password; None where its command has none."""
    found = _LOGIN.search(command_of(seen, mlflow))
    return Found(found[0], "MLflow's own login, by its command") if found else None


def port_in_command(seen: Seen, mlflow: EcsService) -> int | None:
    """The port at which its command lets MLflow listen."""
    found = _PORT.search(command_of(seen, mlflow))
    return int(found[1]) if found else None


def _by_command(seen: Seen, service: EcsService) -> Found[EcsService] | None:
    found = _COMMAND.search(command_of(seen, service))
    return Found(service, f"command '{found[0]}'") if found else None


def _by_image(seen: Seen, service: EcsService) -> Found[EcsService] | None:
    for container in seen.containers(service):
        repository = container.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
        if MLFLOW in repository.lower():
            return Found(service, f"image {repository}", Sureness.LIKELY)
    return None


def _by_variables(seen: Seen, service: EcsService) -> Found[EcsService] | None:
    found = sorted(seen.variable_names(service) & _OF_SERVER)
    return Found(service, f"variable {found[0]}", Sureness.LIKELY) if found else None


def _by_name(seen: Seen, service: EcsService) -> Found[EcsService] | None:
    return Found(service, "name of the service", Sureness.LIKELY) if MLFLOW in service.name.lower() else None


def _described(seen: Seen, service: EcsService) -> Iterator[str]:
    containers = seen.containers(service)
    if not containers:
        yield f"{service.name}: its task definition could not be read"
    for container in containers:
        command = " ".join(container.command) or "that of its image"
        yield f"{service.name}: image {container.image}, command: {command}"


def _names(services: tuple[EcsService, ...]) -> str:
    return ", ".join(service.name for service in services)
