"""The target file of a sandbox: the platform's own, with where its hosts are on this machine, and whom to trust."""

import json
import os
from pathlib import Path

import yaml


def write_target(path: Path, original: Path, connect_to: dict[str, str], bundle: Path) -> None:
    """Write the target file ``original`` to ``path``, for the sandbox; who reads it meanwhile sees the old one."""
    text = for_sandbox(original.read_text(), connect_to, bundle)
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, path)


def for_sandbox(text: str, connect_to: dict[str, str], bundle: Path) -> str:
    """Return a target file with ``connect_to``, and ``bundle`` as the ``ca_file`` of its ``database`` if it has one.

    All else keeps its place and its comments.
    """
    database = _mapping(yaml.compose(text), "database")
    if database is not None:
        text = _with_value(text, database, "ca_file", str(bundle))
    return f"{text}\n{yaml.safe_dump({'connect_to': connect_to})}"


def _mapping(node: yaml.Node | None, key: str) -> yaml.MappingNode | None:
    """Return the value of ``key`` if it is a mapping that is not empty."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key and isinstance(value, yaml.MappingNode) and value.value:
                return value
    return None


def _with_value(text: str, mapping: yaml.MappingNode, key: str, value: str) -> str:
    """Return ``text`` with ``key`` set in the mapping, before its first key unless it is there already."""
    quoted = json.dumps(value)
    for name, old in mapping.value:
        if name.value == key:
            return text[: old.start_mark.index] + quoted + text[old.end_mark.index :]
    first = mapping.value[0][0].start_mark
    separator = ", " if mapping.flow_style else "\n" + " " * first.column
    return f"{text[: first.index]}{key}: {quoted}{separator}{text[first.index :]}"
