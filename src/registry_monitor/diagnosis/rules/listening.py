"""Where a container listens, held against where it is registered. Rows: ECS-18, ECS-19.

The address stands in the command (``--host``, ``--port``, ``--bind``), in a variable that ends in HOST or PORT, or in
the line that servers log when they start ("running on http://host:port", "Listening at: http://host:port").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Confidence, Proof
from registry_monitor.inventory.deep_facts import ContainerDefinition

_LOGGED = re.compile(r"(?:running on|listening (?:on|at):?)\s+https?://(\[[^\]]+\]|[\w.-]+):(\d+)", re.IGNORECASE)
_LOOPBACK = re.compile(r"^(127\.\d+\.\d+\.\d+|localhost|\[?::1\]?)$")
_BIND = re.compile(r"^(?P<host>\[[^\]]*\]|[\w.-]*):(?P<port>\d+)$")
_OPTIONS = {"--host": "host", "-h": "host", "--port": "port", "-p": "port", "--bind": "bind", "-b": "bind"}


_NOT_THE_NETWORK = (
    "A closed security group or network ACL: connections are refused, not dropped "
    "(elasticloadbalancing:DescribeTargetHealth says Target.FailedHealthChecks; of a drop it says Target.Timeout)"
)


@dataclass(frozen=True)
class _Address:
    """Where something listens, as far as one source tells; ``source``: in which words it is told."""

    host: str | None
    port: int | None
    told: str
    source: str


def addresses(evidence: Evidence) -> Iterator[Suspect]:
    """A container whose own address differs from the one at which its load balancer and its callers look for it."""
    for role, service in evidence.services.items():
        container = evidence.container(role)
        registered = next((target.container_port for target in service.targets), evidence.roles[role].container_port)
        found = [*_logged(evidence.lines_since_deployment(role)), *(_declared(container) if container else ())]
        states = {target.state for _, targets in evidence.targets_of(role) for target in targets}
        if states and states <= {"healthy"}:
            continue  # whatever is declared: something does accept there
        is_refused = _is_refused(role, evidence) or service.running == 0
        for address in found:
            suspect = _judge(role, address, registered, evidence, is_refused=is_refused)
            if suspect is not None:
                yield suspect
                break


def _judge(role: str, address: _Address, registered: int, evidence: Evidence, *, is_refused: bool) -> Suspect | None:
    name = evidence.roles[role].name
    if address.host is not None and _LOOPBACK.match(address.host):
        kind, statement = (
            "container-loopback-only",
            f"{name} listens on {address.host} alone, where nobody else reaches it.",
        )
    elif address.port is not None and address.port != registered:
        kind = "container-port-mismatch"
        statement = f"{name} listens on port {address.port}, and port {registered} is registered for it."
    else:
        return None
    proofs = [Proof(told=address.told, source=address.source)]
    proofs += [Proof(told=f"port {registered} is registered", source="ecs:DescribeServices, loadBalancers")]
    return Suspect(
        kind=kind,
        resource=name,
        statement=statement,
        breaks=frozenset({f"port:{role}"}),
        proofs=tuple(proofs),
        confidence=Confidence.PROVEN if is_refused else Confidence.ONE_SIGN,
        service=role,
        arn=evidence.services[role].task_definition,
        ruled_out=(_NOT_THE_NETWORK,) if _is_refused(role, evidence) else (),
    )


def _is_refused(role: str, evidence: Evidence) -> bool:
    """Whether nothing accepts connections where the service is registered."""
    return any(
        target.reason == "Target.FailedHealthChecks" for _, targets in evidence.targets_of(role) for target in targets
    )


def _logged(lines: tuple[str, ...]) -> Iterator[_Address]:
    """The newest line that tells it."""
    for line in reversed(lines):
        found = _LOGGED.search(line)
        if found:
            yield _Address(found[1], int(found[2]), f"its log says: {line[:200]}", "logs:FilterLogEvents")
            return


def _declared(container: ContainerDefinition) -> Iterator[_Address]:
    """The command's own options win over variables."""
    source = "ecs:DescribeTaskDefinition"
    options = _options(container.command)
    if options:
        yield _Address(options.get("host"), _port(options.get("port")), f"its command says {_written(options)}", source)
    for name, variable in sorted(container.environment.items()):
        value = variable.value or ""
        if re.fullmatch(r"([A-Z]+_)?PORT", name) and value.isdigit() and _is_own(name, container):
            yield _Address(None, int(value), f"its variable {name} is {value}", source)
        if re.fullmatch(r"([A-Z]+_)?HOST", name) and _LOOPBACK.match(value) and _is_own(name, container):
            yield _Address(value, None, f"its variable {name} is {value}", source)


def _is_own(variable: str, container: ContainerDefinition) -> bool:
    """Whether a variable such as API_PORT speaks of this container and not, such as REDIS_PORT, of another's."""
    prefix = variable.rpartition("_")[0]
    return not prefix or prefix.lower() in re.split(r"[-_]", container.name.lower())


def _options(command: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    words = [word for part in command for word in (part.split() if part != command[0] or " " in part else [part])]
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        option = _OPTIONS.get(name)
        value = value if equals else next(iter(words[place + 1 : place + 2]), "")
        if option == "bind" and (bound := _BIND.match(value)):
            found |= {"host": bound["host"], "port": bound["port"]}
        elif option == "port" and value.isdigit():
            found["port"] = value
        elif option == "host" and value and not value.startswith("-"):
            found["host"] = value
    return found


def _written(options: dict[str, str]) -> str:
    return " ".join(f"--{name} {value}" for name, value in options.items())


def _port(text: str | None) -> int | None:
    return int(text) if text else None
