"""Composite alarms: rules such as ``ALARM("a") OR (OK("b") AND NOT ALARM("c"))`` (PutCompositeAlarm). Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.alarms.cloudwatch import State

type _Rule = Callable[[Mapping[str, State]], bool]

_TOKEN = re.compile(r'\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\(\s*"([^"]+)"\s*\)|(AND|OR|NOT|\(|\)))')


@dataclass(frozen=True)
class CompositeAlarm:
    """An alarm on the states of others, by their names."""

    name: str
    description: str
    rule: str
    actions: dict[State, tuple[str, ...]]

    def judge(self, states: Mapping[str, State]) -> State:
        """Its state, by those of the others. Raises ValueError for a rule that cannot be read."""
        return State.ALARM if parsed(self.rule)(states) else State.OK


@cache
def parsed(rule: str) -> _Rule:
    """The rule as a function. OR binds less than AND, AND less than NOT."""
    tokens = list(_tokens(rule))
    read = _any(tokens)
    if tokens:
        raise ValueError(f"the rule {rule!r} goes on where its end was expected")
    return read


def _tokens(rule: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(rule.rstrip()):
        found = _TOKEN.match(rule, at)
        if not found:
            raise ValueError(f"the rule {rule!r} cannot be read from character {at}: {rule[at : at + 20]!r}")
        yield (found[1] or found[3], found[2] or "")
        at = found.end()


def _any(tokens: list[tuple[str, str]]) -> _Rule:
    parts = [_all(tokens)]
    while tokens and tokens[0][0] == "OR":
        tokens.pop(0)
        parts.append(_all(tokens))
    return lambda states: any(part(states) for part in parts)


def _all(tokens: list[tuple[str, str]]) -> _Rule:
    parts = [_one(tokens)]
    while tokens and tokens[0][0] == "AND":
        tokens.pop(0)
        parts.append(_one(tokens))
    return lambda states: all(part(states) for part in parts)


def _one(tokens: list[tuple[str, str]]) -> _Rule:
    if not tokens:
        raise ValueError("the rule ends where a state was expected")
    word, name = tokens.pop(0)
    if word == "NOT":
        negated = _one(tokens)
        return lambda states: not negated(states)
    if word == "(":
        inner = _any(tokens)
        if not tokens or tokens.pop(0)[0] != ")":
            raise ValueError("the rule lacks a closing parenthesis")
        return inner
    if word not in State:
        raise ValueError(f"the rule has {word} where a state was expected")
    return lambda states: states[name] is State(word)
