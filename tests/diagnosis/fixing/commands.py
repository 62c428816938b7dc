"""Commands of the AWS CLI as calls of boto3, since both are made of the same model of each API; and SQL."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from botocore.model import Shape, StructureShape

from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.sandbox.world import World

_QUOTED = re.compile(r"`([^`]+)`")
_LOOP = re.compile(r"for (?P<name>\w+) in (?P<values>[^;]+); do (?P<body>.+); done")
_CHANGES = ("aws ", "SELECT pg_terminate_backend(")
_ONLY_READS = re.compile(r"aws (logs tail|[\w-]+ (describe|get|list|head)-)")
_OF_THE_CLI_ITSELF = ("region", "output", "query")


def changes_told(text: str) -> list[str]:
    """The commands in a text that change anything, in their order; loops of the shell are unrolled."""
    told = [command for quoted in _QUOTED.findall(text) for command in _unrolled(quoted)]
    return [command for command in told if command.startswith(_CHANGES) and not _ONLY_READS.match(command)]


def _unrolled(command: str) -> Iterator[str]:
    loop = _LOOP.fullmatch(command)
    if loop is None:
        yield command
        return
    for value in loop["values"].split():
        yield loop["body"].replace(f"${loop['name']}", value)


def run_command(command: str, world: World) -> None:
    """Run one command; SQL as the database's administrator.

    Raises:
        NotApplicableError: it leaves a value open that the API asks for.
        RefusedError: the AWS CLI does not take it.

    """
    if not command.startswith("aws "):
        world.database.execute(command)
        return
    _, service, operation, *words = shlex.split(command)
    client = world.client(service)
    try:
        name = next(api for api in client.meta.service_model.operation_names if xform_name(api, "-") == operation)
    except StopIteration:
        raise RefusedError(f"aws {service} has no command {operation}") from None
    model = client.meta.service_model.operation_model(name).input_shape
    arguments = _arguments(words, model)
    missing = [each for each in model.required_members if each not in arguments]
    if missing:
        raise NotApplicableError(f"it leaves {', '.join(missing)} of aws {service} {operation} open")
    getattr(client, xform_name(name))(**arguments)


def _arguments(words: list[str], model: StructureShape) -> dict[str, Any]:
    """What options give: a flag is true, ``--no-flag`` false."""
    members = {xform_name(member, "-"): member for member in model.members}
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        option = word.removeprefix("--")
        member = members.get(option) or members.get(option.removeprefix("no-"))
        if not word.startswith("--") or (member is None and option not in _OF_THE_CLI_ITSELF):
            raise RefusedError(f"the AWS CLI knows no {word}")
        if member is None:
            left.pop(0)
        elif model.members[member].type_name == "boolean":
            found[member] = option in members
        else:
            found[member] = _value(left.pop(0), model.members[member])
    return found


def _value(text: str, shape: Shape) -> Any:
    if shape.type_name in ("integer", "long"):
        return int(text)
    return [text] if shape.type_name == "list" else text
