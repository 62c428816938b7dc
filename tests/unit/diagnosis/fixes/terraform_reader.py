"""Reads what the fixes write as Terraform, strictly: whatever is no block, attribute or value is an error."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'#[^\n]*|"(?:\\.|[^"\\\n])*"|[A-Za-z_][\w.-]*|\d+|=>|[{}\[\]()=,:]|\s+')


class Reference(str):
    """What stands without quotes: the address of something else, or the name of a function that is called."""

    __slots__ = ()


@dataclass
class Block:
    """One block. ``kind``: such as resource or condition; ``labels``: what stands in quotes behind it."""

    kind: str
    labels: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    def all(self, kind: str) -> list["Block"]:
        """The blocks of a kind inside it, at any depth."""
        return [found for each in self.blocks for found in ([each] if each.kind == kind else []) + each.all(kind)]


def read(text: str) -> list[Block]:
    """The blocks of a text. A reference or a call is read as its text. Raises ValueError where it is malformed."""
    reader = _Reader(_tokens(text))
    whole = reader.body("file", end=None)
    if whole.values:
        raise ValueError(f"an attribute stands outside every block: {whole.values}")
    return whole.blocks


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(f"not Terraform: {text[place : place + 40]!r}")
        place = token.end()
        if not token[0].isspace() and not token[0].startswith("#"):
            found.append(token[0])
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def next(self, wanted: str | None = None) -> str:
        if not self.tokens or (wanted is not None and self.tokens[0] != wanted):
            raise ValueError(f"expected {wanted or 'more'}, found {self.tokens[:5]}")
        return self.tokens.pop(0)

    def body(self, kind: str, labels: tuple[str, ...] = (), end: str | None = "}") -> Block:
        block = Block(kind, labels)
        while self.tokens and self.tokens[0] != end:
            name = self.next()
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                raise ValueError(f"{name} is no name")
            if self.tokens[:1] == ["="]:
                self.next("=")
                if name in block.values:
                    raise ValueError(f"{name} stands twice in {kind}")
                block.values[name] = self.value()
                continue
            inner = []
            while self.tokens and self.tokens[0].startswith('"'):
                inner.append(json.loads(self.next()))
            self.next("{")
            block.blocks.append(self.body(name, tuple(inner)))
        if end is not None:
            self.next(end)
        return block

    def value(self) -> Any:
        token = self.next()
        if token.startswith('"'):
            return json.loads(token)
        if token.isdigit():
            return int(token)
        if token == "[":
            return self.list("]")
        if token == "{":
            return self.each() if self.tokens[:1] == ["for"] else self.body("object").values
        if token in ("true", "false"):
            return token == "true"
        if token == "null":
            return None
        if self.tokens[:1] == ["("]:
            self.next("(")
            inside = self.list(")")
            return inside[0] if token == "jsonencode" else Reference(token)
        if not re.fullmatch(r"[a-z_]\w*(\.[\w-]+)+|string", token):  # the type of a variable has no dot
            raise ValueError(f"{token} is no reference")
        return Reference(token)

    def each(self) -> Reference:
        """An object made by a loop, as its text."""
        words = ["{"]
        while words[-1] != "}":
            words.append(self.next())
        return Reference(" ".join(words))

    def list(self, end: str) -> list[Any]:
        found = []
        while self.tokens[:1] != [end]:
            found.append(self.value())
            if self.tokens[:1] != [end]:
                self.next(",")
        self.next(end)
        return found
