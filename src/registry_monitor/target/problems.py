"""What is wrong with a target file, and where in it."""

from dataclasses import dataclass

import yaml

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a target file: where, and a sentence with the value seen and the expected."""

    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.message}" if self.key else f"line {self.line}: {self.message}"


class TargetError(Exception):
    """A target that cannot be used: its source and every problem in it."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        super().__init__("\n".join([f"target {source}: {count}", *(f"  {problem}" for problem in problems)]))


class TargetUnreadError(TargetError):
    """A target whose file was not read: it may be as it should, and nobody can mend it."""


def line_of(node: yaml.Node, location: tuple[str, ...]) -> int:
    """The line of the deepest node on the way to ``location`` that the file has."""
    line = node.start_mark.line + 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def shown(value: object) -> str:
    """A value for people, quoted as Python does, and cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
