"""Whether a diagnosis hangs on names, numbers or orders that mean nothing: other ones must give the same verdict."""

import random
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from registry_monitor.diagnosis import diagnose
from registry_monitor.diagnosis.rules import RULES, Rule
from registry_monitor.finding import Finding
from registry_monitor.run import Run
from tests.diagnosis.renaming import Json, Renaming, is_port

type Verdict = tuple[str, str, str, str, frozenset[str]]  # state, kind, resource, confidence, checks explained

# Lists of the inventory whose order means something; AWS gives all others in any.
_ORDERED = {"events", "rules", "stopped_tasks", "command", "health_check", "lines", "transforms"}
_ROLE_FIELDS = {"role", "service", "caller", "callee", "auth_service"}  # of the target, and of results
_CHECK_FIELDS = {"check_id", "blocks", "blocked_by", "waited_for"}


def permuted(run: Run) -> tuple[Run, Renaming]:
    """A run that has seen the same under other names, in another order."""
    document = run.model_dump(mode="json", exclude={"findings", "paths"})
    renaming = Renaming(document)
    whole = {
        name: _renamed(value, name, renaming, has_roles=name in ("target", "results"))
        for name, value in document.items()
    }
    whole["inventory"] = _shuffled(whole["inventory"], "", random.Random(0))
    return Run.model_validate(whole), renaming


def difference(run: Run, rules: Iterable[Rule] = RULES) -> str | None:
    """The first verdict on a diagnosed run that is another under other names; null where all are the same."""
    other, renaming = permuted(run)
    expected = [
        (state, kind, renaming.text(resource), confidence, frozenset(map(renaming.check, explains)))
        for state, kind, resource, confidence, explains in map(_verdict, run.findings)
    ]
    found = [_verdict(each) for each in diagnose(other, rules).findings]
    for one, two in zip_longest(expected, found):
        if one != two:
            return f"{_told(one)} became {_told(two)}"
    return None


def _verdict(finding: Finding) -> Verdict:
    return finding.state, finding.kind, finding.resource, finding.confidence, frozenset(finding.explains)


def _told(verdict: Verdict | None) -> str:
    if verdict is None:
        return "nothing"
    state, kind, resource, confidence, explains = verdict
    return f"{state} {kind} {resource} ({confidence}, {len(explains)} checks)"


def _renamed(value: Json, key: str, renaming: Renaming, *, has_roles: bool) -> Any:
    """A part of a document, with its keys."""
    if isinstance(value, dict):
        return {
            renaming.text(name): _renamed(each, name, renaming, has_roles=has_roles) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_renamed(each, key, renaming, has_roles=has_roles) for each in value]
    if is_port(key, value):
        return renaming.port(value)
    if not isinstance(value, str):
        return value
    if key in _CHECK_FIELDS:
        return renaming.check(value)
    return renaming.role(value) if has_roles and key in _ROLE_FIELDS else renaming.text(value)


def _shuffled(value: Json, key: str, order: random.Random) -> Any:
    """A part of the inventory in another order, wherever its order means nothing."""
    if isinstance(value, dict):
        kept = key if "value" in value else ""  # a fact's value is what the fact is called
        members = {name: _shuffled(each, kept or name, order) for name, each in value.items()}
        return dict(_in_other_order(list(members.items()), order))
    if isinstance(value, list):
        members = [_shuffled(each, "", order) for each in value]
        is_ordered = key in _ORDERED or (key == "actions" and any(isinstance(each, dict) for each in value))
        return members if is_ordered else _in_other_order(members, order)
    return value


def _in_other_order[T](members: list[T], order: random.Random) -> list[T]:
    """Never the same order, where there is another."""
    shuffled = random.Random(order.random()).sample(members, len(members))
    return shuffled if shuffled != members else members[::-1]
