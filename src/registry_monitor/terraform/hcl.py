"""Small pieces of Terraform, as ``terraform fmt`` writes them."""

import json
import re
from collections.abc import Mapping, Sequence


class Expression(str):
    """Text that stands in Terraform as it is: a reference or a call of a function."""

    __slots__ = ()


type Value = str | int | bool | Expression | Sequence["Value"] | Mapping[str, "Value"] | None
type Part = Mapping[str, Value] | str  # attributes, or a nested block already written


def block(header: str, *parts: Part) -> str:
    """A block with its attributes and nested blocks, a blank line between them."""
    inner = [part if isinstance(part, str) else _attributes(part) for part in parts if part]
    return f"{header} {{\n{_indented('\n\n'.join(inner))}\n}}"


def resource(kind: str, name: str, *parts: Part) -> str:
    """A whole resource."""
    return block(f'resource "{kind}" "{identifier(name)}"', *parts)


def changed(kind: str, name: str, *parts: Part) -> str:
    """What changes of a resource that is there already."""
    return f"# Only what changes; all else stays as it is.\n{resource(kind, name, *parts)}"


def removed(kind: str, name: str) -> str:
    """The removal of a resource whose block is deleted (Terraform 1.7 and later)."""
    return block("removed", {"from": Expression(f"{kind}.{identifier(name)}")}, block("lifecycle", {"destroy": True}))


def json_of(value: Value) -> Expression:
    """A value as Terraform's jsonencode has it."""
    return Expression(f"jsonencode({literal(value)})")


def allowing(actions: Sequence[str], resources: Sequence[str]) -> Expression:
    """A policy of IAM with one statement."""
    statement: dict[str, Value] = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return json_of({"Version": "2012-10-17", "Statement": [statement]})


def identifier(text: str) -> str:
    """A readable name of a resource, of whatever names the real thing."""
    name = re.sub(r"\W+", "_", text.lower(), flags=re.ASCII).strip("_") or "this"
    return f"_{name}" if name[0].isdigit() else name


def literal(value: Value) -> str:
    """A value as it is written; templates inside texts are escaped, so that they stay texts."""
    match value:
        case Expression():
            return str(value)
        case None:
            return "null"  # takes away what was there
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
        case Mapping():
            return f"{{\n{_indented(_attributes(value))}\n}}"
    return f"[{', '.join(literal(each) for each in value)}]"


def _attributes(values: Mapping[str, Value]) -> str:
    """One line each; the equals signs of neighbours stand below one another, those of values of several lines apart."""
    written = {name: literal(value) for name, value in values.items()}
    short = [name for name, text in written.items() if "\n" not in text]
    width = max((len(name) for name in short), default=0)
    return "\n".join(f"{name.ljust(width if name in short else 0)} = {text}" for name, text in written.items())


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))
