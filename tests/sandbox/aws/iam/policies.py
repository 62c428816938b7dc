"""Policies as IAM judges them: the part of the language that the template uses; all else is refused, not guessed.

Source: IAM user guide, "Policy evaluation logic", "IAM JSON policy elements" (Action, Resource, Condition operators).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

type Statement = Mapping[str, Any]

ANY = "*"
_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}
_SEGMENTS_OF_ARN = 6


class UnsupportedPolicyError(Exception):
    """A policy says something that this evaluator does not know; to ignore it could allow too much."""


class Answer(Enum):
    """What IAM answers. An explicit deny wins over every allow; what no statement allows is not allowed."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    DENIED = "denied"


@dataclass(frozen=True)
class Question:
    """What AWS asks IAM of a call. ``resource``: an ARN, or ``*``; ``context``: condition keys that have a value."""

    action: str
    resource: str = ANY
    context: Mapping[str, str] = field(default_factory=dict)


class Policies:
    """The statements of all policies of one role, resolved. Raises UnsupportedPolicyError for what it does not know."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.statements = tuple(statements)
        for statement in self.statements:
            _check(statement)

    def judge(self, question: Question) -> Answer:
        """Answer one question."""
        effects = {each["Effect"] for each in self.statements if _applies(each, question)}
        if "Deny" in effects:
            return Answer.DENIED
        return Answer.ALLOWED if "Allow" in effects else Answer.NOT_ALLOWED

    def without(self, action: str) -> "Policies":
        """The same policies, had nobody written this action into what they allow."""
        kept = [
            {**each, "Action": [other for other in listed(each["Action"]) if other != action]}
            if each["Effect"] == "Allow"
            else each
            for each in self.statements
        ]
        return Policies(kept)


def listed(value: str | list[str]) -> list[str]:
    """What a policy may write as one or as several."""
    return [value] if isinstance(value, str) else value


def _check(statement: Statement) -> None:
    name = statement.get("Sid", "a statement without Sid")
    if unknown := sorted(set(statement) - _ELEMENTS):
        raise UnsupportedPolicyError(f"{name} has {', '.join(unknown)}; known are {', '.join(sorted(_ELEMENTS))}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise UnsupportedPolicyError(f"{name} has the effect {statement.get('Effect')!r}; expected Allow or Deny")
    for operator, wanted in statement.get("Condition", {}).items():
        if operator not in _OPERATORS:
            raise UnsupportedPolicyError(f"{name} has the operator {operator}; known are {', '.join(_OPERATORS)}")
        _check_texts(name, [value for values in wanted.values() for value in listed(values)])
    _check_texts(name, listed(statement["Resource"]))
    for resource in listed(statement["Resource"]):
        if resource != ANY and resource.count(":") < _SEGMENTS_OF_ARN - 1:
            raise UnsupportedPolicyError(f"{name} names {resource!r}; expected a whole ARN or *")


def _check_texts(name: str, texts: list[Any]) -> None:
    for text in texts:
        if not isinstance(text, str) or "${" in text:
            raise UnsupportedPolicyError(f"{name} has {text!r}; expected a text without variables of IAM's own")


def _applies(statement: Statement, question: Question) -> bool:
    return (
        any(_like(question.action.lower(), each.lower()) for each in listed(statement["Action"]))
        and any(_is_resource(question.resource, each) for each in listed(statement["Resource"]))
        and all(
            key in question.context
            and any(_OPERATORS[operator](question.context[key], each) for each in listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _like(text: str, pattern: str) -> bool:
    """``*`` stands for any characters, ``?`` for exactly one."""
    return _expression(pattern).fullmatch(text) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(each) or re.escape(each) for each in pattern), re.DOTALL)


def _is_arn(text: str, pattern: str) -> bool:
    """Segment by segment: a wildcard does not reach over a colon, but in the last one."""
    segments, patterns = (each.split(":", _SEGMENTS_OF_ARN - 1) for each in (text, pattern))
    return len(segments) == len(patterns) and all(map(_like, segments, patterns))


def _is_resource(resource: str, pattern: str) -> bool:
    """An action that knows no resources is asked on ``*``: a policy that names a resource does not allow it."""
    return pattern == ANY or (resource != ANY and _is_arn(resource, pattern))


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda seen, wanted: seen == wanted,
    "StringLike": _like,
    "ArnEquals": _is_arn,
    "ArnLike": _is_arn,
}
