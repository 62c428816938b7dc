"""Reads a target file and validates it whole.

Every problem of the file is told at once, each with its line, its key, the value seen and what was expected.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from registry_monitor.target.problems import Problem, TargetError, line_of, shown
from registry_monitor.target.references import broken_references
from registry_monitor.target.schema import Target

PACKAGED_TARGETS = Path(__file__).parents[1] / "targets"
LARGEST_BYTES = 256 * 1024  # fifteen times the largest that is packaged; PyYAML takes seconds for as much


def packaged_targets() -> list[str]:
    """Names of the targets that come with the package."""
    return sorted(path.stem for path in PACKAGED_TARGETS.glob("*.yaml"))


def load_target(name_or_path: str) -> Target:
    """Read and validate a target. Raises TargetError with every problem at once."""
    path = PACKAGED_TARGETS / f"{name_or_path}.yaml"
    if os.sep in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
    try:
        text = read_file(path)
    except (OSError, ValueError) as error:  # a name that no path can have is a ValueError, as text that is no UTF-8 is
        known = ", ".join(packaged_targets())
        hint = f"expected the path of a readable YAML file or one of the packaged targets: {known}"
        raise TargetError(name_or_path, [Problem(0, "", f"cannot be read ({error}); {hint}")]) from error
    return parse_target(text, source=str(path))


def read_file(path: Path) -> str:
    """Its text. An event may name any path: neither a device, which never ends, nor a huge file is read whole.

    Raises OSError, and ValueError for what is no text of the size of a target.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError("it is no regular file")
    with path.open("rb") as file:
        return text_of(file.read(LARGEST_BYTES + 1))


def text_of(content: bytes) -> str:
    """The text of a file of which no more than one byte too many was read. Raises ValueError."""
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"it is larger than {LARGEST_BYTES // 1024} KiB")
    return content.decode("utf-8")


def parse_named(text: str, source: str, name: str) -> Target:
    """Validate the text of a target file that is kept under a name. Raises TargetError, also where it has another."""
    target = parse_target(text, source)
    if target.name != name:
        told = f"got '{target.name}'; expected '{name}', as the file is called: upload puts it there rightly"
        raise TargetError(source, [Problem(name_in(text)[1], "name", told)])
    return target


def name_in(text: str) -> tuple[str | None, int]:
    """The name that a text gives its target, valid or not, with its line; null where it gives none."""
    root = root_of(text)
    values = root.value if isinstance(root, yaml.MappingNode) else ()
    named = [value for key, value in values if key.value == "name" and isinstance(value, yaml.ScalarNode)]
    return (named[-1].value, named[-1].start_mark.line + 1) if named else (None, 0)


def root_of(text: str) -> yaml.Node | None:
    """What a text consists of, with lines; null where it is no YAML."""
    try:
        root: yaml.Node | None = _PlainLoader(text).get_single_node()
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    return root


@lru_cache(maxsize=8)  # a warm function is given the same text each minute: it was half a light run's computing
def parse_target(text: str, source: str) -> Target:
    """Validate the text of a target file. Raises TargetError with every problem at once."""
    try:
        loader = _PlainLoader(text)
        root = loader.get_single_node()
        document = None if root is None else loader.construct_document(root)
        repeated = [] if root is None else list(_repeated_keys(root, ()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise TargetError(source, [Problem(line, "", f"is not valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
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


class _PlainLoader(yaml.SafeLoader):
    """Plain values alone. A few aliases of aliases are a billion values; tags force a text into what it is not."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node. Raises ComposerError where it is an alias, or has a tag."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or tag:
            seen = (
                f"the tag '{tag}'; expected none" if tag else f"the alias '*{event.anchor}'; expected the value itself"
            )
            raise yaml.composer.ComposerError(None, None, f"found {seen}", event.start_mark)
        return super().compose_node(parent, index)


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
            message = f"got {shown(detail['input'])}; {message[0].lower()}{message[1:]}"
        yield Problem(line_of(root, location), ".".join(location), message)
