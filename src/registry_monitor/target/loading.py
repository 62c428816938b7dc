"""Reads a target file and validates it whole.

Every problem of the file is told at once, each with its line, its key, the value seen and what was expected.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from registry_monitor.target.problems import Problem, TargetError, line_of
from registry_monitor.target.references import broken_references
from registry_monitor.target.schema import Target

PACKAGED_TARGETS = Path(__file__).parents[1] / "targets"


def packaged_targets() -> list[str]:
    """Names of the targets that come with the package."""
    return sorted(path.stem for path in PACKAGED_TARGETS.glob("*.yaml"))


def load_target(name_or_path: str) -> Target:
    """Read and validate a target. Raises TargetError with every problem at once."""
    path = PACKAGED_TARGETS / f"{name_or_path}.yaml"
    if os.sep in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(packaged_targets())
        hint = f"expected the path of a readable YAML file or one of the packaged targets: {known}"
        raise TargetError(name_or_path, [Problem(0, "", f"cannot be read ({error}); {hint}")]) from error
    return parse_target(text, source=str(path))


def parse_target(text: str, source: str) -> Target:
    """Validate the text of a target file. Raises TargetError with every problem at once."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
        repeated = [] if root is None else list(_repeated_keys(root, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise TargetError(source, [Problem(line, "", f"is not valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TargetError(source, [Problem(0, "", f"is not valid YAML: {error}")]) from error
    if not isinstance(document, dict) or root is None:
        seen = type(document).__name__
        raise TargetError(source, [Problem(1, "", f"expected a mapping with name, region, cluster, …; got {seen}")])
    problems = [*repeated, *broken_references(document, root)]
    try:
        target = Target.model_validate(document)
    except ValidationError as error:
        problems.extend(_schema_problems(error, root))
        raise TargetError(source, sorted(problems, key=lambda each: each.line)) from error
    if problems:
        raise TargetError(source, sorted(problems, key=lambda each: each.line))
    return target


def _repeated_keys(node: yaml.Node, path: tuple[str, ...]) -> Iterator[Problem]:
    """YAML itself lets the last of two equal keys win in silence."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated_keys(item, (*path, str(index)))
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in lines:
            message = f"stands twice, first in line {lines[name]}; expected once"
            yield Problem(line, ".".join((*path, name)), message)
        lines[name] = line
        yield from _repeated_keys(value, (*path, name))


def _schema_problems(error: ValidationError, root: yaml.Node) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        location = tuple(str(part) for part in detail["loc"] if part != "[key]")
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            message = "is not a key of a target; expected one that the schema names"
        elif detail["type"] == "missing":
            message = "is missing; expected a value"
        elif "credentials" not in message and isinstance(detail["input"], str | int | float | bool):
            message = f"got {detail['input']!r}; {message[0].lower()}{message[1:]}"
        yield Problem(line_of(root, location), ".".join(location), message)
