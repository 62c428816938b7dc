"""Takes four fields of each resource out of Terraform's states, and leaves the rest: a state holds secrets in clear.

Resources of AWS alone: findings name no others, and the id of another provider's may itself be the secret (that of
``random_string`` is the string).
"""

from collections.abc import Iterator
from typing import Any

from registry_monitor.terraform.addresses import MappedResource, is_fit, problems_of
from registry_monitor.terraform.json_stream import JsonStream, TextSource

_ID_IS_SECRET = frozenset({"aws_appsync_api_key"})  # its id ends in the key itself
_STATE_VERSION = 4  # since Terraform 0.12
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class StateError(Exception):
    """A document that is no state of the kind expected: what was expected, and what was seen, without its content."""


def shown_resources(source: TextSource) -> Iterator[MappedResource]:
    """The managed resources of one or several documents of ``terraform show -json``, one after the other.

    Raises StateError and JsonError.
    """
    stream = JsonStream(source)
    if not stream.peek():
        raise StateError("is empty; expected the output of terraform show -json")
    while stream.peek():
        yield from _of_module(_shown_root(stream.value()))


def state_resources(source: TextSource) -> Iterator[MappedResource]:
    """The managed resources of one or several raw state files, one after the other; one resource is kept at a time.

    Raises StateError and JsonError.
    """
    stream = JsonStream(source)
    if not stream.peek():
        raise StateError("is empty; expected a state file (terraform.tfstate)")
    while stream.peek():
        yield from _of_state(stream)


def _shown_root(document: Any) -> dict[str, Any]:
    expected = "expected the output of terraform show -json"
    if not isinstance(document, dict):
        raise StateError(f"holds {_kind(document)}; {expected}, an object")
    if "planned_values" in document:
        raise StateError(f"is a plan; {expected} without the name of a plan file: a state")
    if "format_version" not in document:
        is_raw = "version" in document and "lineage" in document
        raise StateError(
            f"is a raw state file; {expected}, or say --state" if is_raw else f"has no format_version; {expected}"
        )
    if str(document["format_version"]).partition(".")[0] not in ("0", "1"):
        raise StateError("has a format_version that is not known here; expected 0.x or 1.x")
    values = _object(document.get("values") or {}, "values")
    return _object(values.get("root_module") or {}, "values.root_module")


def _of_module(root: dict[str, Any]) -> Iterator[MappedResource]:
    """The resources of a module and all below it, however deep a document nests them."""
    waiting = [root]
    while waiting:
        module = waiting.pop()
        for resource in _objects(module.get("resources"), "resources"):
            if resource.get("mode") == "managed" and "deposed_key" not in resource:
                hidden = resource.get("sensitive_values")
                is_hidden = hidden.get if isinstance(hidden, dict) else {}.get
                hidden_names = {name for name in ("id", "arn") if is_hidden(name)}
                yield from _mapped(resource.get("address"), resource.get("type"), resource.get("values"), hidden_names)
        waiting.extend(_objects(module.get("child_modules"), "child_modules"))


def _of_state(stream: JsonStream) -> Iterator[MappedResource]:
    """One state file. What is not wanted is read value by value, and dropped."""
    version: Any = None
    if stream.peek() != "{":
        raise StateError("holds no object; expected a state file (terraform.tfstate)")
    for key in stream.members():
        if key == "resources":
            for _ in stream.items():
                yield from _instances(_object(stream.value(), "resources"))
        elif key == "version":
            version = stream.value()
        else:
            stream.value()
    if version != _STATE_VERSION:
        seen = f"version {version}" if isinstance(version, int) else "no version"
        raise StateError(
            f"has {seen}; expected a state file of version {_STATE_VERSION} "
            "(without --state: the output of terraform show -json)"
        )


def _instances(resource: dict[str, Any]) -> Iterator[MappedResource]:
    if resource.get("mode") != "managed":
        return
    kind, module = resource.get("type"), resource.get("module")
    address = f"{module}.{kind}.{resource.get('name')}" if module else f"{kind}.{resource.get('name')}"
    for instance in _objects(resource.get("instances"), "instances"):
        if "deposed" not in instance:  # of a replaced one, which is still to be destroyed
            whole = address + _index(instance.get("index_key"))
            yield from _mapped(whole, kind, instance.get("attributes"), _hidden(instance.get("sensitive_attributes")))


def _hidden(paths: Any) -> set[str]:
    """The attributes that are marked sensitive as a whole: each path is a list of steps."""
    listed = paths if isinstance(paths, list) else []
    steps = [path[0] for path in listed if isinstance(path, list) and len(path) == 1]
    return {str(step.get("value")) for step in steps if isinstance(step, dict)}


def _mapped(address: Any, kind: Any, values: Any, hidden: set[str]) -> Iterator[MappedResource]:
    """The resource with its four fields, if it is one of AWS."""
    if not isinstance(address, str) or not isinstance(kind, str):
        raise StateError("has a resource without its address or type; expected both")
    if not kind.startswith("aws_") or kind in _ID_IS_SECRET:
        return
    told = values if isinstance(values, dict) else {}
    names = {name: None if name in hidden else told.get(name) for name in ("id", "arn")}
    fitting = {name: value if is_fit(name, value) else None for name, value in names.items()}
    fields = {"address": address, "type": kind, **fitting}
    if problem := next(problems_of(fields), None):
        raise StateError(f"has a resource that no map can hold{problem}")
    yield MappedResource(**fields)


def _index(key: Any) -> str:
    """As Terraform prints the key of count or for_each: HCL's own quoting."""
    if key is None:
        return ""
    if not isinstance(key, str):
        return f"[{key}]"
    quoted = "".join(_ESCAPES.get(each) or _printable(each) for each in key)
    return f'["{quoted.replace("${", "$${").replace("%{", "%%{")}"]'


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _objects(value: Any, where: str) -> list[dict[str, Any]]:
    if value is not None and not isinstance(value, list):
        raise StateError(f"has {_kind(value)} as {where}; expected a list")
    return [_object(each, where) for each in value or ()]


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StateError(f"has {_kind(value)} in {where}; expected an object")
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
    return kinds.get(type(value), "a number")
